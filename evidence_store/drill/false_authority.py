"""An authority that a thief makes in a minute: certificates of his own, and tokens that pass every check but trust.

`openssl ts` makes the token, as it would for the thief.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence_store.anchors.authority import Answer
from evidence_store.anchors.openssl import find_openssl, verify_with_openssl
from evidence_store.anchors.records import Record, token_record
from evidence_store.anchors.refusals import OpensslMissing
from evidence_store.anchors.revocation import Fetched
from evidence_store.anchors.timestamps import check_token, make_request
from evidence_store.drill.target import NothingToAttackError

_TEN_YEARS = timedelta(days=3650)
_TIME_OUT_S = 20.0
_CONFIG = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/leaf.pem
signer_key = {folder}/leaf.key
certs = {folder}/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def stamp_by_own_authority(name: str, size: int, note: bytes, entropy: Callable[[int], bytes]) -> Record:
    """A token over this checkpoint by an authority under that name, made for it. Raises NothingToAttackError."""
    try:
        program = find_openssl(os.environ.get("PATH", os.defpath))
    except OpensslMissing as error:
        raise NothingToAttackError("no openssl on this machine, with which a thief would do it") from error
    request = make_request(note, entropy, None)
    with tempfile.TemporaryDirectory(prefix="livewitness-drill-") as place:
        folder = Path(place)
        root = _certificates(folder, name)
        (folder / "serial").write_text("01", encoding="ascii")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        (folder / "query.tsq").write_bytes(request.raw)
        command = [program, "ts", "-reply", "-config", str(folder / "tsa.cnf"), "-queryfile", str(folder / "query.tsq")]
        reply = subprocess.run(command, check=True, capture_output=True, timeout=_TIME_OUT_S).stdout
    token = check_token(
        reply, note=note, roots=[root], request=request, known=[root], second_opinion=verify_with_openssl
    )
    return token_record(name, size, note, Answer(request, reply, token, Fetched((), ())))


def _certificates(folder: Path, name: str) -> x509.Certificate:
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (f"{name} Root", name)
    )
    authority = x509.BasicConstraints(ca=True, path_length=None)
    root = _begin(root_name, root_name, root_key).add_extension(authority, critical=True).sign(root_key, SHA256())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    leaf = _begin(leaf_name, root_name, leaf_key).add_extension(usage, critical=True)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "leaf.pem").write_bytes(leaf.sign(root_key, SHA256()).public_bytes(Encoding.PEM))
    private = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "leaf.key").write_bytes(private)
    return root


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _TEN_YEARS)
