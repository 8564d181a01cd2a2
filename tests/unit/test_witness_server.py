"""A witness over real sockets: each status, and clients that send too much, too slowly, or nothing at all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.witness_folder import create_witness, open_witness
from evidence_store.anchors.witness_protocol import REQUEST_LIMIT, write_submission
from evidence_store.anchors.witness_server import Limits, serve
from evidence_store.durable import FileSystem
from tests.harness.witnesses import Register

REGISTER = Register()
NOW = 1795224001


@dataclass
class Served:
    """A witness that is being served, and what it reported."""

    url: str
    vkey: CosignerKey
    folder: Path
    reports: list[str] = field(default_factory=list)

    async def add(self, body: bytes) -> tuple[int, str, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/add-checkpoint", data=body) as answer,
        ):
            return answer.status, answer.headers["Content-Type"], await answer.text()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port)


@asynccontextmanager
async def served(tmp_path: Path, limits: Limits | None = None) -> AsyncIterator[Served]:
    vkey = create_witness(tmp_path / "w", "witness.example/desk", os.urandom, FileSystem())
    reports: list[str] = []
    async with serve(
        open_witness(tmp_path / "w"),
        [REGISTER.key.verifier],
        host="127.0.0.1",
        port=0,
        clock=lambda: NOW + 0.9,
        report=reports.append,
        limits=limits,
    ) as url:
        yield Served(url, vkey, tmp_path / "w", reports)


def submission(old: int, new: int, register: Register = REGISTER) -> bytes:
    return write_submission(old, register.proof(old, new), register.note(new))


async def test_a_register_that_grows_is_cosigned_at_each_size(tmp_path: Path) -> None:
    async with served(tmp_path) as witness:
        for old, new in ((0, 1), (1, 2), (2, 7), (7, 7), (7, 64), (64, 65)):
            status, kind, body = await witness.add(submission(old, new))
            assert (status, kind) == (200, "text/plain; charset=utf-8")
            assert body.endswith("\n")
            text = REGISTER.note(new).decode().partition("\n\n")[0] + "\n"
            checked = witness.vkey.verify(body[:-1], text)
            assert (checked.size, checked.time_s) == (new, NOW)
        assert witness.reports[-1] == f"127.0.0.1 200 {REGISTER.name} 64->65"


async def test_each_refusal_has_its_status_and_nothing_is_kept(tmp_path: Path) -> None:
    foreign = Register(key_seed=9)
    async with served(tmp_path) as witness:
        assert (await witness.add(submission(0, 5)))[0] == 200
        assert await witness.add(submission(3, 9)) == (409, "text/x.tlog.size", "5\n")
        assert await witness.add(submission(5, 5, Register(seed=1))) == (409, "text/x.tlog.size", "5\n")
        for status, body in {
            400: b"old 9\n\n" + REGISTER.note(5),
            403: submission(5, 9, foreign),
            404: submission(0, 5, Register(name="livewitness/register/other")),
            413: b"old 5\n\n" + bytes(REQUEST_LIMIT),
            422: submission(5, 9, Register(seed=1)),
        }.items():
            assert (await witness.add(body))[0] == status
        heads = open_witness(witness.folder).state.heads()
        assert heads[REGISTER.name].head.size == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(range(256)) * 100,
        b"old 1\n" + b"KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n" + REGISTER.note(5),
        b"old 1\n!!\n\n" + REGISTER.note(5),
        submission(0, 5).replace(b"\n", b"\r\n"),
    ],
    ids=["empty", "binary", "64 lines", "bad base64", "CRLF"],
)
async def test_hostile_bodies_are_bad_requests_and_do_not_reach_the_log_of_requests(
    tmp_path: Path, body: bytes
) -> None:
    async with served(tmp_path) as witness:
        assert (await witness.add(body))[0] == 400
        assert witness.reports == ["127.0.0.1 400 -"]
        assert (await witness.add(submission(0, 5)))[0] == 200


async def test_other_paths_and_methods_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as witness, aiohttp.ClientSession() as session:
        for method, path, status in (("GET", "/add-checkpoint", 405), ("POST", "/", 404), ("PUT", "/x", 404)):
            async with session.request(method, witness.url + path) as answer:
                assert answer.status == status


async def test_a_body_without_a_length_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(16 << 10)

    async with served(tmp_path) as witness, aiohttp.ClientSession() as session:
        async with session.post(f"{witness.url}/add-checkpoint", data=endless()) as answer:
            assert answer.status == 413
        assert (await witness.add(submission(0, 5)))[0] == 200


async def test_who_sends_too_slowly_is_told_and_let_go(tmp_path: Path) -> None:
    async with served(tmp_path, Limits(request_s=0.3, idle_s=0.5)) as witness:
        reader, writer = await witness.connect()
        writer.write(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 500\r\n\r\nold 0\n")
        assert b" 408 " in await reader.readline()
        await reader.read()  # to the end: the connection is closed
        writer.close()
        # One that never ends its headers.
        reader, writer = await witness.connect()
        writer.write(b"POST /add-checkpoint HTTP/1.1\r\nHost:")
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        assert (await witness.add(submission(0, 5)))[0] == 200


async def test_connections_over_the_limit_are_closed_and_the_others_answered(tmp_path: Path) -> None:
    async with served(tmp_path, Limits(connections=3)) as witness:
        held = [await witness.connect() for _ in range(3)]
        reader, writer = await witness.connect()
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        body = submission(0, 5)
        reader, writer = held[0]
        for _ in range(2):  # and over one connection more than once
            writer.write(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            status = await asyncio.wait_for(reader.readline(), 20)
            while (line := await reader.readline()) != b"\r\n":
                length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else 0
                if length:
                    size = length
            await reader.readexactly(size)
            assert status.split()[1] in {b"200", b"409"}
        for _, each in held:
            each.close()


async def test_without_a_state_that_can_be_trusted_nothing_is_cosigned(tmp_path: Path) -> None:
    async with served(tmp_path) as witness:
        assert (await witness.add(submission(0, 5)))[0] == 200
        connection = sqlite3.connect(witness.folder / "heads.db")
        with connection:
            connection.execute("UPDATE heads SET size = 4")
        connection.close()
        status, _, body = await witness.add(submission(4, 9))
        assert (status, "—" in body) == (503, False)
        assert "make a new one" in witness.reports[-1]
        (witness.folder / "heads.db").unlink()
        assert (await witness.add(submission(0, 9)))[0] == 503
        assert not (witness.folder / "heads.db").exists()


async def test_many_at_once_from_one_size_get_one_cosignature(tmp_path: Path) -> None:
    async with served(tmp_path) as witness:
        assert (await witness.add(submission(0, 5)))[0] == 200
        answers = await asyncio.gather(*(witness.add(submission(5, new)) for new in range(6, 26)))
        statuses = sorted(status for status, _, _ in answers)
        assert statuses == [200] + [409] * 19
        (won,) = [6 + at for at, (status, _, _) in enumerate(answers) if status == 200]
        assert {body for status, _, body in answers if status == 409} == {f"{won}\n"}


async def test_at_the_end_nobody_who_is_idle_is_waited_for(tmp_path: Path) -> None:
    # The limits are over this test's own time limit.
    async with served(tmp_path, Limits(request_s=600, idle_s=600)) as witness:
        idle, first = await witness.connect()
        _, second = await witness.connect()
        second.write(b"POST /add-checkpoint HTTP/1.1\r\nHo")
        assert (await witness.add(submission(0, 5)))[0] == 200
    assert await idle.read() == b""
    first.close()
    second.close()
