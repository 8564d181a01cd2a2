"""Asking a real authority over HTTP: what comes of each way that it may answer, or not answer."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from evidence_store.anchors import refusals
from evidence_store.anchors.authority import Answer, ask
from evidence_store.anchors.exchange import exchange, shown
from evidence_store.anchors.revocation import CRL, OCSP, RevocationSource
from evidence_store.anchors.settings import Authority, load_settings
from evidence_store.anchors.stored import verify_stored
from evidence_store.errors import AnchorError
from tests.harness.authority import MISBEHAVIOURS, LocalAuthority

NOTE = b"origin\n1\nroot\n"
NS_2030 = 1_893_456_000 * 10**9


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with LocalAuthority(tmp_path_factory.mktemp("authority"), "tsa") as local:
        yield local


@pytest.fixture
def local(running: LocalAuthority) -> Iterator[LocalAuthority]:
    yield running
    running.misbehave(None)


@pytest.fixture
def authority(local: LocalAuthority, tmp_path: Path) -> Authority:
    """As a person would write it down."""
    file = tmp_path / "anchors.yaml"
    file.write_text(f"authorities: [{local.setting}]")
    return load_settings(file).authorities[0]


def asked(authority: Authority, **changes: object) -> Answer:
    return ask(replace(authority, **changes), NOTE, os.urandom, RevocationSource())


def test_an_answer_holds_all_that_is_kept(local: LocalAuthority, authority: Authority) -> None:
    before = local.asked
    answer = asked(authority)
    assert local.asked == before + 1
    assert answer.token.verified_by == "rfc3161-client"
    assert [item.media_type for item in answer.revocation.items] == [OCSP, CRL, OCSP, CRL]
    assert answer.revocation.failures == ()
    revocation = [item.content for item in answer.revocation.items]
    verdict = verify_stored(
        NOTE,
        answer.reply,
        answer.token.chain_pem(),
        now_ns=NS_2030,
        trusted_roots=authority.roots,
        request=answer.request,
        revocation=revocation,
    )
    assert (verdict.token, verdict.trusted) == (answer.token, True)
    assert verdict.revocation is not None
    assert verdict.revocation.good == ("CN=tsa", "CN=tsa CA")


def test_each_request_has_a_nonce_of_its_own(authority: Authority) -> None:
    assert len({asked(authority).request.nonce for _ in range(3)}) == 3


def test_a_slow_authority_is_waited_for(local: LocalAuthority, authority: Authority) -> None:
    local.misbehave("slow")
    assert asked(authority).token.policy == "1.2.3.4.1"


@pytest.mark.parametrize(
    ("how", "error", "words", "received"),
    [
        ("drip", refusals.Unreachable, "no whole answer within 0.7 s", b""),
        ("hang", refusals.Unreachable, "no whole answer within 0.7 s", b""),
        ("unreachable", refusals.Unreachable, "Cannot connect", b""),
        ("500", refusals.BadAnswer, "status 500", b"out of order"),
        ("redirect", refusals.BadAnswer, "status 302, to http://127.0.0.1", b""),
        ("html", refusals.BadAnswer, "content type text/html", b"<html>Please log in</html>"),
        ("compressed", refusals.BadAnswer, "content encoding gzip", None),
        ("garbage", refusals.Unreadable, "9 bytes", b"\x30\x82garbage"),
        ("empty", refusals.Unreadable, "0 bytes", b""),
        ("oversize", refusals.Oversize, "at most 1048576 bytes", b"\x30" * 4096),
    ],
)
def test_each_way_of_not_answering_has_its_own_error(
    local: LocalAuthority, authority: Authority, how: str, error: type[AnchorError], words: str, received: bytes | None
) -> None:
    local.misbehave(how)
    with pytest.raises(error) as caught:
        asked(authority, timeout_s=0.7)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert received is None or caught.value.received == received
    local.misbehave(None)
    assert asked(authority).token.serial > 0  # and the next one is asked as if nothing had been


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("rejected", refusals.NotGranted),
        ("wrong nonce", refusals.WrongNonce),
        ("replayed", refusals.WrongNonce),
        ("wrong imprint", refusals.WrongImprint),
        ("sm3", refusals.WrongImprintAlgorithm),
        ("bad signature", refusals.BadSignature),
        ("no certificates", refusals.CertificateMissing),
        ("expired", refusals.NotValidThen),
        ("self-signed", refusals.Untrusted),
        ("usage not critical", refusals.WrongUsage),
        ("no usage", refusals.WrongUsage),
        ("unnamed signer", refusals.BadSignature),
    ],
)
def test_what_comes_and_is_refused_is_handed_on_as_it_came(
    local: LocalAuthority, authority: Authority, how: str, error: type[AnchorError]
) -> None:
    asked(authority)  # so that there is one to replay
    local.misbehave(how)
    with pytest.raises(error) as caught:
        asked(authority)
    assert caught.value.received[:1] == b"\x30"
    assert len(caught.value.received) > 40


@pytest.mark.parametrize("how", ["unsorted", "streamed"])
def test_tokens_that_only_openssl_takes_are_kept(local: LocalAuthority, authority: Authority, how: str) -> None:
    local.misbehave(how)
    assert asked(authority).token.verified_by == "openssl"


def test_a_token_that_names_its_certificate_as_in_old_times_is_good(
    local: LocalAuthority, authority: Authority
) -> None:
    local.misbehave("old signer digest")
    answer = asked(authority)
    assert b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c" in answer.reply  # signingCertificate, not V2
    assert answer.token.verified_by == "rfc3161-client"


def test_every_way_to_misbehave_is_tested() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [how for how in MISBEHAVIOURS if f'"{how}"' not in source] == []


def test_a_server_that_nobody_vouches_for_is_not_asked(local: LocalAuthority, authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(local.folder / "self-signed.pem", local.folder / "self-signed.key")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, pytest.raises(ssl.SSLError):  # not a byte of the request comes
                context.wrap_socket(connection, server_side=True).recv(1)

        with ThreadPoolExecutor(1) as pool:
            server = pool.submit(serve)
            with pytest.raises(refusals.Unreachable, match="certificate verify failed"):
                asked(authority, url=f"https://127.0.0.1:{port}/tsa")
            server.result(10)


def test_a_name_that_leads_nowhere_is_an_authority_out_of_reach(authority: Authority) -> None:
    with pytest.raises(refusals.Unreachable):
        asked(authority, url="http://no-such-authority.invalid/tsa", timeout_s=3.0)


SILENT_NAME_SERVER = """
import socket, threading
socket.getaddrinfo = lambda *_: threading.Event().wait()
from evidence_store.anchors.exchange import exchange
from evidence_store.errors import AnchorError
try:
    exchange("POST", "http://tsa.example.org/", deadline_s=0.5, limit=10, body=b"")
except AnchorError as error:
    print(type(error).__name__)
"""


def test_a_silent_name_server_holds_up_neither_a_call_nor_the_program_s_end() -> None:
    program = [sys.executable, "-c", SILENT_NAME_SERVER]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "Unreachable\n"


def test_a_name_is_looked_up(authority: Authority) -> None:
    url = authority.url.replace("127.0.0.1", "localhost")
    assert asked(authority, url=url).token.serial > 0


def test_several_threads_ask_at_once(authority: Authority) -> None:
    source = RevocationSource()
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(ask, authority, b"note %d" % number, os.urandom, source) for number in range(12)]
        answers = [job.result() for job in jobs]
    assert len({answer.token.serial for answer in answers}) == 12


def test_when_revocation_cannot_be_asked_the_token_stands_and_says_so(
    local: LocalAuthority, authority: Authority
) -> None:
    local.misbehave("revocation away")
    answer = asked(authority)
    assert answer.revocation.items == ()
    assert len(answer.revocation.failures) == 4
    assert "status 500" in answer.revocation.failures[0]


def test_secrets_in_an_address_are_never_shown() -> None:
    secret = "http://person:pass@127.0.0.1:9/tsa?key=secret#f"
    assert shown(secret) == "http://127.0.0.1:9/tsa"
    with pytest.raises(refusals.Unreachable) as caught:
        exchange("POST", secret, deadline_s=2.0, limit=10, body=b"")
    assert "secret" not in str(caught.value)
    assert "pass" not in str(caught.value)
    assert shown("http://[::1") == "an address that can't be read"
