"""Chains of certificates: from the one that signed a token up to a root that somebody named. Pure.

Rules: RFC 5280 section 6.1 as far as time-stamps need it (names, signatures, validity at one moment, CA, key usage,
path length) and RFC 3161 section 2.3. The token's own check (rfc3161-client, openssl) validates the chain once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence_store.anchors.der import Element, read
from evidence_store.anchors.refusals import CertificateMissing, NotValidThen, Untrusted, WrongUsage
from evidence_store.errors import Malformed
from evidence_store.hashing import sha256

Chain = tuple[x509.Certificate, ...]
_MAX_DEPTH = 8
_MAX_TRIES = 100  # signatures looked at for one chain: certificates in a token are a stranger's choice
_SECOND = 1_000_000_000
_UNREADABLE = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


def read_pem(pem: bytes) -> Chain:
    """Certificates of a PEM text, in its order. Raises ValueError when there are none or one can't be read."""
    loaded = x509.load_pem_x509_certificates(pem)
    return tuple(read_certificate(certificate.public_bytes(Encoding.DER)) for certificate in loaded)


def read_certificate(der: bytes) -> x509.Certificate:
    """One certificate. Raises ValueError, also for what the library would only find later, on use."""
    try:
        serial = _members(der)[0].integer()
    except (Malformed, IndexError) as error:
        raise ValueError(f"no certificate: {error}") from error
    if serial <= 0:
        raise ValueError(f"a certificate with serial number {serial}")
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.subject, certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except x509.InvalidVersion as error:
        raise ValueError(str(error)) from error
    return certificate


def to_pem(chain: Iterable[x509.Certificate]) -> bytes:
    """PEM of these certificates, in their order."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER, 64 hex: `openssl x509 -noout -fingerprint -sha256` without its colons."""
    return sha256(certificate.public_bytes(Encoding.DER)).hex()


def subject(certificate: x509.Certificate) -> str:
    """Its subject as RFC 4514 writes it."""
    return certificate.subject.rfc4514_string()


def is_root(certificate: x509.Certificate) -> bool:
    """Whether it is an authority's certificate that signed itself."""
    return certificate.issuer == certificate.subject and _issued(certificate, certificate, below=-1)


def expires_ns(chain: Chain) -> int:
    """The earliest end of validity, Unix nanoseconds."""
    return min(int(certificate.not_valid_after_utc.timestamp()) * _SECOND for certificate in chain)


def find_signer(signer: tuple[bytes, int], certificates: Iterable[x509.Certificate]) -> x509.Certificate:
    """The certificate with this (issuer name in DER, serial number). Raises CertificateMissing."""
    for certificate in certificates:
        if certificate.serial_number == signer[1] and _issuer_name(certificate) == signer[0]:
            return certificate
    raise CertificateMissing(
        "the certificate that signed a token is known",
        expected=f"the one with serial number {signer[1]}, in the token or in the settings' root file",
        got="none of that number",
        next_step="add the authority's own certificate to the PEM file that `root` names in the settings",
    )


def check_usage(leaf: x509.Certificate) -> None:
    """Raises WrongUsage unless it is for time-stamping alone, and says so critically (RFC 3161 section 2.3)."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        got = "no extendedKeyUsage"
    except _UNREADABLE as error:
        got = f"extensions that can't be read: {error}"
    else:
        purposes = sorted(purpose.dotted_string for purpose in usage.value)
        if usage.critical and purposes == [ExtendedKeyUsageOID.TIME_STAMPING.dotted_string]:
            return
        got = f"{'critical' if usage.critical else 'not critical'}, {', '.join(purposes)}"
    raise WrongUsage(
        "a token is signed with a certificate for time-stamping alone",
        expected="a critical extendedKeyUsage of timeStamping (1.3.6.1.5.5.7.3.8) and nothing else",
        got=f"{got} in {subject(leaf)}",
        next_step="ask another authority; this one's certificate is not one of a time-stamp authority",
    )


def build_chain(leaf: x509.Certificate, known: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> Chain:
    """The chain from the leaf to one of the roots, leaf first, root last. Raises Untrusted when there is none."""
    tries = _MAX_TRIES

    def climb(chain: Chain) -> Chain | None:
        nonlocal tries
        for pool, is_end in ((roots, True), (known, False)):
            for issuer in pool:
                if issuer in chain or issuer.subject != chain[-1].issuer or len(chain) > _MAX_DEPTH or tries <= 0:
                    continue
                tries -= 1
                if not _issued(issuer, chain[-1], below=len(chain) - 1):
                    continue
                found = (*chain, issuer) if is_end else climb((*chain, issuer))
                if found is not None:
                    return found
        return None

    if leaf.issuer != leaf.subject and (chain := climb((leaf,))) is not None:
        return chain
    named = "; ".join(f"{subject(root)} ({fingerprint(root)[:16]})" for root in roots[:4]) or "none was named"
    itself = "a certificate that signed itself" if leaf.issuer == leaf.subject else f"issued by {_issuer(leaf)}"
    raise Untrusted(
        "a token's certificates lead to a root that was named",
        expected=f"a chain to one of: {named}",
        got=f"{subject(leaf)}, {itself}",
        next_step="compare the authority's published root with the settings' `root` file (verify: --trust FILE.pem)",
    )


def check_valid_at(chain: Chain, moment_ns: int) -> None:
    """Raises NotValidThen when one of them was not valid at that moment (Unix nanoseconds)."""
    moment = datetime.fromtimestamp(moment_ns // _SECOND, UTC)
    for certificate in chain:
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not start <= moment <= end:
            raise NotValidThen(
                "a token's certificates are valid at its time",
                expected=f"{subject(certificate)} valid at {moment:%Y-%m-%dT%H:%M:%SZ}",
                got=f"valid from {start:%Y-%m-%dT%H:%M:%SZ} to {end:%Y-%m-%dT%H:%M:%SZ}",
                next_step="tell the authority that its certificate has expired, and ask another one meanwhile",
            )


def _issued(issuer: x509.Certificate, certificate: x509.Certificate, *, below: int) -> bool:
    """Whether `issuer` may issue and did issue `certificate`, under which stand `below` more authorities."""
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = next((item.value for item in issuer.extensions if isinstance(item.value, x509.KeyUsage)), None)
    except (InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound, TypeError, *_UNREADABLE):
        return False
    room = constraints.path_length is None or below <= constraints.path_length
    return constraints.ca and room and (usage is None or usage.key_cert_sign)


def _issuer(certificate: x509.Certificate) -> str:
    return certificate.issuer.rfc4514_string()


def _issuer_name(certificate: x509.Certificate) -> bytes:
    """The issuer's name as its bytes stand in the certificate: names are compared without reading them."""
    return _members(certificate.public_bytes(Encoding.DER))[2].raw


def _members(der: bytes) -> list[Element]:
    """The members of a TBSCertificate from its serial number on."""
    members = read(der).children()[0].children()
    return members[1:] if members[0].tag == 0xA0 else members
