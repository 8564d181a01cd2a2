"""What kept CRLs and OCSP replies say of a chain at one moment. Pure: works offline, on the bytes alone.

A reply counts only when the certificate's own issuer signed it (or a responder that this issuer appointed), and when
it was not out of date at that moment. Whatever does not count is named, and makes no certificate better or worse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence_store.anchors.chains import Chain, fingerprint, subject
from evidence_store.anchors.refusals import Revoked

_SECOND = 1_000_000_000
_UNUSABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    InvalidSignature,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
# RFC 3161 section 4.1: with these reasons the key was never in other hands, so what it signed before stands.
_HARMLESS = {
    x509.ReasonFlags.unspecified,
    x509.ReasonFlags.affiliation_changed,
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """`good` and `unknown`: subjects of the chain's certificates (its root apart). `ignored`: what did not count."""

    good: tuple[str, ...]
    unknown: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """What one CRL or OCSP reply says of one certificate."""

    revoked_at: datetime | None = None
    reason: x509.ReasonFlags | None = None


def check_revocation(chain: Chain, contents: Iterable[bytes], time_ns: int, *, received: bytes = b"") -> Standing:
    """Each certificate's standing for a token of that time (Unix nanoseconds), by CRLs and OCSP replies in DER.

    Raises Revoked when one was revoked before that time, or for a reason that undoes earlier tokens too.
    """
    moment = datetime.fromtimestamp(time_ns // _SECOND, UTC)
    good: set[str] = set()
    ignored = []
    for content in contents:
        try:
            words = _words(chain, content, moment)
        except _UNUSABLE as error:
            ignored.append(f"{len(content)} bytes: {str(error) or type(error).__name__}")
            continue
        for certificate, word in words:
            if word.revoked_at is None:
                good.add(fingerprint(certificate))
            elif word.revoked_at <= moment or word.reason not in _HARMLESS:
                raise _revoked(certificate, word, moment, received)
            else:
                good.add(fingerprint(certificate))
    names = [(subject(certificate), fingerprint(certificate) in good) for certificate in chain[:-1]]
    return Standing(
        tuple(name for name, known in names if known),
        tuple(name for name, known in names if not known),
        tuple(ignored),
    )


def _words(chain: Chain, content: bytes, moment: datetime) -> list[tuple[x509.Certificate, _Word]]:
    try:
        crl = x509.load_der_x509_crl(content)
    except ValueError:
        return _ocsp_words(chain, ocsp.load_der_ocsp_response(content), moment)
    return _crl_words(chain, crl, moment)


def _crl_words(
    chain: Chain, crl: x509.CertificateRevocationList, moment: datetime
) -> list[tuple[x509.Certificate, _Word]]:
    _check_fresh("a CRL", crl.next_update_utc, moment)
    if any(isinstance(item.value, x509.DeltaCRLIndicator | x509.IssuingDistributionPoint) for item in crl.extensions):
        raise ValueError("a CRL that covers a part only")
    words = []
    for certificate, issuer in pairwise(chain):
        if crl.issuer != issuer.subject or certificate.issuer != crl.issuer:
            continue
        key = issuer.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
            raise TypeError(f"a key of type {type(key).__name__}")
        if not crl.is_signature_valid(key):
            raise ValueError(f"a CRL that {subject(issuer)} did not sign")
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is None:
            words.append((certificate, _Word()))
        else:
            reasons = [item.value.reason for item in entry.extensions if isinstance(item.value, x509.CRLReason)]
            words.append((certificate, _Word(entry.revocation_date_utc, reasons[0] if reasons else None)))
    if not words:
        raise ValueError("a CRL of another authority")
    return words


def _ocsp_words(chain: Chain, reply: ocsp.OCSPResponse, moment: datetime) -> list[tuple[x509.Certificate, _Word]]:
    if reply.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"an OCSP reply of status {reply.response_status.name}")
    words = []
    for single in reply.responses:
        for certificate, issuer in pairwise(chain):
            if not _is_about(single, certificate, issuer):
                continue
            _check_ocsp_signature(reply, issuer, moment)
            _check_fresh("an OCSP reply", single.next_update_utc, moment)
            if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
                words.append((certificate, _Word(single.revocation_time_utc or moment, single.revocation_reason)))
            elif single.certificate_status is ocsp.OCSPCertStatus.GOOD:
                words.append((certificate, _Word()))
    if not words:
        raise ValueError("an OCSP reply that says nothing of this chain")
    return words


def _is_about(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if single.serial_number != certificate.serial_number:
        return False
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
    return (single.issuer_name_hash, single.issuer_key_hash) == (asked.issuer_name_hash, asked.issuer_key_hash)


def _check_ocsp_signature(reply: ocsp.OCSPResponse, issuer: x509.Certificate, moment: datetime) -> None:
    """By the issuer, or by a responder whose certificate it issued for that (RFC 6960 section 4.2.2.2)."""
    for signer in (issuer, *reply.certificates[:4]):
        try:
            if signer != issuer:
                signer.verify_directly_issued_by(issuer)
                usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
                if ExtendedKeyUsageOID.OCSP_SIGNING not in usage or moment > signer.not_valid_after_utc:
                    continue
            _check_signed_by(signer, reply)
        except (InvalidSignature, x509.ExtensionNotFound, ValueError, TypeError):
            continue
        return
    raise ValueError(f"an OCSP reply that {subject(issuer)} did not sign")


def _check_signed_by(signer: x509.Certificate, reply: ocsp.OCSPResponse) -> None:
    key, algorithm = signer.public_key(), reply.signature_hash_algorithm
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(reply.signature, reply.tbs_response_bytes)
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
        key.verify(reply.signature, reply.tbs_response_bytes, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
        key.verify(reply.signature, reply.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    else:
        raise TypeError(f"a key of type {type(key).__name__}")


def _check_fresh(what: str, next_update: datetime | None, moment: datetime) -> None:
    if next_update is not None and next_update < moment:
        raise ValueError(f"{what} that was out of date: valid to {next_update:%Y-%m-%dT%H:%M:%SZ}")


def _revoked(certificate: x509.Certificate, word: _Word, moment: datetime, received: bytes) -> Revoked:
    reason = "no reason given" if word.reason is None else word.reason.value
    return Revoked(
        "a token's certificates were not revoked at its time (RFC 3161 section 4)",
        expected=f"{subject(certificate)} in force at {moment:%Y-%m-%dT%H:%M:%SZ}",
        got=f"revoked as of {word.revoked_at:%Y-%m-%dT%H:%M:%SZ}, {reason}",
        next_step="rest on the tokens of another authority; ask this one why",
        received=received,
    )
