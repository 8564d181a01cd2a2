"""The store's side of a witness: what it learns, what it refuses, and how long it waits. Real sockets throughout."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.cosignature import Cosignature, CosigningKey
from evidence_store.anchors.refusals import BadAnswer, Oversize, Unreachable
from evidence_store.anchors.witness_answers import (
    BadCosignature,
    Forked,
    Overtaken,
    RolledBack,
    UnknownToWitness,
)
from evidence_store.anchors.witness_client import ANSWER_LIMIT, cosign
from evidence_store.anchors.witness_protocol import read_submission
from evidence_store.errors import AnchorError, SettingsError
from tests.harness.witnesses import Register

REGISTER = Register()
NOW = 1795224001
WITNESS = CosigningKey("witness.example/desk", Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)))
STRANGER = CosigningKey("witness.example/other", Ed25519PrivateKey.from_private_bytes(bytes([8] * 32)))

Answerer = Callable[[bytes, socket.socket], None]


@contextmanager
def listening(answer: Answerer) -> Iterator[str]:
    """A server that hands each request's body, and the connection, to `answer`, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ending = threading.Event()

        def run() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if ending.is_set():
                        return
                    connection.settimeout(20)
                    try:
                        answer(_body(connection), connection)
                    except OSError:  # the client went away, as it may
                        continue

        thread = threading.Thread(target=run)
        thread.start()
        host, port = listener.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            ending.set()
            socket.create_connection((host, port)).close()
            thread.join(20)


def _body(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    headers, _, body = received.partition(b"\r\n\r\n")
    (length,) = [int(line.split(b":")[1]) for line in headers.split(b"\r\n") if line.lower().startswith(b"content-le")]
    while len(body) < length:
        body += connection.recv(65536)
    return body


def reply(status: int, body: bytes | str) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(raw)) + raw


def says(*answers: bytes) -> Answerer:
    """One answer after the other; the last one again and again."""
    left = list(answers)

    def answer(_: bytes, connection: socket.socket) -> None:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return answer


def line(size: int = 9, key: CosigningKey = WITNESS, time_s: int = NOW) -> str:
    return key.cosign(REGISTER.note(size).decode().partition("\n\n")[0] + "\n", time_s) + "\n"


def ask(
    url: str,
    size: int = 9,
    *,
    old: int = 5,
    timeout_s: float = 20.0,
    register: int | None = None,
) -> Cosignature:
    return cosign(
        url,
        WITNESS.verifier,
        REGISTER.note(size),
        old_size=old,
        consistency=lambda before: REGISTER.proof(before, size),
        timeout_s=timeout_s,
        clock=lambda: NOW + 0.5,
        register_size=None if register is None else lambda: register,
    )


def test_a_cosignature_is_checked_and_given_with_its_line() -> None:
    asked: list[bytes] = []

    def answer(body: bytes, connection: socket.socket) -> None:
        asked.append(body)
        connection.sendall(reply(200, line()))

    with listening(answer) as url:
        got = ask(f"{url}/desk/")
    assert (got.size, got.time_s, got.witness, f"{got.line}\n") == (9, NOW, "witness.example/desk", line())
    (body,) = asked
    sent = read_submission(body)
    assert (sent.old, list(sent.proof), sent.raw) == (5, list(REGISTER.proof(5, 9)), REGISTER.note(9))


def test_lines_by_unknown_keys_are_ignored() -> None:
    with listening(says(reply(200, line(key=STRANGER) + line()))) as url:
        assert ask(url).witness == WITNESS.name


def test_the_size_that_the_witness_knows_is_learned() -> None:
    asked: list[int] = []

    def answer(body: bytes, connection: socket.socket) -> None:
        asked.append(read_submission(body).old)
        connection.sendall(reply(200, line()) if asked[-1] == 3 else reply(409, "3\n"))

    for hint in (0, 5, 9, 1000):
        asked.clear()
        with listening(answer) as url:
            assert ask(url, old=hint).size == 9
        assert asked == [min(hint, 9), 3]


def test_a_witness_that_knows_more_than_the_register_holds_shows_a_rollback() -> None:
    with listening(says(reply(409, "12\n"))) as url:
        with pytest.raises(RolledBack, match=r"12 entries.*9 entries") as caught:
            ask(url)
        assert (caught.value.witness_size, caught.value.register_size, caught.value.received) == (12, 9, b"12\n")
        with pytest.raises(RolledBack):
            ask(url, register=11)
        # Another process was faster, and the register has those entries.
        with pytest.raises(Overtaken):
            ask(url, register=12)


@pytest.mark.parametrize(
    ("answers", "size"),
    [
        ([reply(422, "no\n")], 5),
        ([reply(409, "3\n"), reply(422, "no\n")], 3),
        ([reply(409, "9\n"), reply(409, "9\n")], 9),
    ],
)
def test_another_tree_at_one_size_shows_a_fork(answers: list[bytes], size: int) -> None:
    with listening(says(*answers)) as url, pytest.raises(Forked) as caught:
        ask(url)
    assert caught.value.size == size


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(200, ""), BadCosignature),
        (reply(200, "garbage"), BadCosignature),
        (reply(200, bytes(range(256))), BadCosignature),
        (reply(200, line(key=STRANGER)), BadCosignature),
        (reply(200, line(size=8)), BadCosignature),
        (reply(200, line() + line(size=8)), BadCosignature),
        (reply(200, line(time_s=NOW + 62)), BadCosignature),
        (reply(200, line().replace("\n", "\r\n")), BadCosignature),
        (reply(200, bytes(ANSWER_LIMIT + 1)), Oversize),
        (reply(404, "no such log"), UnknownToWitness),
        (reply(403, "no such key"), UnknownToWitness),
        (reply(400, "\x1b[2Jno"), BadAnswer),
        (reply(500, ""), BadAnswer),
        (reply(302, ""), BadAnswer),
        (reply(409, ""), BadAnswer),
        (reply(409, "-1\n"), BadAnswer),
        (reply(409, "five\n"), BadAnswer),
        (reply(409, "9" * 50), BadAnswer),
        (reply(409, "5\n"), BadAnswer),
        (b"HTTP/1.1 200 X\r\nContent-Length: 500\r\n\r\nshort", Unreachable),
        (b"garbage that is no HTTP\r\n\r\n", Unreachable),
        (b"", Unreachable),
    ],
)
def test_answers_that_are_none_are_told_apart(answer: bytes, kind: type[AnchorError]) -> None:
    with listening(says(answer)) as url, pytest.raises(AnchorError) as caught:
        ask(url)
    assert type(caught.value) is kind
    assert "\x1b" not in str(caught.value)


def test_a_clock_that_is_a_little_ahead_is_taken() -> None:
    with listening(says(reply(200, line(time_s=NOW + 59)))) as url:
        assert ask(url).time_s == NOW + 59


def test_a_witness_that_never_makes_up_its_mind_is_left() -> None:
    answers = [reply(409, f"{size}\n") for size in (1, 2, 3, 4, 6, 7)]
    with listening(says(*answers)) as url, pytest.raises(BadAnswer, match="another size in each"):
        ask(url)


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}"):
        ask(f"http://127.0.0.1:{port}")


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):  # the client turns away, as it must
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=(listener,))
        thread.start()
        with pytest.raises(Unreachable, match="certificate verify failed"):
            ask(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join(20)


def hangs(_: bytes, connection: socket.socket) -> None:
    while connection.recv(4096):
        continue


def drips(_: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def drips_headers(_: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 X\r\n")
    while True:
        connection.sendall(b"A: b\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [hangs, drips, drips_headers])
def test_one_deadline_covers_the_whole_exchange(answer: Answerer) -> None:
    with listening(answer) as url, pytest.raises(Unreachable):
        ask(url, timeout_s=0.5)


@pytest.mark.parametrize("url", ["", "witness.example", "ftp://witness.example", "http://", "https://w.example/?q=1"])
def test_what_is_no_address_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(SettingsError, match="submission prefix"):
        ask(url)
