"""A real time-stamp authority on this machine: `openssl ts -reply` behind HTTP, with its own certificates.

It serves its CRLs and OCSP too, and can misbehave in each way of `MISBEHAVIOURS`. Nothing of ours is imported.
"""

from __future__ import annotations

import gzip
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Self

from cryptography import x509
from cryptography.hazmat import asn1

from tests.harness.authority_keys import Pki, Revoked, make_pki, ocsp_reply, revocation_list

# How it answers                what a client sees
MISBEHAVIOURS = (
    "slow",  # the right answer after `slow_s`
    "drip",  # a byte now and then, without an end
    "hang",  # the connection is taken, nothing comes
    "500",
    "redirect",  # to another address
    "compressed",  # although not asked for
    "html",  # 200 with a page: a wall in between
    "garbage",  # the right content type, bytes of no kind
    "empty",
    "oversize",  # 2 MiB and more coming
    "unreachable",  # nobody listens on the port
    "rejected",  # PKIStatus 2, badAlg
    "wrong nonce",
    "wrong imprint",  # of other bytes
    "sm3",  # an imprint by SM3
    "replayed",  # the first good answer again
    "bad signature",  # one bit
    "no certificates",  # although asked for
    "expired",  # the leaf's certificate, a day ago
    "self-signed",  # the leaf's certificate
    "usage not critical",  # extendedKeyUsage
    "no usage",
    "unnamed signer",  # no signing-certificate attribute: rfc3161-client takes it, openssl refuses
    "old signer digest",  # ESSCertID with SHA-1: a good token, as of before 2007
    "streamed",  # indefinite lengths (BER): openssl takes it, strict parsers refuse
    "unsorted",  # certificates in a SET that is not DER-sorted: openssl takes it, strict parsers refuse
    "revocation away",  # tokens are good, CRL and OCSP answer 500
)
POLICY, OTHER_POLICY = "1.2.3.4.1", "1.2.3.4.5"
_SM3 = x509.ObjectIdentifier("1.2.156.10197.1.401")
_CONFIG = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/{leaf}.pem
signer_key = {folder}/{leaf}.key
certs = {folder}/issuing.pem
signer_digest = sha256
default_policy = {policy}
other_policies = {other}
digests = {digests}
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_alg = {signer_digest}
"""


@asn1.sequence
class _Algorithm:
    name: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Imprint:
    algorithm: _Algorithm
    digest: bytes


@asn1.sequence
class _Request:
    version: int
    imprint: _Imprint
    policy: x509.ObjectIdentifier | None
    nonce: int | None
    certificates: Annotated[bool, asn1.Default(False)]


class LocalAuthority:
    """`with LocalAuthority(folder, "one") as tsa:` ... `tsa.url`, `tsa.root_pem`; needs `openssl` on the PATH.

    `kind` is `ec` or `rsa`. The port stays the same over `misbehave("unreachable")` and back.
    """

    def __init__(self, folder: Path, name: str, *, kind: str = "ec", leaf_days: float = 3650) -> None:
        self.folder, self.name, self.slow_s = folder / name, name, 1.5
        self.asked = 0
        self._kind, self._leaf_days = kind, leaf_days
        self._how: str | None = None
        self._lock = threading.Lock()  # openssl's serial file is not safe for two at once
        self._over = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self._first: bytes | None = None
        self._revoked: Revoked = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/tsa"

    @property
    def root_pem(self) -> Path:
        return self.folder / "root.pem"

    @property
    def setting(self) -> dict[str, str]:
        """Its entry in a settings file's `authorities`."""
        return {"name": self.name, "url": self.url, "root": str(self.root_pem)}

    def start(self) -> Self:
        """Make the certificates and listen."""
        self.folder.mkdir(parents=True)
        self._listen()
        base = f"http://127.0.0.1:{self._port}"
        self.pki: Pki = make_pki(self.name, base, kind=self._kind, leaf_days=self._leaf_days)
        self.pki.root.write(self.folder, "root")
        self.pki.issuing.write(self.folder, "issuing")
        for kind, leaf in self.pki.leaves.items():
            leaf.write(self.folder, kind.replace(" ", "-"))
        (self.folder / "serial").write_text("01")
        return self

    def stop(self) -> None:
        """End every connection."""
        self._over.set()
        self._close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def misbehave(self, how: str | None) -> None:
        """From now on; None: behave again."""
        assert how is None or how in MISBEHAVIOURS, how
        self._how = how
        if how == "unreachable":
            self._close()
        elif self._server is None:
            self._listen()

    def revoke(self, when: datetime | None, reason: x509.ReasonFlags | None = None) -> None:
        """The leaf's certificate stands as revoked in CRL and OCSP; None: it does not."""
        self._revoked = None if when is None else (when, reason)

    def _listen(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if self.path == "/tsa":
                    owner._time_stamp(self, body)
                else:
                    owner._revocation(
                        self, lambda: ocsp_reply(owner.pki, body, owner._revoked), "application/ocsp-response"
                    )

            def do_GET(self) -> None:
                issuer = owner.pki.root if self.path.endswith("root") else owner.pki.issuing
                owner._revocation(
                    self, lambda: revocation_list(owner.pki, issuer, owner._revoked), "application/pkix-crl"
                )

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _time_stamp(self, handler: BaseHTTPRequestHandler, query: bytes) -> None:
        self.asked += 1
        how = self._how
        if handler.headers.get("Content-Type") != "application/timestamp-query":
            _answer(handler, b"not a time-stamp query", "text/plain", 415)
        elif how == "500":
            _answer(handler, b"out of order", "text/plain", 500)
        elif how == "redirect":
            handler.send_response(302)
            handler.send_header("Location", f"{self.url}/elsewhere")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        elif how == "html":
            _answer(handler, b"<html>Please log in</html>", "text/html")
        elif how == "compressed":
            packed = gzip.compress(self.reply(query))
            _answer(handler, packed, "application/timestamp-reply", coding="gzip")
        elif how in {"garbage", "empty"}:
            _answer(handler, b"" if how == "empty" else b"\x30\x82garbage", "application/timestamp-reply")
        elif how in {"hang", "drip", "oversize"}:
            self._never_ending(handler, how)
        else:
            if how == "slow":
                self._over.wait(self.slow_s)
            _answer(handler, self.reply(query, how), "application/timestamp-reply")

    def _never_ending(self, handler: BaseHTTPRequestHandler, how: str) -> None:
        if how == "hang":
            self._over.wait(60)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/timestamp-reply")
        handler.end_headers()
        piece, pause = (b"0", 0.1) if how == "drip" else (b"\x30" * (1 << 18), 0.0)
        try:
            for _ in range(600):
                handler.wfile.write(piece)
                handler.wfile.flush()
                if self._over.wait(pause):
                    return
        except (BrokenPipeError, ConnectionResetError):
            return

    def reply(self, query: bytes, how: str | None = None) -> bytes:
        """The reply's bytes to a query's, as openssl makes them."""
        request = asn1.decode_der(_Request, query)
        if how == "wrong nonce":
            request.nonce = (request.nonce or 0) ^ 1
        elif how == "wrong imprint":
            request.imprint.digest = bytes(32)
        elif how == "sm3":
            request.imprint.algorithm.name = _SM3
        elif how == "no certificates":
            request.certificates = False
        leaf = {"unsorted": "large"}.get(how or "", how or "")
        leaf = leaf if leaf in self.pki.leaves else "good"
        digests = "sha512" if how == "rejected" else "sha256, sm3"
        with self._lock:
            if how == "replayed" and self._first is not None:
                return self._first
            if how in {"usage not critical", "no usage", "unnamed signer", "streamed"}:  # `openssl ts` makes none
                extra = {"unnamed signer": [], "streamed": ["-cades", "-stream"]}.get(how, ["-cades"])
                made = self._by_cms(asn1.encode_der(request), leaf.replace(" ", "-"), extra)
            else:
                made = self._by_ts(asn1.encode_der(request), leaf, digests, old=how == "old signer digest")
            if how == "bad signature":
                made = made[:-1] + bytes([made[-1] ^ 1])  # the signature is the token's last member
            self._first = self._first or made
            return made

    def _by_ts(self, query: bytes, leaf: str, digests: str, *arguments: str, old: bool = False) -> bytes:
        config, file = self.folder / "tsa.cnf", self.folder / "query.tsq"
        values = {"folder": self.folder, "leaf": leaf, "digests": digests, "policy": POLICY, "other": OTHER_POLICY}
        config.write_text(_CONFIG.format(**values, signer_digest="sha1" if old else "sha256"))
        file.write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", str(config), "-queryfile", str(file), *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def _by_cms(self, query: bytes, leaf: str, extra: list[str]) -> bytes:
        token, content = self.folder / "token.tst", self.folder / "content.der"
        token.write_bytes(self._by_ts(query, "good", "sha256, sm3", "-token_out"))
        opened = ["openssl", "cms", "-verify", "-noverify", "-inform", "DER", "-in", str(token), "-out", str(content)]
        subprocess.run(opened, check=True, capture_output=True)
        command = ["openssl", "cms", "-sign", "-binary", "-nodetach", *extra, "-outform", "DER", "-in", str(content)]
        command += [
            "-econtent_type",
            "id-smime-ct-TSTInfo",
            "-md",
            "sha256",
            "-signer",
            str(self.folder / f"{leaf}.pem"),
        ]
        command += ["-inkey", str(self.folder / f"{leaf}.key"), "-certfile", str(self.folder / "issuing.pem")]
        signed = subprocess.run(command, check=True, capture_output=True).stdout
        return _sequence(bytes.fromhex("3003020100") + signed)

    def _revocation(self, handler: BaseHTTPRequestHandler, make: Callable[[], bytes], media_type: str) -> None:
        if self._how == "revocation away":
            _answer(handler, b"out of order", "text/plain", 500)
        else:
            _answer(handler, make(), media_type)


def _answer(handler: BaseHTTPRequestHandler, body: bytes, media_type: str, status: int = 200, coding: str = "") -> None:
    handler.send_response(status)
    if coding:
        handler.send_header("Content-Encoding", coding)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _sequence(content: bytes) -> bytes:
    """DER of a SEQUENCE of 256 to 65,535 bytes."""
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content
