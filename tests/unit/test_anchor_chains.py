"""Chains of certificates: which lead to a root, and which only look so."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from evidence_store.anchors import chains, refusals

NOW = datetime(2026, 11, 22, tzinfo=UTC)
YEAR = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(  # noqa: PLR0913  # what differs between certificates, by name
    name: str,
    key: Key,
    issuer: str,
    issuer_key: Key,
    *,
    ca: bool | None = True,
    path: int | None = None,
    signs: bool | None = None,
    start: datetime = NOW - YEAR,
    end: datetime = NOW + YEAR,
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]) for common in (name, issuer)]
    builder = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number(), start, end)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path if ca else None), critical=True)
    if signs is not None:
        usage = x509.KeyUsage(not signs, False, False, False, False, signs, False, False, False)
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, SHA256())


class Line:
    """A root, one authority in between, a leaf."""

    def __init__(self, **between: object) -> None:
        self.keys = [new_key() for _ in range(3)]
        root, middle, leaf = self.keys
        self.root = certificate("root", root, "root", root)
        self.middle = certificate("middle", middle, "root", root, **between)  # type: ignore[arg-type]
        self.leaf = certificate("leaf", leaf, "middle", middle, ca=None)


def test_a_sound_chain_is_found_whatever_lies_beside_it() -> None:
    line, other = Line(), Line()
    noise = [other.middle, other.leaf, other.root, line.leaf, line.root]
    chain = chains.build_chain(line.leaf, [*noise, line.middle], [other.root, line.root])
    assert chain == (line.leaf, line.middle, line.root)
    assert chains.read_pem(chains.to_pem(chain)) == chain
    assert chains.build_chain(line.middle, noise, [line.root]) == (line.middle, line.root)


@pytest.mark.parametrize(
    "between", [{"ca": False}, {"ca": None}, {"signs": False}], ids=["no CA", "no constraints", "key may not sign"]
)
def test_who_is_no_authority_issues_nothing(between: dict[str, bool | None]) -> None:
    line = Line(**between)
    with pytest.raises(refusals.Untrusted, match="CN=leaf, issued by CN=middle"):
        chains.build_chain(line.leaf, [line.middle], [line.root])
    sound = Line(signs=True)
    assert len(chains.build_chain(sound.leaf, [sound.middle], [sound.root])) == 3


def test_an_authority_may_limit_how_many_stand_below_it() -> None:
    keys = [new_key() for _ in range(4)]
    root = certificate("root", keys[0], "root", keys[0])
    first = certificate("first", keys[1], "root", keys[0], path=0)
    second = certificate("second", keys[2], "first", keys[1])
    leaf = certificate("leaf", keys[3], "second", keys[2], ca=None)
    with pytest.raises(refusals.Untrusted):
        chains.build_chain(leaf, [second, first], [root])
    wider = certificate("first", keys[1], "root", keys[0], path=1)
    assert chains.build_chain(leaf, [second, first, wider], [root]) == (leaf, second, wider, root)


def test_authorities_that_vouch_for_each_other_lead_nowhere_and_come_to_an_end() -> None:
    keys = [new_key() for _ in range(4)]
    ring = [certificate(f"ca {a}", keys[a], f"ca {b}", keys[b]) for a in range(3) for b in range(3) if a != b]
    leaf = certificate("leaf", keys[3], "ca 0", keys[0], ca=None)
    with pytest.raises(refusals.Untrusted):
        chains.build_chain(leaf, ring * 5, [Line().root])


def test_each_certificate_counts_at_the_token_s_time() -> None:
    line = Line(end=NOW + timedelta(days=10))
    chain = (line.leaf, line.middle, line.root)
    at = int(NOW.timestamp()) * 10**9
    chains.check_valid_at(chain, at)
    chains.check_valid_at(chain, at + 10 * 86_400 * 10**9 + 999_999_999)  # valid to the end of that second
    with pytest.raises(refusals.NotValidThen, match="CN=middle valid at 2026-12-02T00:00:01Z"):
        chains.check_valid_at(chain, at + (10 * 86_400 + 1) * 10**9)
    with pytest.raises(refusals.NotValidThen, match="CN=leaf"):
        chains.check_valid_at(chain, at - 366 * 86_400 * 10**9)
    assert chains.expires_ns(chain) == at + 10 * 86_400 * 10**9


def test_a_root_is_an_authority_that_signed_itself() -> None:
    line = Line()
    key = new_key()
    assert chains.is_root(line.root)
    assert not chains.is_root(line.middle)
    assert not chains.is_root(certificate("self", key, "self", key, ca=None))
    assert not chains.is_root(certificate("root", key, "root", line.keys[0]))  # the name is the root's, the key is not


def test_certificates_that_would_trouble_later_are_refused_at_once(tmp_path: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=x",
    ]
    command += ["-set_serial", "-5", "-keyout", "key.pem", "-out", "negative.pem"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    with pytest.raises(ValueError, match="serial number -5"):
        chains.read_certificate(_der(tmp_path, "negative.pem"))
    line = Line()
    der = _der_of(line.leaf)
    unprintable = der.replace(b"middle", b"midd\xffe")  # names are read late by the library
    for wrong in (b"", b"\x30\x00", b"\x30\x02\x30\x00", der[:-1], unprintable):
        with pytest.raises(ValueError, match=r"."):
            chains.read_certificate(wrong)
    with pytest.raises(ValueError, match=r"."):
        chains.read_pem(b"")


def _der(folder: Path, name: str) -> bytes:
    command = ["openssl", "x509", "-in", name, "-outform", "DER"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout


def _der_of(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)
