"""Keys and certificates of a local time-stamp authority: root, issuing authority, and leaves of several kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
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
            "no usage": leaf(start, end, usage="none"),
            "self-signed": _certify(f"{name} itself", _key(kind), None, start, end, usage="critical"),
        },
    )


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
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
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
