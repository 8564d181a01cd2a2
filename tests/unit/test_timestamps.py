"""Time-stamps of a real local authority: which pass, which are refused and why, and that openssl agrees."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from rfc3161_client import decode_timestamp_response

from evidence_store.anchors import chains, der, refusals
from evidence_store.anchors.openssl import find_openssl
from evidence_store.anchors.replies import MAX_REPLY, SHA256, read_reply, read_request
from evidence_store.anchors.stored import verify_stored
from evidence_store.anchors.timestamps import check_token, make_request
from evidence_store.errors import AnchorError
from evidence_store.hashing import sha256
from tests.harness.authority import OTHER_POLICY, POLICY, LocalAuthority

NOTE = b"livewitness/register/00\n7\nb64\n\n\xe2\x80\x94 livewitness/register/00 c2ln\n"
YEAR_2050_NS = 2_524_608_000 * 10**9


@dataclass(frozen=True)
class Made:
    """A request, the reply to it, and the authority's roots."""

    request: bytes
    reply: bytes
    roots: tuple[x509.Certificate, ...]

    def write(self, folder: Path, chain: bytes) -> None:
        root = chains.to_pem(self.roots)
        files = {"note.txt": NOTE, "request.tsq": self.request, "reply.tsr": self.reply, "root.pem": root}
        for name, content in (files | {"chain.pem": chain}).items():
            (folder / name).write_bytes(content)


@pytest.fixture(scope="module", params=["ec", "rsa"])
def authority(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with LocalAuthority(tmp_path_factory.mktemp("authority"), "tsa", kind=request.param) as local:
        yield local


def make(authority: LocalAuthority, how: str | None = None, policy: str | None = None) -> Made:
    request = make_request(NOTE, os.urandom, policy)
    roots = chains.read_pem(authority.root_pem.read_bytes())
    return Made(request.raw, authority.reply(request.raw, how), roots)


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["openssl", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_good_token_passes_and_says_what_openssl_says(authority: LocalAuthority, tmp_path: Path) -> None:
    made = make(authority)
    request = read_request(made.request)
    before = time.time_ns()
    token = check_token(made.reply, note=NOTE, roots=made.roots, request=request)
    assert token.verified_by == "rfc3161-client"
    assert token.imprint_digest == sha256(NOTE).hex()
    assert abs(token.time_ns - before) < 600 * 10**9
    assert (token.accuracy_ns, token.policy) == (1_500_100_000, POLICY)
    assert [chains.subject(one) for one in token.chain] == ["CN=tsa", "CN=tsa CA", "CN=tsa Root"]
    assert token.chain_ends_in(made.roots[0])
    assert token.expires_ns == int(token.chain[0].not_valid_after_utc.timestamp()) * 10**9

    library = decode_timestamp_response(made.reply).tst_info
    assert token.time_ns // 10**9 == int(library.gen_time.timestamp())
    assert (token.serial, request.nonce) == (library.serial_number, library.nonce)
    made.write(tmp_path, token.chain_pem())
    text = openssl(tmp_path, "ts", "-reply", "-in", "reply.tsr", "-text").stdout
    moment = time.gmtime(token.time_ns // 10**9)
    fraction = f"{token.time_ns % 10**9:09d}".rstrip("0")
    written = time.strftime(f"%b %e %H:%M:%S{'.' if fraction else ''}{fraction} %Y GMT", moment)
    assert f"Time stamp: {written}" in text
    for label, value in (("Serial number", token.serial), ("Nonce", request.nonce)):
        assert int(text.split(f"{label}: ")[1].split()[0], 16) == value


def test_the_kept_bytes_verify_with_openssl_alone(authority: LocalAuthority, tmp_path: Path) -> None:
    for how in (None, "unsorted", "streamed"):
        made = make(authority, how)
        token = check_token(made.reply, note=NOTE, roots=made.roots)
        made.write(tmp_path, token.chain_pem())
        common = ("-in", "reply.tsr", "-CAfile", "root.pem")
        at = ("-attime", str(token.time_ns // 10**9))
        for form in (("-data", "note.txt"), ("-queryfile", "request.tsq"), ("-digest", sha256(NOTE).hex())):
            done = openssl(tmp_path, "ts", "-verify", *form, *common, *at)
            assert done.stdout.strip() == "Verification: OK", done.stderr
        late = openssl(tmp_path, "ts", "-verify", "-data", "note.txt", *common, "-attime", str(YEAR_2050_NS // 10**9))
        assert "certificate has expired" in late.stderr
        # A chain kept beside it helps where the token has no certificates in between.
        kept = openssl(tmp_path, "ts", "-verify", "-data", "note.txt", *common, *at, "-untrusted", "chain.pem")
        assert kept.returncode == 0


def test_a_root_is_named_by_the_fingerprint_that_openssl_prints(authority: LocalAuthority) -> None:
    (root,) = chains.read_pem(authority.root_pem.read_bytes())
    printed = openssl(authority.folder, "x509", "-in", "root.pem", "-noout", "-fingerprint", "-sha256").stdout
    assert printed.split("=")[1].strip().replace(":", "").lower() == chains.fingerprint(root)


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("rejected", refusals.NotGranted, "rejected · Message digest algorithm is not supported. · badAlg"),
        ("wrong nonce", refusals.WrongNonce, "expected nonce"),
        ("wrong imprint", refusals.WrongImprint, sha256(NOTE).hex()),
        ("sm3", refusals.WrongImprintAlgorithm, "1.2.156.10197.1.401 (SM3)"),
        ("bad signature", refusals.BadSignature, "signature failure"),
        ("no certificates", refusals.CertificateMissing, "serial number"),
        ("expired", refusals.NotValidThen, "CN=tsa valid at"),
        ("self-signed", refusals.Untrusted, "CN=tsa itself, a certificate that signed itself"),
        ("usage not critical", refusals.WrongUsage, "got not critical, 1.3.6.1.5.5.7.3.8"),
        ("no usage", refusals.WrongUsage, "no extendedKeyUsage"),
        ("unnamed signer", refusals.BadSignature, "no such attribute"),
    ],
)
def test_each_thing_amiss_has_its_own_error(
    authority: LocalAuthority, how: str, error: type[AnchorError], words: str
) -> None:
    made = make(authority, how)
    with pytest.raises(error) as caught:
        check_token(made.reply, note=NOTE, roots=made.roots, request=read_request(made.request))
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert caught.value.received == made.reply
    assert caught.value.next_step


@pytest.mark.parametrize("how", ["unsorted", "streamed"])
def test_what_strict_der_rules_out_is_left_to_openssl(
    authority: LocalAuthority, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, plain, broken = make(authority, how), make(authority), make(authority, "bad signature")
    with pytest.raises(ValueError, match=r"InvalidSetOrdering|InvalidLength"):
        decode_timestamp_response(made.reply)
    token = check_token(made.reply, note=NOTE, roots=made.roots, request=read_request(made.request))
    assert token.verified_by == "openssl"
    assert token.body()["verified_by"] == "openssl"
    last = len(made.reply.rstrip(b"\0")) - 1  # of the signature; what ends indefinite lengths comes after it
    damaged = made.reply[:last] + bytes([made.reply[last] ^ 2]) + made.reply[last + 1 :]
    with pytest.raises(refusals.BadSignature, match="signature failure"):
        check_token(damaged, note=NOTE, roots=made.roots)

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(refusals.OpensslMissing, match="apt-get install openssl"):
        check_token(made.reply, note=NOTE, roots=made.roots)
    assert check_token(plain.reply, note=NOTE, roots=made.roots).verified_by == "rfc3161-client"
    with pytest.raises(refusals.BadSignature):
        check_token(broken.reply, note=NOTE, roots=made.roots)


def test_another_program_by_the_name_of_openssl_is_not_asked(tmp_path: Path) -> None:
    program = tmp_path / "openssl"
    program.write_text("#!/bin/sh\necho LibreSSL 3.3.6\n")
    program.chmod(0o755)
    with pytest.raises(refusals.OpensslMissing, match=r"LibreSSL 3\.3\.6"):
        find_openssl(str(tmp_path))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "openssl").write_bytes(b"\x7fELF and no more")
    (broken / "openssl").chmod(0o755)
    with pytest.raises(refusals.OpensslMissing, match="Exec format error"):
        find_openssl(str(broken))


def test_granted_with_modifications_is_a_token_too(authority: LocalAuthority) -> None:
    made = make(authority)
    assert made.reply[4:9] == bytes.fromhex("3003020100")
    token = check_token(made.reply[:8] + b"\x01" + made.reply[9:], note=NOTE, roots=made.roots)
    assert token.verified_by == "openssl"


def test_a_policy_that_was_asked_for_is_the_one_that_counts(authority: LocalAuthority) -> None:
    made = make(authority, policy=OTHER_POLICY)
    request = read_request(made.request)
    assert check_token(made.reply, note=NOTE, roots=made.roots, request=request).policy == OTHER_POLICY
    plain = make(authority)
    asked = make_request(NOTE, lambda _: (read_request(plain.request).nonce or 0).to_bytes(8, "big"), OTHER_POLICY)
    with pytest.raises(refusals.WrongPolicy, match=OTHER_POLICY):
        check_token(plain.reply, note=NOTE, roots=plain.roots, request=asked)


def test_certificates_that_the_authority_leaves_out_may_come_from_the_settings(authority: LocalAuthority) -> None:
    made = make(authority, "no certificates")
    known = (authority.pki.leaves["good"].certificate, authority.pki.issuing.certificate)
    token = check_token(made.reply, note=NOTE, roots=made.roots, known=known)
    assert token.chain == (*known, made.roots[0])


def test_only_the_roots_are_trusted(authority: LocalAuthority, tmp_path: Path) -> None:
    made = make(authority)
    with LocalAuthority(tmp_path, "tsa") as namesake:  # the same names, other keys
        strangers = chains.read_pem(namesake.root_pem.read_bytes())
    for known in ((), made.roots):
        with pytest.raises(refusals.Untrusted, match="CN=tsa Root") as caught:
            check_token(made.reply, note=NOTE, roots=strangers, known=known)
        assert chains.fingerprint(strangers[0])[:16] in str(caught.value)
    with pytest.raises(refusals.Untrusted):
        check_token(
            made.reply, note=NOTE, roots=(authority.pki.issuing.certificate,)
        )  # no root: it did not sign itself
    with pytest.raises(refusals.Untrusted, match="none was named"):
        check_token(made.reply, note=NOTE, roots=())
    both = check_token(made.reply, note=NOTE, roots=(*strangers, *made.roots))
    assert both.root == made.roots[0]


def test_bytes_of_no_kind_are_refused_in_words(authority: LocalAuthority) -> None:
    made = make(authority)
    for wrong in (
        b"",
        b"0",
        b"<html>Please log in</html>",
        made.reply[:-1],
        made.reply + b"\0",
        made.request,
        b"\x30\x80",
    ):
        with pytest.raises(refusals.Unreadable, match="RFC 3161") as caught:
            check_token(wrong, note=NOTE, roots=made.roots)
        assert caught.value.received == wrong
    with pytest.raises(refusals.Oversize, match=str(MAX_REPLY)):
        check_token(made.reply + bytes(MAX_REPLY), note=NOTE, roots=made.roots)
    with pytest.raises(refusals.Unreadable):
        read_request(made.reply[:40])


def signed_reply(serial: int, moment: bytes, certificates: int = 0) -> bytes:
    """A reply with these facts; nobody signed it."""
    imprint = der.write(
        der.SEQUENCE, der.write(der.SEQUENCE, der.write_oid(SHA256)), der.write(der.OCTETS, sha256(NOTE))
    )
    pieces = (
        der.write_integer(1),
        der.write_oid(POLICY),
        imprint,
        der.write_integer(serial),
        der.write(der.TIME, moment),
    )
    octets = der.write(der.OCTETS, der.write(der.SEQUENCE, *pieces))
    content = der.write(der.SEQUENCE, der.write_oid("1.2.840.113549.1.9.16.1.4"), der.write(0xA0, octets))
    held = der.write(0xA0, *[der.write(der.SEQUENCE)] * certificates)
    signer = der.write(der.SEQUENCE, der.write(der.SEQUENCE), der.write_integer(1))
    empty = der.write(der.SEQUENCE)
    signers = der.write(der.SET, der.write(der.SEQUENCE, der.write_integer(1), signer, empty, empty))
    signed = der.write(der.SEQUENCE, der.write_integer(3), der.write(der.SET), content, held, signers)
    token = der.write(der.SEQUENCE, der.write_oid("1.2.840.113549.1.7.2"), der.write(0xA0, signed))
    return der.write(der.SEQUENCE, der.write(der.SEQUENCE, der.write_integer(0)), token)


def test_facts_that_no_entry_could_hold_are_refused() -> None:
    stamp = read_reply(signed_reply(2**192 - 1, b"20261122010203.123456789Z")).token
    assert stamp is not None
    assert (stamp.stamp.serial, stamp.stamp.time_ns) == (2**192 - 1, 1_795_309_323_123_456_789)
    for serial, moment, certificates, words in (
        (2**192, b"20261122010203Z", 0, "a serial number of 193 bits"),
        (1, b"19691231235959Z", 0, "a genTime in 1969"),
        (1, b"20261322010203Z", 0, "does not match format"),
        (1, b"20261122010203+0100", 0, "a genTime of"),
        (1, b"20261122010203.1234567890Z", 0, "a genTime of"),
        (1, b"20261122010203Z", 41, "41 certificates"),
        (1, b"20261122010203Z", 1, "no certificate"),
    ):
        with pytest.raises(refusals.Unreadable, match=re.escape(words)):
            read_reply(signed_reply(serial, moment, certificates))


def test_every_changed_bit_is_refused_or_changes_nothing_that_is_said(authority: LocalAuthority) -> None:
    made = make(authority)
    request = read_request(made.request)
    true = check_token(made.reply, note=NOTE, roots=made.roots, request=request)

    def no_second_opinion(*_: object) -> None:
        raise refusals.OpensslMissing("not asked here", expected="", got="", next_step="")

    accepted = 0
    for position in range(0, 8 * len(made.reply), 7):  # each byte, another bit each time
        damaged = bytearray(made.reply)
        damaged[position // 8] ^= 1 << position % 8
        try:
            token = check_token(
                bytes(damaged), note=NOTE, roots=made.roots, request=request, second_opinion=no_second_opinion
            )
        except AnchorError:
            continue
        accepted += 1
        assert (token.body(), token.chain) == (true.body(), true.chain)
    assert accepted < 8 * len(made.reply) // 7 // 20  # version numbers and the like, which nobody signs


def test_years_later_a_kept_token_still_speaks(authority: LocalAuthority) -> None:
    made = make(authority)
    token = check_token(made.reply, note=NOTE, roots=made.roots)
    now = time.time_ns()
    kept = (NOTE, made.reply, token.chain_pem())
    today = verify_stored(*kept, now_ns=now, trusted_roots=made.roots, request=read_request(made.request))
    assert today.token == token
    assert (today.refused, today.trusted, today.expired) == (None, True, False)
    assert (today.root_subject, today.root_fingerprint) == ("CN=tsa Root", chains.fingerprint(made.roots[0]))
    later = verify_stored(*kept, now_ns=YEAR_2050_NS)
    assert later.token == token
    assert (later.trusted, later.expired) == (None, True)


def test_a_kept_token_says_whose_root_it_rests_on(authority: LocalAuthority, tmp_path: Path) -> None:
    made = make(authority)
    token = check_token(made.reply, note=NOTE, roots=made.roots)
    with LocalAuthority(tmp_path, "another") as other:
        strangers = chains.read_pem(other.root_pem.read_bytes())
        other_chain = chains.to_pem([other.pki.issuing.certificate, *strangers])
    now = time.time_ns()
    verdict = verify_stored(NOTE, made.reply, token.chain_pem(), now_ns=now, trusted_roots=strangers)
    assert verdict.token == token
    assert verdict.trusted is False
    assert verdict.root_subject == "CN=tsa Root"
    swapped = verify_stored(NOTE, made.reply, other_chain, now_ns=now)
    assert swapped.token is None
    assert isinstance(swapped.refused, refusals.Untrusted)
    # The person's own roots come first: a swapped chain file takes nothing from a good token.
    saved = verify_stored(NOTE, made.reply, other_chain, now_ns=now, trusted_roots=made.roots)
    assert (saved.token, saved.trusted) == (token, True)


def test_a_kept_token_over_other_bytes_or_with_a_broken_chain_is_refused(authority: LocalAuthority) -> None:
    made = make(authority)
    chain = check_token(made.reply, note=NOTE, roots=made.roots).chain_pem()
    now = time.time_ns()
    other = verify_stored(NOTE + b"\n", made.reply, chain, now_ns=now)
    assert (other.token, type(other.refused)) == (None, refusals.WrongImprint)
    for broken in (b"", b"no certificate", chain.replace(b"M", b"N")):
        assert isinstance(verify_stored(NOTE, made.reply, broken, now_ns=now).refused, refusals.Unreadable)
    stranger = make(authority)
    swapped = verify_stored(NOTE, made.reply, chain, now_ns=now, request=read_request(stranger.request))
    assert isinstance(swapped.refused, refusals.WrongNonce)
