"""What RFC 3161 requests and replies say: bytes to facts, nothing about their truth. Pure.

Sources: RFC 3161 section 2.4 (request, reply, TSTInfo), RFC 5652 section 5 (SignedData), RFC 5035 (ESSCertID).
"""

from __future__ import annotations

import re
from calendar import timegm
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from evidence_store.anchors.chains import read_certificate
from evidence_store.anchors.der import (
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    SET,
    TIME,
    Element,
    read,
    write,
    write_integer,
    write_oid,
)
from evidence_store.anchors.refusals import Oversize, Unreadable
from evidence_store.errors import Malformed

MAX_REPLY = 1 << 20  # bytes; a reply with a long chain has 10 KB
SHA256 = "2.16.840.1.101.3.4.2.1"
ALGORITHMS = {
    SHA256: "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    "1.3.14.3.2.26": "SHA-1",
    "1.2.156.10197.1.401": "SM3",
}
_SIGNED, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_SIGNING_V1, _SIGNING_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_MAX_CERTIFICATES = 40
_GEN_TIME = re.compile(rb"(\d{14})(?:\.(\d{1,9}))?Z")
_CONTEXT_0, _CONTEXT_1 = 0xA0, 0xA1


@dataclass(frozen=True, slots=True)
class Request:
    """A time-stamp query: its bytes, the digest that it asks to stamp, nonce and policy if it has them."""

    raw: bytes
    digest: bytes
    nonce: int | None
    policy: str | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """TSTInfo: what the authority signed. Times in Unix nanoseconds, accuracy in nanoseconds or None."""

    policy: str
    algorithm: str
    digest: bytes
    serial: int
    time_ns: int
    accuracy_ns: int | None
    nonce: int | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A token: its stamp, the certificates in it in their order, and how it names the one that signed.

    `signer` is (issuer name in DER, serial number); `signer_digest` is (algorithm, digest of that certificate) as the
    signed attributes state it, None when they do not.
    """

    stamp: Stamp
    certificates: tuple[x509.Certificate, ...]
    signer: tuple[bytes, int]
    signer_digest: tuple[str, bytes] | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: PKIStatus, its words and failure bits (RFC 3161 section 2.4.2), and the token when there is one."""

    status: int
    text: str
    failure: str
    token: Signed | None


def new_request(digest: bytes, nonce: int, policy: str | None = None) -> Request:
    """A query for a SHA-256 digest that asks for the certificates too."""
    algorithm = write(SEQUENCE, write_oid(SHA256), write(NULL))
    pieces = [write_integer(1), write(SEQUENCE, algorithm, write(OCTETS, digest))]
    pieces += [write_oid(policy)] if policy else []
    pieces += [write_integer(nonce), write(BOOLEAN, b"\xff")]
    return Request(write(SEQUENCE, *pieces), digest, nonce, policy)


def read_request(raw: bytes) -> Request:
    """A query of ours, as kept. Raises Unreadable."""
    try:
        members = read(raw).expect(SEQUENCE).children()
        _, digest = _imprint(members[1])
        policy = next((member.oid() for member in members[2:] if member.tag == 0x06), None)
        nonce = next((member.integer() for member in members[2:] if member.tag == INTEGER), None)
    except (Malformed, IndexError, ValueError) as error:
        raise _unreadable("a time-stamp query", raw, error) from error
    return Request(raw, digest, nonce, policy)


def read_reply(raw: bytes) -> Reply:
    """A reply as it came. Raises Oversize, or Unreadable for anything that is no RFC 3161 reply."""
    if len(raw) > MAX_REPLY:
        raise Oversize(
            "a time-stamp reply is small",
            expected=f"at most {MAX_REPLY} bytes",
            got=f"{len(raw)} bytes",
            next_step="check the authority's url in the settings",
            received=raw[:4096],
        )
    try:
        members = read(raw).expect(SEQUENCE).children()
        status, *more = members[0].expect(SEQUENCE).children()
        words = b"; ".join(text.content for item in more if item.tag == SEQUENCE for text in item.children())
        bits = next((item.content for item in more if item.tag == 0x03), b"")
        token = _token(members[1]) if len(members) > 1 else None
        return Reply(status.integer(), words[:500].decode("utf-8", "replace"), _failures(bits), token)
    except (Malformed, IndexError, ValueError) as error:
        raise _unreadable("a time-stamp reply (RFC 3161 section 2.4.2)", raw, error) from error


def _token(content_info: Element) -> Signed:
    kind, wrapped = content_info.expect(SEQUENCE).children()
    signed = _only(wrapped.expect(_CONTEXT_0)).expect(SEQUENCE).children()
    content = signed[2].expect(SEQUENCE).children()
    if (kind.oid(), content[0].oid()) != (_SIGNED, _TST_INFO):
        raise ValueError(f"content of types {kind.oid()} and {content[0].oid()}")
    stamp = _stamp(read(_only(content[1].expect(_CONTEXT_0)).octets()))
    held = [member for sets in signed[3:-1] if sets.tag == _CONTEXT_0 for member in sets.children()]
    if len(held) > _MAX_CERTIFICATES:
        raise ValueError(f"{len(held)} certificates")
    certificates = tuple(read_certificate(member.raw) for member in held if member.tag == SEQUENCE)
    signer = _only(signed[-1].expect(SET)).expect(SEQUENCE).children()
    issuer, serial = signer[1].expect(SEQUENCE).children()
    attributes = signer[3].children() if signer[3].tag == _CONTEXT_0 else []
    return Signed(stamp, certificates, (issuer.raw, serial.integer()), _signer_digest(attributes))


def _stamp(tst_info: Element) -> Stamp:
    version, policy, imprint, serial, time, *more = tst_info.expect(SEQUENCE).children()
    if version.integer() != 1:
        raise ValueError(f"TSTInfo of version {version.integer()}")
    algorithm, digest = _imprint(imprint)
    accuracy = next((_accuracy(member) for member in more if member.tag == SEQUENCE), None)
    nonce = next((member.integer() for member in more if member.tag == INTEGER), None)
    time_ns = _gen_time(time.expect(TIME).content)
    if not 0 <= (number := serial.integer()) < 1 << 192:  # RFC 3161 section 2.4.2: up to 160 bits
        raise ValueError(f"a serial number of {number.bit_length()} bits")
    return Stamp(policy.oid(), algorithm, digest, number, time_ns, accuracy, nonce)


def _imprint(element: Element) -> tuple[str, bytes]:
    algorithm, digest = element.expect(SEQUENCE).children()
    return algorithm.expect(SEQUENCE).children()[0].oid(), digest.expect(OCTETS).content


def _accuracy(element: Element) -> int:
    """Accuracy: seconds, [0] milliseconds, [1] microseconds, each optional; in nanoseconds."""
    units = {INTEGER: 1_000_000_000, 0x80: 1_000_000, 0x81: 1_000}
    if wrong := [member.tag for member in element.children() if member.tag not in units]:
        raise ValueError(f"an accuracy with tag 0x{wrong[0]:02x}")
    return sum(units[member.tag] * member.unsigned() for member in element.children())


def _gen_time(content: bytes) -> int:
    """GeneralizedTime in UTC with any fraction, in Unix nanoseconds (the token library drops the fraction)."""
    if (match := _GEN_TIME.fullmatch(content)) is None:
        raise ValueError(f"a genTime of {content[:40]!r}")
    moment = datetime.strptime(f"{match[1].decode()}+0000", "%Y%m%d%H%M%S%z")
    if moment.year < 1970:
        raise ValueError(f"a genTime in {moment.year}")
    return timegm(moment.timetuple()) * 1_000_000_000 + int((match[2] or b"0").ljust(9, b"0"))


def _signer_digest(attributes: list[Element]) -> tuple[str, bytes] | None:
    """The first ESSCertID or ESSCertIDv2: (algorithm, digest of the certificate that signed)."""
    values = {item[0].oid(): _only(item[1].expect(SET)) for item in (one.children() for one in attributes)}
    if (second := values.get(_SIGNING_V2)) is not None:
        identity = second.children()[0].children()[0].children()
        named = identity[0].tag == SEQUENCE
        algorithm = identity[0].children()[0].oid() if named else SHA256
        return algorithm, identity[1 if named else 0].expect(OCTETS).content
    if (first := values.get(_SIGNING_V1)) is not None:
        return "1.3.14.3.2.26", first.children()[0].children()[0].children()[0].expect(OCTETS).content
    return None


def _failures(bits: bytes) -> str:
    names = {
        0: "badAlg",
        2: "badRequest",
        5: "badDataFormat",
        14: "timeNotAvailable",
        15: "unacceptedPolicy",
        16: "unacceptedExtension",
        17: "addInfoNotAvailable",
        25: "systemFailure",
    }
    present = [bit for bit in range(8 * max(len(bits) - 1, 0)) if bits[1 + bit // 8] & 0x80 >> bit % 8]
    return ", ".join(names.get(bit, f"bit {bit}") for bit in present[:8])


def _only(element: Element) -> Element:
    (child,) = element.children()
    return child


def _unreadable(what: str, raw: bytes, error: Exception) -> Unreadable:
    reason = f"{error.expected} expected, {error.got} found" if isinstance(error, Malformed) else str(error)
    return Unreadable(
        "an authority answers in RFC 3161",
        expected=what,
        got=f"{len(raw)} bytes, {raw[:12].hex(' ') or 'none'}...: {reason or type(error).__name__}"[:400],
        next_step="openssl ts -reply -text -in FILE   (FILE: the kept reply); check the authority's url",
        received=raw,
    )
