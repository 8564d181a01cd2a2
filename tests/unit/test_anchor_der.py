"""The little DER that time-stamps need, against openssl and against itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.anchors.der import OCTETS, SEQUENCE, read, write, write_integer, write_oid
from evidence_store.anchors.replies import new_request, read_request
from evidence_store.errors import Malformed

DIGEST = bytes(range(32))


@pytest.mark.parametrize("nonce", [1, 0x7F, 0x80, 0xFF, 0x8000, 2**63, 2**64 - 1])
def test_openssl_reads_our_requests(nonce: int, tmp_path: Path) -> None:
    (tmp_path / "request.tsq").write_bytes(new_request(DIGEST, nonce, "2.5.4999.12345678.1").raw)
    command = ["openssl", "ts", "-query", "-in", "request.tsq", "-text"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "Hash Algorithm: sha256" in text
    assert "Policy OID: 2.5.4999.12345678.1\n" in text
    assert int(text.split("Nonce: ")[1].split()[0], 16) == nonce
    assert "Certificate required: yes" in text


def test_we_read_openssl_s_requests(tmp_path: Path) -> None:
    command = ["openssl", "ts", "-query", "-digest", DIGEST.hex(), "-sha256", "-cert", "-tspolicy", "1.2.3.4.1"]
    raw = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    request = read_request(raw)
    assert (request.digest, request.policy) == (DIGEST, "1.2.3.4.1")
    assert request.nonce is not None
    assert new_request(DIGEST, request.nonce, request.policy).raw == raw


@given(st.integers(0, 2**511 - 1))
def test_integers_come_back(value: int) -> None:
    assert read(write_integer(value)).integer() == value


@given(st.lists(st.integers(0, 2**64), min_size=1, max_size=5), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers_come_back(arcs: list[int], first: int, second: int) -> None:
    dotted = ".".join(map(str, [first, second, *arcs]))
    assert read(write_oid(dotted)).oid() == dotted


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_elements_come_back(contents: list[bytes]) -> None:
    element = read(write(SEQUENCE, *(write(OCTETS, content) for content in contents)))
    assert [child.expect(OCTETS).content for child in element.children()] == contents


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_or_read_whole(content: bytes) -> None:
    try:
        element = read(content)
    except Malformed:
        return
    assert element.raw == content
    if content[1] != 0x80:  # an indefinite length
        assert write(element.tag, element.content) == content  # one encoding only


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("", "a tag and a length"),
        ("30", "a tag and a length"),
        ("3005", "5 bytes of content"),
        ("300000", "1 bytes more"),
        ("3080020101", "the end after 0 bytes"),
        ("308002010100", "the end after 1 bytes"),
        ("0480", "shortest form"),
        ("3080" * 60, "nested deeply"),
        ("308105", "shortest form"),
        ("3081050201010000", "shortest form"),
        ("30850000000001", "shortest form"),
        ("1f8101", "low tag number"),
    ],
)
def test_each_deviation_is_named(wrong: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        read(bytes.fromhex(wrong))


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65_535, 65_536])
def test_openssl_reads_our_lengths(size: int, tmp_path: Path) -> None:
    content = bytes(size)
    (tmp_path / "one.der").write_bytes(write(OCTETS, content))
    command = ["openssl", "asn1parse", "-inform", "DER", "-in", "one.der", "-out", "copy.der"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert f"l={size:4d} prim: OCTET STRING" in text
    assert read((tmp_path / "copy.der").read_bytes()).octets() == content


def test_indefinite_lengths_are_read_as_streaming_encoders_write_them() -> None:
    outer = read(bytes.fromhex("3080a08024800402aabb0401cc000000000201050000"))
    wrapped, number = outer.children()
    assert wrapped.children()[0].octets() == b"\xaa\xbb\xcc"
    assert number.integer() == 5


def test_values_of_another_kind_are_refused() -> None:
    for wrong in ("0200", "02020001", "0202ff80", "0401"):
        with pytest.raises(Malformed):
            read(bytes.fromhex(wrong)).integer()
    for wrong in ("0600", "060180", "020101"):
        with pytest.raises(Malformed):
            read(bytes.fromhex(wrong)).oid()
    with pytest.raises(Malformed):
        read(write(OCTETS, b"x")).children()
    with pytest.raises(Malformed, match="at most 64 bytes"):
        read(write(0x02, b"\x01" * 65)).integer()
