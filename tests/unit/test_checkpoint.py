"""Checkpoints and signed notes against the vectors that their specifications publish."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.checkpoint import Checkpoint, SigningKey, VerifierKey, parse_note
from evidence_store.errors import Malformed

# The worked example of c2sp.org/signed-note.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# The example of golang.org/x/mod/sumdb/note, which the specification grew out of: it publishes the private key too.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of c2sp.org/tlog-checkpoint.
SPEC_CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def key(name: str = "livewitness/log/x") -> SigningKey:
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.mark.parametrize(("vkey", "note"), [(SPEC_KEY, SPEC_NOTE), (GO_KEY, GO_NOTE)])
def test_published_notes_verify_and_changed_ones_do_not(vkey: str, note: str) -> None:
    verifier = VerifierKey.parse(vkey)
    assert str(verifier) == vkey
    assert parse_note(note.encode()).signed_by([verifier])
    assert not parse_note(note.replace("a", "b", 1).encode()).signed_by([verifier])
    assert not parse_note(note.encode()).signed_by([key().verifier])


def test_signing_gives_the_published_note_byte_for_byte() -> None:
    seed = base64.b64decode(GO_PRIVATE)[1:]
    signing = SigningKey("PeterNeumann", Ed25519PrivateKey.from_private_bytes(seed))
    assert str(signing.verifier) == GO_KEY
    assert signing.sign_note(GO_TEXT) == GO_NOTE.encode()


def test_the_published_checkpoint_is_read_and_written_back() -> None:
    checkpoint = Checkpoint.parse(SPEC_CHECKPOINT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == SPEC_CHECKPOINT


def test_lines_by_unknown_keys_are_ignored_and_a_false_line_by_a_known_key_is_not() -> None:
    note = key().sign_note("text\n")
    witness = key("witness.example/w").sign_note("text\n").split(b"\n\n")[1]
    assert parse_note(note + witness).signed_by([key().verifier])
    # Same name and key id as ours, another signature.
    false = key().sign_note("other\n").split(b"\n\n")[1]
    assert not parse_note(note + false).signed_by([key().verifier])


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"te\x01xt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAA\n".encode(),
        "text\n\n— a AAAAAB==\n".encode(),
        "text\n\n— a AAAAAA==\n".encode(),
        "text\n\n— a 一二三四\n".encode(),
        ("text\n\n" + "— a AAAAAAA=\n" * 101).encode(),
        b"x" * (1 << 20) + b"\n\n",
    ],
)
def test_malformed_notes_are_refused(note: bytes) -> None:
    with pytest.raises(Malformed):
        parse_note(note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nextension\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        GO_KEY.replace("+ARpc", "+BRpc"),
        GO_KEY[:-4],
        f"x+00000000+{'A' * 5}",
    ],
)
def test_malformed_verifier_keys_are_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(vkey)


def test_a_private_key_is_not_shown() -> None:
    assert repr(key()) == "SigningKey(name='livewitness/log/x')"


@given(st.binary(max_size=120))
def test_no_bytes_make_parsing_fail_otherwise(note: bytes) -> None:
    try:
        parsed = parse_note(b"text\n\n" + note)
    except Malformed:
        return
    assert parsed.signatures
