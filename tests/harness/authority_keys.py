"""Keys and certificates of a local time-stamp authority, with its CRLs and OCSP replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Revoked = tuple[datetime, x509.ReasonFlags | None] | None  # since when and why the good leaf is; None: it is not
YEAR = timedelta(days=365)
_COMMENT = x509.ObjectIdentifier("2.16.840.1.113730.1.13")


@dataclass(frozen=True)
class Holder:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: Key

    def write(self, folder: Path, name: str) -> None:
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key").write_bytes(private)
        (folder / f"{name}.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))


@dataclass(frozen=True)
class Pki:
    """What one authority has: `leaves` by kind, each issued by `issuing` (`self-signed` apart)."""

    root: Holder
    issuing: Holder
    leaves: dict[str, Holder]


def make_pki(name: str, base: str, *, kind: str = "ec", leaf_days: float = 3650) -> Pki:
    """Make all of it. `base` is the address under which revocation is asked (`/crl/<n>`, `/ocsp`)."""
    now = datetime.now(UTC).replace(microsecond=0)
    root = _certify(f"{name} Root", _key(kind), None, now - YEAR, now + 20 * YEAR, authority=True)
    # A comment makes the issuing certificate larger than the leaf: so the token's SET of them comes out in DER order.
    points = _revocation_points(base, "root")
    issuing_key, issuing_end = _key(kind), now + 15 * YEAR
    issuing = _certify(
        f"{name} CA", issuing_key, root, now - YEAR, issuing_end, authority=True, comment=300, points=points
    )
    leaf_points = _revocation_points(base, "issuing")
    end = now + timedelta(days=leaf_days)

    def leaf(start: datetime, end: datetime, *, usage: str = "critical", comment: int = 0) -> Holder:
        return _certify(name, _key(kind), issuing, start, end, usage=usage, comment=comment, points=leaf_points)

    start = now - timedelta(days=30)
    return Pki(
        root,
        issuing,
        {
            "good": leaf(start, end),
            "large": leaf(start, end, comment=600),
            "expired": leaf(start, now - timedelta(days=1)),
            "usage not critical": leaf(start, end, usage="plain"),
            "responder": leaf(start, end, usage="ocsp"),
            "no usage": leaf(start, end, usage="none"),
            "self-signed": _certify(f"{name} itself", _key(kind), None, start, end, usage="critical"),
        },
    )


def revocation_list(pki: Pki, issuer: Holder, revoked: Revoked) -> bytes:
    """The CRL of one of the authorities, in DER."""
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=7))
    if revoked is not None and issuer is pki.issuing:
        when, reason = revoked
        entry = x509.RevokedCertificateBuilder().serial_number(pki.leaves["good"].certificate.serial_number)
        entry = entry.revocation_date(when)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, SHA256()).public_bytes(Encoding.DER)


def ocsp_reply(pki: Pki, query: bytes, revoked: Revoked, responder: Holder | None = None) -> bytes:
    """The answer to an OCSP query about one of its certificates, in DER, signed by the issuer or by a responder."""
    asked = ocsp.load_der_ocsp_request(query)
    now = datetime.now(UTC)
    certificates = [pki.issuing.certificate, *(leaf.certificate for leaf in pki.leaves.values())]
    subject = next(certificate for certificate in certificates if certificate.serial_number == asked.serial_number)
    issuer = pki.root if subject == pki.issuing.certificate else pki.issuing
    when, reason = revoked if revoked and subject == pki.leaves["good"].certificate else (None, None)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=subject,
        issuer=issuer.certificate,
        algorithm=asked.hash_algorithm,
        cert_status=ocsp.OCSPCertStatus.REVOKED if when else ocsp.OCSPCertStatus.GOOD,
        this_update=now - timedelta(minutes=5),
        next_update=now + timedelta(days=1),
        revocation_time=when,
        revocation_reason=reason,
    )
    signer = responder or issuer
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if responder is not None:
        builder = builder.certificates([responder.certificate])
    return builder.sign(signer.key, SHA256()).public_bytes(Encoding.DER)


def _key(kind: str) -> Key:
    return rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())


def _revocation_points(base: str, issuer: str) -> list[x509.ExtensionType]:
    crl = x509.UniformResourceIdentifier(f"{base}/crl/{issuer}")
    ocsp = x509.UniformResourceIdentifier(f"{base}/ocsp")
    return [
        x509.CRLDistributionPoints([x509.DistributionPoint([crl], None, None, None)]),
        x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, ocsp)]),
    ]


def _certify(  # noqa: PLR0913  # what differs between certificates, by name
    common_name: str,
    key: Key,
    issuer: Holder | None,
    start: datetime,
    end: datetime,
    *,
    authority: bool = False,
    usage: str = "none",
    comment: int = 0,
    points: list[x509.ExtensionType] | None = None,
) -> Holder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_usage(authority=authority), critical=True)
    )
    if usage != "none":
        purpose = ExtendedKeyUsageOID.OCSP_SIGNING if usage == "ocsp" else ExtendedKeyUsageOID.TIME_STAMPING
        purposes = x509.ExtendedKeyUsage([purpose])
        builder = builder.add_extension(purposes, critical=usage == "critical")
    if comment:
        text = b"\x16\x82" + comment.to_bytes(2, "big") + b"x" * comment  # an IA5String
        builder = builder.add_extension(x509.UnrecognizedExtension(_COMMENT, text), critical=False)
    for point in points or []:
        builder = builder.add_extension(point, critical=False)
    return Holder(builder.sign(issuer.key if issuer else key, SHA256()), key)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
