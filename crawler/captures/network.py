"""Network facts as they happen: what was asked of whom, over which connection, and what it answered (data path 3).

A batch is one `network` entry with one parts blob: part 0 lists the exchanges without queries or headers; then, for
each exchange, one part with its full address and one with its headers (cookies, authorization), so that either can be
withheld from a copy. Certificate chains stand on their own, once per host.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from crawler.captures.addresses import canonical
from crawler.cdp import CdpConnection, CdpError
from crawler.clock import Clock
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

MAX_EXCHANGES = 400
MAX_ASKED = 2000
MAX_TYPE = 200
MAX_BYTES = 4 << 20
MAX_HEADERS = 256 << 10
TLS_FACTS = ("protocol", "cipher", "subjectName", "issuer", "validFrom", "validTo")


class NetworkCapture:
    """Collects exchanges from all attached targets; `flush` hands on the batch so far."""

    def __init__(self, clock: Clock, emit: Callable[[Draft, int], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._cdp: CdpConnection | None = None
        self._rows: list[dict[str, JSON]] = []
        self._parts: list[Part] = []
        self._size = 0
        self._first_ns = 0
        self._origins: set[str] = set()
        self._asked: OrderedDict[tuple[str, str], str] = OrderedDict()  # addresses of requests, the newest ones

    def listen(self, cdp: CdpConnection) -> None:
        self._cdp = cdp
        self._asked.clear()
        cdp.on("Network.requestWillBeSent", self._asking)
        cdp.on("Network.responseReceived", self._response)
        cdp.on("Network.loadingFailed", self._failed)

    def flush(self) -> None:
        """Hand on what has come since the last batch, if anything."""
        rows, parts, first = self._rows, self._parts, self._first_ns
        self._rows, self._parts, self._size = [], [], 0
        if not rows:
            return
        index = json.dumps({"exchanges": rows}, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        now = self._clock.now()
        content = (Part(index), *parts)
        body: dict[str, JSON] = {"exchanges": len(rows), "hosts": sorted({str(r.get("host", "")) for r in rows})[:50]}
        exchanges = Attachment("exchanges", "application/vnd.livewitness.parts", content)
        self._emit(Draft(EntryType.NETWORK, now.wall_at(first), first, body, (exchanges,)), now.mono_ns)

    def _asking(self, params: dict[str, Any], session: str) -> None:
        """Remember the address, for a failure; a redirect is an exchange of its own, told here alone."""
        if "redirectResponse" in params:
            self._response({**params, "response": params["redirectResponse"]}, session)
        self._asked[session, params["requestId"]] = params["request"]["url"]
        while len(self._asked) > MAX_ASKED:
            self._asked.popitem(last=False)

    def _response(self, params: dict[str, Any], session: str) -> None:
        response, now = params["response"], self._clock.now().mono_ns
        url = response["url"]
        if not url.startswith(("http:", "https:", "ws:", "wss:")):
            return
        host = urlsplit(url).hostname or ""
        security = response.get("securityDetails")
        headers = {"request": response.get("requestHeaders"), "response": response["headers"]}
        self._row(
            now,
            url,
            json.dumps(headers, sort_keys=True)[:MAX_HEADERS].encode("utf-8", "surrogatepass"),
            {
                "url": canonical(url),
                "host": host,
                "type": params.get("type", ""),
                "status": int(response["status"]),
                "media_type": response["mimeType"][:MAX_TYPE],
                "remote": f"{response.get('remoteIPAddress', '')}:{response.get('remotePort', '')}",
                "protocol": response.get("protocol", ""),
                "from_cache": bool(response.get("fromDiskCache") or response.get("fromServiceWorker")),
                "date": next((v for k, v in response["headers"].items() if k.lower() == "date"), None),
                "tls": None if security is None else {name: security.get(name) for name in TLS_FACTS},
            },
        )  # fmt: skip
        origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        if security is not None and origin not in self._origins and len(self._origins) < 200 and self._cdp:
            self._origins.add(origin)
            self._cdp.spawn(self._certificate(self._cdp, origin, session))

    def _failed(self, params: dict[str, Any], session: str) -> None:
        now = self._clock.now().mono_ns
        url = self._asked.get((session, params["requestId"]), "")
        failure: dict[str, JSON] = {
            "url": canonical(url),
            "failed": str(params.get("errorText", ""))[:MAX_TYPE],
            "type": params.get("type", ""),
            "blocked": params.get("blockedReason"),
            "cancelled": bool(params.get("canceled")),
        }
        self._row(now, url, b"", failure)

    async def _certificate(self, cdp: CdpConnection, origin: str, session: str) -> None:
        try:
            answer = await cdp.send("Network.getCertificate", {"origin": origin}, session=session)
        except CdpError:
            return  # the exchange's own row says what is known; the chain is an extra that the browser may not have
        now = self._clock.now()
        chain = tuple(Part(b64decode(certificate)) for certificate in answer.get("tableNames", [])[:10])
        if chain:
            body: dict[str, JSON] = {"origin": canonical(origin), "certificates": len(chain)}
            attachment = Attachment("certificates", "application/vnd.livewitness.parts", chain)
            self._emit(Draft(EntryType.NETWORK, now.wall_ns, now.mono_ns, body, (attachment,)), now.mono_ns)

    def _row(self, mono_ns: int, url: str, headers: bytes, row: dict[str, JSON]) -> None:
        if not self._rows:
            self._first_ns = mono_ns
        row |= {"mono": str(mono_ns), "address_part": len(self._parts) + 1, "headers_part": len(self._parts) + 2}
        self._parts += [Part(url.encode("utf-8", "surrogatepass")), Part(headers)]
        self._size += len(url) + len(headers)
        self._rows.append(row)
        if len(self._rows) >= MAX_EXCHANGES or self._size >= MAX_BYTES:
            self.flush()
