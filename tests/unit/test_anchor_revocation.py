"""Revocation of an authority's certificates: fetched from a real server, checked again offline."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from evidence_store.anchors import chains, refusals
from evidence_store.anchors.authority import ask
from evidence_store.anchors.revocation import CRL, OCSP, Fetched, RevocationSource, check_revocation
from evidence_store.anchors.settings import Authority
from evidence_store.anchors.stored import verify_stored
from evidence_store.anchors.timestamps import Token, check_token, make_request
from tests.harness.authority import LocalAuthority
from tests.harness.authority_keys import ocsp_reply

NOTE = b"note\n"
HOUR = timedelta(hours=1)
DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module", params=["ec", "rsa"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with LocalAuthority(tmp_path_factory.mktemp("authority"), "tsa", kind=request.param) as authority:
        yield authority


@pytest.fixture
def local(running: LocalAuthority) -> Iterator[LocalAuthority]:
    yield running
    running.misbehave(None)
    running.revoke(None)


def settings(local: LocalAuthority) -> Authority:
    return Authority("tsa", local.url, local.root_pem, chains.read_pem(local.root_pem.read_bytes()))


def token(local: LocalAuthority) -> Token:
    roots = chains.read_pem(local.root_pem.read_bytes())
    return check_token(local.reply(make_request(NOTE, os.urandom).raw), note=NOTE, roots=roots)


def contents(fetched: Fetched) -> list[bytes]:
    return [item.content for item in fetched.items]


@pytest.mark.parametrize("kind", [CRL, OCSP])
@pytest.mark.parametrize(
    ("after", "reason", "stands"),
    [
        (-HOUR, x509.ReasonFlags.superseded, False),
        (-HOUR, None, False),
        (HOUR, x509.ReasonFlags.superseded, True),
        (HOUR, x509.ReasonFlags.cessation_of_operation, True),
        (HOUR, x509.ReasonFlags.key_compromise, False),  # whoever has the key can write any time into a token
        (HOUR, None, False),  # RFC 3161 section 4.1: no reason counts as the worst
    ],
)
def test_which_revocation_undoes_a_token(
    local: LocalAuthority, kind: str, after: timedelta, reason: x509.ReasonFlags | None, *, stands: bool
) -> None:
    made = token(local)
    local.revoke(datetime.now(UTC) + after, reason)
    fetched = RevocationSource().of(made.chain)
    only = [item.content for item in fetched.items if item.media_type == kind]
    assert len(only) == 2
    if stands:
        assert check_revocation(made.chain, only, made.time_ns).good == ("CN=tsa", "CN=tsa CA")
    else:
        with pytest.raises(refusals.Revoked, match="CN=tsa in force") as caught:
            check_revocation(made.chain, only, made.time_ns)
        assert (reason.value if reason else "no reason given") in caught.value.got


def test_an_authority_whose_certificate_was_revoked_gives_no_token(local: LocalAuthority) -> None:
    assert ask(settings(local), NOTE, os.urandom, RevocationSource()).token
    local.revoke(datetime.now(UTC) - HOUR, x509.ReasonFlags.key_compromise)
    with pytest.raises(refusals.Revoked, match="keyCompromise") as caught:
        ask(settings(local), NOTE, os.urandom, RevocationSource())
    assert caught.value.received[:1] == b"\x30"


def test_a_later_list_can_be_held_against_a_kept_token(local: LocalAuthority) -> None:
    answer = ask(settings(local), NOTE, os.urandom, RevocationSource())
    kept = (NOTE, answer.reply, answer.token.chain_pem())
    now = answer.token.time_ns + DAY_NS
    assert verify_stored(*kept, now_ns=now, revocation=contents(answer.revocation)).refused is None
    local.revoke(datetime.now(UTC), x509.ReasonFlags.key_compromise)
    later = contents(RevocationSource().of(answer.token.chain))
    verdict = verify_stored(*kept, now_ns=now, revocation=later)
    assert verdict.token is None
    assert isinstance(verdict.refused, refusals.Revoked)


def test_the_kept_lists_work_with_openssl_too(local: LocalAuthority, tmp_path: Path) -> None:
    made = token(local)
    lists = [item.content for item in RevocationSource().of(made.chain).items if item.media_type == CRL]
    pem = b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists)
    (tmp_path / "lists.pem").write_bytes(pem)
    (tmp_path / "between.pem").write_bytes(chains.to_pem(made.chain[1:-1]))
    (tmp_path / "leaf.pem").write_bytes(chains.to_pem(made.chain[:1]))
    command = ["openssl", "verify", "-crl_check_all", "-CRLfile", "lists.pem", "-untrusted", "between.pem", "-CAfile"]
    command += [str(local.root_pem), "-purpose", "timestampsign", "leaf.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "leaf.pem: OK\n", done.stderr


def test_a_responder_that_the_issuer_appointed_speaks_for_it(local: LocalAuthority) -> None:
    made = token(local)
    leaf, issuing = made.chain[:2]
    query = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuing, SHA256()).build().public_bytes(Encoding.DER)
    leaves = local.pki.leaves
    appointed = ocsp_reply(local.pki, query, None, leaves["responder"])
    assert check_revocation(made.chain, [appointed], made.time_ns).good == ("CN=tsa",)
    for other in ("good", "no usage", "self-signed"):
        standing = check_revocation(made.chain, [ocsp_reply(local.pki, query, None, leaves[other])], made.time_ns)
        assert standing.good == ()
        assert standing.ignored[0].endswith("an OCSP reply that CN=tsa CA did not sign")
    revoked = ocsp_reply(local.pki, query, (datetime.now(UTC) - HOUR, None), leaves["responder"])
    with pytest.raises(refusals.Revoked):
        check_revocation(made.chain, [revoked], made.time_ns)
    busy = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
    assert "status TRY_LATER" in check_revocation(made.chain, [busy], made.time_ns).ignored[0]


def test_what_somebody_else_signed_or_what_is_out_of_date_does_not_count(local: LocalAuthority, tmp_path: Path) -> None:
    made = token(local)
    fetched = contents(RevocationSource().of(made.chain))
    with LocalAuthority(tmp_path / "other", "tsa") as namesake:  # the same names, other keys, says: revoked
        namesake.revoke(datetime.now(UTC) - HOUR, None)
        foreign = contents(RevocationSource().of(token(namesake).chain))
    standing = check_revocation(made.chain, [*foreign, b"", b"no list"], made.time_ns)
    assert (standing.good, standing.unknown) == ((), ("CN=tsa", "CN=tsa CA"))
    assert len(standing.ignored) == 6
    assert "a CRL that CN=tsa CA did not sign" in " ".join(standing.ignored)

    stale = check_revocation(made.chain, fetched, made.time_ns + 30 * DAY_NS)
    assert stale.good == ()
    assert all("out of date" in line for line in stale.ignored)

    builder = x509.CertificateRevocationListBuilder().issuer_name(local.pki.issuing.certificate.subject)
    builder = builder.last_update(datetime.now(UTC) - HOUR).next_update(datetime.now(UTC) + HOUR)
    part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    partial = builder.add_extension(part, critical=True).sign(local.pki.issuing.key, SHA256())
    ignored = check_revocation(made.chain, [partial.public_bytes(Encoding.DER)], made.time_ns)
    assert ignored.good == ()
    assert "covers a part only" in ignored.ignored[0]


def test_damaged_replies_never_do_more_than_not_count(local: LocalAuthority) -> None:
    made = token(local)
    fetched = contents(RevocationSource().of(made.chain))
    changed = random.Random(3)  # noqa: S311  # the same damage each time
    for content in fetched:
        for _ in range(250):
            damaged = bytearray(content)
            damaged[changed.randrange(len(damaged))] ^= 1 << changed.randrange(8)
            check_revocation(made.chain, [bytes(damaged)], made.time_ns)


def test_lists_are_fetched_once_an_hour_and_failures_are_asked_again(local: LocalAuthority) -> None:
    made = token(local)
    now = [0.0]
    source = RevocationSource(monotonic=lambda: now[0], keep_s=3600.0)
    local.misbehave("revocation away")
    away = source.of(made.chain)
    assert len(away.failures) == 4
    local.misbehave(None)
    first = source.of(made.chain)
    assert first.failures == ()
    now[0] = 3599.0
    assert source.of(made.chain) is first
    now[0] = 3600.0
    again = source.of(made.chain)
    assert again is not first
    assert again.failures == ()


def test_fetching_is_over_in_time_whatever_the_server_does(local: LocalAuthority) -> None:
    made = token(local)
    moments = iter([0.0, 0.0, 5.0, 11.0, 12.0, 13.0])
    fetched = RevocationSource(monotonic=lambda: next(moments), deadline_s=10.0).of(made.chain)
    assert len(fetched.items) == 2
    assert [line.split(": ")[1].split(",")[0] for line in fetched.failures] == ["not asked", "not asked"]
