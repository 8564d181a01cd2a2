"""Cosignatures against published ones, against openssl, and against hostile lines."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.anchors.cosignature import CosignerKey, CosigningKey, message, read_tree_head
from evidence_store.checkpoint import SigningKey, VerifierKey, parse_note
from evidence_store.errors import Malformed
from evidence_store.note_lines import read_signature_line, write_signature_line

# The checkpoint that the CT log Arche 2025h1 (staging) published at 1,432,088,532 entries with cosignatures of public
# witnesses, and the verifier keys that these publish (transparency.dev/witnesses, smartit.nu, remora.n621.de).
ARCHE = (
    "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"
    "— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIg"
    "IpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n"
    "— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei5"
    "9RA23oHP7Ry1k3ZFWwQ=\n"
    "— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4Ascyl"
    "P3v7sEodkRAErumC2q44vdgJY096st5BQ==\n"
    "— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNW"
    "VuE0tgh0XwzdZsDsUAQ==\n"
    "— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0Dr"
    "AWfBw==\n"
    "— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvK"
    "FYe/TmN9DAg==\n"
)
ARCHE_KEY = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
ARCHE_TIME = 1779573024
WITNESSES = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",  # also in transparency-dev/formats' tests
]
# The example of c2sp.org/tlog-cosignature; its key is not published, its time is (1679315147 in the signed message).
SPEC_LINE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA=="
)
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def witness(name: str = "witness.example/w1", seed: int = 7) -> CosigningKey:
    return CosigningKey(name, Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))


def lines_of(note: str) -> list[str]:
    return note.rpartition("\n\n")[2].splitlines()


@pytest.mark.parametrize("vkey", WITNESSES)
def test_cosignatures_of_public_witnesses_verify_and_not_over_a_changed_checkpoint(vkey: str) -> None:
    key = CosignerKey.parse(vkey)
    assert str(key) == vkey
    text = parse_note(ARCHE.encode()).text
    (line,) = [line for line in lines_of(ARCHE) if key.is_named_in(line)]
    checked = key.verify(line, text)
    assert (checked.size, checked.time_s, checked.vkey, checked.line) == (1432088532, ARCHE_TIME, vkey, line)
    assert checked.witness == key.name
    with pytest.raises(Malformed, match="fits the checkpoint"):
        key.verify(line, text.replace("1432088532", "1432088533"))


def test_a_note_with_cosignatures_is_still_the_logs_note() -> None:
    assert parse_note(ARCHE.encode()).signed_by([VerifierKey.parse(ARCHE_KEY)])


def test_the_time_of_the_specifications_example_is_read_where_it_stands() -> None:
    name, identity, stamped = read_signature_line(SPEC_LINE)
    assert (name, len(identity), len(stamped)) == ("witness.example.com/w1", 4, 72)
    assert int.from_bytes(stamped[:8], "big") == 1679315147
    assert message(1679315147, TEXT) == f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()


def test_what_is_cosigned_verifies_with_our_key_and_with_openssl(tmp_path: Path) -> None:
    key = witness()
    line = key.cosign(TEXT, 1795224001)
    checked = key.verifier.verify(line, TEXT)
    assert (checked.origin, checked.size, checked.time_s) == ("example.com/behind-the-sofa", 20852163, 1795224001)
    assert CosignerKey.parse(str(key.verifier)) == key.verifier
    (tmp_path / "key.pem").write_bytes(
        key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "message").write_bytes(f"cosignature/v1\ntime 1795224001\n{TEXT}".encode())
    (tmp_path / "signature").write_bytes(read_signature_line(line)[2][8:])
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
    done = subprocess.run([*command, "-in", "message", "-sigfile", "signature"], cwd=tmp_path, check=False)
    assert done.returncode == 0


def test_a_log_key_is_no_witness_key_though_name_and_bytes_are_the_same() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    log, cosigner = SigningKey("same.example", private), CosigningKey("same.example", private)
    assert log.verifier.key_id != cosigner.verifier.key_id
    with pytest.raises(Malformed, match="Ed25519"):
        CosignerKey.parse(str(log.verifier))
    with pytest.raises(Malformed, match="Ed25519"):
        VerifierKey.parse(str(cosigner.verifier))
    # The cosignature says more than a signature over the same text: one never passes for the other.
    note = parse_note(f"{TEXT}\n{cosigner.cosign(TEXT, 1)}\n".encode())
    assert not note.signed_by([log.verifier])


def test_a_changed_time_another_key_and_another_form_are_refused() -> None:
    key = witness()
    name, identity, stamped = read_signature_line(key.cosign(TEXT, 1000))
    later = (2000).to_bytes(8, "big") + stamped[8:]
    for line in (
        write_signature_line(name, identity, later),
        write_signature_line(name, identity, stamped[8:]),
        write_signature_line(name, identity, stamped + b"\x00"),
        write_signature_line(name, identity, b"\xff" * 8 + stamped[8:]),
        witness(seed=8).cosign(TEXT, 1000),
        witness("witness.example/w2").cosign(TEXT, 1000),
        "",
        "— ",
        "no line",
    ):
        with pytest.raises(Malformed):
            key.verifier.verify(line, TEXT)


@pytest.mark.parametrize("time_s", [-1, 2**63, 2**64])
def test_a_time_that_can_not_be_written_is_not_signed(time_s: int) -> None:
    with pytest.raises(Malformed, match="time"):
        witness().cosign(TEXT, time_s)


def test_a_time_over_63_bits_is_refused_though_its_signature_fits() -> None:
    key, time_s = witness(), 2**63
    stamped = time_s.to_bytes(8, "big") + key.private.sign(message(time_s, TEXT))
    with pytest.raises(Malformed, match="at most 2"):
        key.verifier.verify(write_signature_line(key.name, key.verifier.key_id, stamped), TEXT)


def test_lines_after_the_third_are_covered_and_must_not_be_empty() -> None:
    extended = f"{TEXT}extension\n"
    line = witness().cosign(extended, 5)
    assert witness().verifier.verify(line, extended).size == 20852163
    for text in (TEXT, f"{TEXT}extensioX\n"):
        with pytest.raises(Malformed):
            witness().verifier.verify(line, text)
    for text in (f"{TEXT}\n", f"{TEXT}a\n\nb\n", f"{TEXT}a", TEXT[:-1], "", "a\n1\n"):
        with pytest.raises(Malformed):
            read_tree_head(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "a\x1bb", "a\u3000b", "a\udc80b"])
def test_names_that_notes_can_not_carry_are_refused(name: str) -> None:
    with pytest.raises(Malformed):
        CosignerKey.parse(f"{name}+00000000+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2")


def test_a_private_key_is_not_shown() -> None:
    assert repr(witness("w")) == "CosigningKey(name='w')"


@given(st.text(max_size=120))
def test_no_line_makes_checking_fail_otherwise(line: str) -> None:
    with pytest.raises(Malformed):
        witness().verifier.verify(line, TEXT)
