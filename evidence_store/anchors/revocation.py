"""Whether a token's certificates were revoked: CRLs and OCSP, fetched when the token comes, checked again offline.

Sources: RFC 5280 sections 4.2.1.13 and 5 (CRL), RFC 6960 (OCSP), RFC 3161 section 4 (which revocation undoes a token).
Fetching never raises: an authority whose CRL can't be had is a fact about the token, not a reason to lose it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from evidence_store.anchors.chains import Chain, fingerprint
from evidence_store.anchors.exchange import exchange, shown
from evidence_store.anchors.standing import Standing, check_revocation
from evidence_store.errors import AnchorError

__all__ = ["CRL", "OCSP", "Fetched", "Item", "RevocationSource", "Standing", "check_revocation"]

CRL: Final = "application/pkix-crl"
OCSP: Final = "application/ocsp-response"
_OCSP_QUERY: Final = "application/ocsp-request"
_MAX_ITEM: Final = 8 << 20  # bytes; the largest CRLs of public authorities
_MAX_EXCHANGES: Final = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One CRL or OCSP reply as received: its address, its media type (`CRL` or `OCSP`) and its DER."""

    url: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched for a chain; `failures` name each address that gave nothing, and why."""

    items: tuple[Item, ...]
    failures: tuple[str, ...]


class RevocationSource:
    """Fetches for chains, and keeps what it got whole for `keep_s` seconds: tokens come every minute, CRLs once a day.

    `deadline_s` bounds one fetch over all of its addresses. Safe for use by several threads.
    """

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, keep_s: float = 3600.0, deadline_s: float = 10.0
    ) -> None:
        self._monotonic, self._keep_s, self._deadline_s = monotonic, keep_s, deadline_s
        self._kept: dict[tuple[str, ...], tuple[float, Fetched]] = {}

    def of(self, chain: Chain) -> Fetched:
        """CRLs and OCSP replies for each certificate of the chain but its root. Never raises an AnchorError."""
        key = tuple(fingerprint(certificate) for certificate in chain)
        start = self._monotonic()
        at, kept = self._kept.get(key, (0.0, None))
        if kept is not None and start - at < self._keep_s:
            return kept
        items, failures = [], []
        for number, (url, media_type, query) in enumerate(_wanted(chain)):
            left = start + self._deadline_s - self._monotonic()
            if number >= _MAX_EXCHANGES or left <= 0:
                failures.append(
                    f"{shown(url)}: not asked, after {number} exchanges and {self._deadline_s - left:.0f} s"
                )
                continue
            try:
                items.append(Item(url, media_type, _fetch(url, media_type, query, left)))
            except AnchorError as error:
                failures.append(f"{shown(url)}: expected {error.expected}, got {error.got}")
        fetched = Fetched(tuple(items), tuple(failures))
        if not failures:
            self._kept[key] = (start, fetched)
        return fetched


def _wanted(chain: Chain) -> Iterator[tuple[str, str, bytes | None]]:
    """(address, media type of the answer, OCSP query) for each place that the chain's certificates name."""
    for certificate, issuer in pairwise(chain):
        query = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303  # RFC 6960: an index
        encoded = query.build().public_bytes(Encoding.DER)
        for url in _ocsp_places(certificate):
            yield url, OCSP, encoded
        for url in _crl_places(certificate):
            yield url, CRL, None


def _ocsp_places(certificate: x509.Certificate) -> Iterable[str]:
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.AuthorityInformationAccess):
            for place in extension.value:
                if place.access_method == AuthorityInformationAccessOID.OCSP:
                    yield from _addresses([place.access_location])


def _crl_places(certificate: x509.Certificate) -> Iterable[str]:
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            for point in extension.value:
                yield from list(_addresses(point.full_name or []))[:1]  # the names of one point lead to the same CRL


def _addresses(names: Iterable[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith(("http://", "https://")):
            yield name.value


def _fetch(url: str, media_type: str, query: bytes | None, deadline_s: float) -> bytes:
    if query is None:
        return exchange("GET", url, deadline_s=deadline_s, limit=_MAX_ITEM)
    headers = {"Content-Type": _OCSP_QUERY, "Accept": media_type}
    return exchange(
        "POST", url, deadline_s=deadline_s, limit=_MAX_ITEM, body=query, headers=headers, answers_with=media_type
    )
