"""A witness as a process of its own, as on a second machine: it remembers, and nothing makes it forget."""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from evidence_store.anchors.cosignature import Cosignature, CosignerKey
from evidence_store.anchors.refusals import Unreachable
from evidence_store.anchors.witness_answers import Forked, Overtaken, RolledBack, UnknownToWitness
from evidence_store.anchors.witness_client import cosign
from evidence_store.anchors.witness_folder import open_witness
from evidence_store.checkpoint import VerifierKey, parse_note
from evidence_store.keys import load_verifier
from evidence_store.merkle import consistency_path, leaf_hash
from evidence_store.store import Store
from tests.harness.witnesses import COMMAND, Register, Running, serving

REGISTER = Register()


def ask(
    witness: Running, size: int, *, old: int = 0, register: Register = REGISTER, register_size: int | None = None
) -> Cosignature:
    return cosign(
        witness.url,
        witness.vkey,
        register.note(size),
        old_size=old,
        consistency=lambda before: register.proof(before, size),
        timeout_s=20,
        clock=time.time,
        register_size=None if register_size is None else lambda: register_size,
    )


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_from_init_to_a_cosigned_register_that_grows(tmp_path: Path) -> None:
    made = run("init", tmp_path / "w", "--name", "witness.example/desk")
    assert (made.returncode, made.stderr) == (0, "")
    vkey = CosignerKey.parse(made.stdout.strip())
    with serving(tmp_path / "w", REGISTER) as witness:
        assert witness.vkey == vkey
        first, second, again = ask(witness, 5), ask(witness, 40, old=5), ask(witness, 40, old=40)
        assert [each.size for each in (first, second, again)] == [5, 40, 40]
        # With the line added the note is still the register's, and carries the cosignature.
        note = parse_note(REGISTER.note(40) + f"{second.line}\n".encode())
        assert note.signed_by([REGISTER.vkey])
        assert vkey.verify(second.line, note.text) == second
        code, errors = witness.end(signal.SIGTERM)
    assert code == 0
    lines = errors.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines] == [
        f"127.0.0.1 200 {REGISTER.name} {step}" for step in ("0->5", "5->40", "40->40")
    ]


def test_a_killed_witness_knows_what_it_cosigned_and_a_rollback_and_a_fork_show(tmp_path: Path) -> None:
    with serving(tmp_path / "w", REGISTER) as witness:
        ask(witness, 40)
        witness.end(signal.SIGKILL)
    with serving(tmp_path / "w", REGISTER) as witness:
        with pytest.raises(RolledBack, match=r"40 entries.*30 entries"):
            ask(witness, 30)
        other = Register(seed=1)
        with pytest.raises(Forked, match="40 entries"):
            ask(witness, 50, register=other)
        with pytest.raises(Forked, match="40 entries"):
            ask(witness, 40, register=other)
        assert ask(witness, 50).size == 50
    shown = json.loads(run("show", tmp_path / "w").stdout)
    assert [(head["origin"], head["size"]) for head in shown["heads"]] == [(REGISTER.name, 50)]
    assert [each["note"] for each in shown["contradictions"]] == [other.note(40).decode()]


def test_a_register_that_the_witness_was_not_given_is_told_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path / "w", REGISTER) as witness:
        with pytest.raises(UnknownToWitness, match="--log VKEY"):
            ask(witness, 5, register=Register(name="livewitness/register/other"))
        with pytest.raises(UnknownToWitness, match="--log VKEY"):
            ask(witness, 5, register=Register(key_seed=9))
        assert run("show", tmp_path / "w").stdout.count(REGISTER.name) == 0


def test_killed_at_any_moment_it_never_forgets_what_it_answered(tmp_path: Path) -> None:
    chance, size = random.Random(7), 0  # noqa: S311 - the point is that it repeats
    for _ in range(6):
        with serving(tmp_path / "w", REGISTER) as witness:
            moment = threading.Timer(chance.uniform(0.0, 0.3), witness.process.kill)
            moment.start()
            try:
                while size < len(REGISTER.leaves):
                    ask(witness, size + 1, old=size)
                    size += 1
            except Unreachable:
                pass
            moment.join()
            witness.process.wait(20)
        known = open_witness(tmp_path / "w").state.heads()
        # What was kept but not answered may be one ahead, and then it is learned.
        kept = known[REGISTER.name].head.size if known else 0
        assert kept - size in {0, 1}
        size = kept
    assert size > 0


def test_two_witness_processes_on_one_folder_never_cosign_twice_from_one_size(tmp_path: Path) -> None:
    def grow(witness: Running, seed: int) -> None:
        chance, known = random.Random(seed), 0  # noqa: S311 - the point is that it repeats
        for _ in range(15):
            size = min(known + chance.randint(1, 5), len(REGISTER.leaves))
            try:
                ask(witness, size, old=known, register_size=len(REGISTER.leaves))
                known = size
            except Overtaken as error:
                known = int(error.received)

    with serving(tmp_path / "w", REGISTER) as one, serving(tmp_path / "w", REGISTER) as two:
        threads = [threading.Thread(target=grow, args=(each, seed)) for seed, each in enumerate([one, two, one, two])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        told = [line.split() for witness in (one, two) for line in witness.end()[1].splitlines()]
    steps = [tuple(map(int, words[-1].split("->"))) for words in told if words[2] == "200"]
    grown = sorted(step for step in steps if step[0] < step[1])
    assert "409" in {words[2] for words in told}  # they did get in each other's way
    # Each growth began where another ended: one chain from nothing, no branch, nothing rolled back.
    assert [old for old, _ in grown] == [0, *(new for _, new in grown[:-1])]
    assert open_witness(tmp_path / "w").state.heads()[REGISTER.name].head.size == grown[-1][1]


@dataclass(frozen=True)
class StoredRegister:
    """The register of a store on disk, read as it lies there."""

    root: Path

    @property
    def vkey(self) -> VerifierKey:
        with Store.open_read_only(self.root) as store:
            return load_verifier(self.root, store.id)

    def submit(self, witness: Running) -> Cosignature:
        with Store.open_read_only(self.root) as store, store.register_reader() as reader:
            leaves = [leaf_hash(row.raw) for row in reader.rows()]
            last = reader.last_checkpoint()
        assert last is not None
        assert last.size == len(leaves)
        return cosign(
            witness.url,
            witness.vkey,
            last.note,
            old_size=0,
            consistency=lambda before: consistency_path(before, leaves),
            timeout_s=20,
            clock=time.time,
        )


def watch_something(root: Path, times: int) -> None:
    with Store.open(root) as store:
        for number in range(times):
            store.open_log("capture", case="c", subject=f"room {number}", body={}).close("the time given is over")


def test_a_stores_register_is_cosigned_and_its_older_copy_is_recognised(tmp_path: Path) -> None:
    """Somebody puts yesterday's copy of the store in the place of today's."""
    now, older = StoredRegister(tmp_path / "store"), StoredRegister(tmp_path / "older")
    Store.create(now.root).close()
    assert run("vkey", now.root).stdout == f"{now.vkey}\n"
    watch_something(now.root, 1)
    with serving(tmp_path / "w", now) as witness:
        first = now.submit(witness)
        shutil.copytree(now.root, older.root)
        watch_something(now.root, 1)
        second = now.submit(witness)
        assert second.size > first.size
        with pytest.raises(RolledBack):
            older.submit(witness)
        # It was written on, past the size that the witness knows.
        watch_something(older.root, 3)
        with pytest.raises(Forked):
            older.submit(witness)


USAGE = {
    "no log": (["serve", "{w}"], "at least one --log VKEY"),
    "a cosigner's key": (["serve", "{w}", "--log", "{vkey}"], "Ed25519"),
    "no key": (["serve", "{w}", "--log", "x"], "verifier key"),
    "no file": (["serve", "{w}", "--logs", "/nowhere"], "/nowhere"),
    "no store": (["vkey", "/nowhere"], "/nowhere"),
    "no witness": (["serve", "/nowhere", "--log", str(REGISTER.vkey)], "witness init"),
    "there already": (["init", "{w}", "--name", "a"], "empty folder"),
    "bad name": (["init", "{w}2", "--name", "a b"], "no space"),
    "no name": (["init", "{w}2"], "--name"),
    "taken": (["serve", "{w}", "--log", str(REGISTER.vkey), "--port", "{port}"], "free"),
}


@pytest.mark.parametrize(("arguments", "says"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_message_and_code_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    vkey = run("init", tmp_path / "w", "--name", "witness.example/desk").stdout.strip()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(*(each.format(w=tmp_path / "w", vkey=vkey, port=port) for each in arguments))
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_witness_without_its_memory_does_not_start(tmp_path: Path) -> None:
    run("init", tmp_path / "w", "--name", "witness.example/desk")
    (tmp_path / "w/heads.db").unlink()
    done = run("serve", tmp_path / "w", "--log", str(REGISTER.vkey), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "never put an older heads.db back" in done.stderr


NOISE = (b"\x16\x03\x01\x02\x00\x01\x00", b"old 0\n\n", bytes(1 << 20), b"POST /add-checkpoint HTTP/9.9\r\n\r\n")


def test_what_is_no_http_is_let_go_and_not_repeated_in_the_log_of_requests(tmp_path: Path) -> None:
    with serving(tmp_path / "w", REGISTER) as witness:
        parts = urlsplit(witness.url)
        for noise in NOISE:
            # It may be cut off while we send.
            with socket.create_connection((parts.hostname, parts.port)) as connection, contextlib.suppress(OSError):
                connection.sendall(noise)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    continue
        assert ask(witness, 5).size == 5
        code, errors = witness.end()
    assert code == 0
    *refused, last = [line.split(maxsplit=1)[1] for line in errors.splitlines()]
    assert last == f"127.0.0.1 200 {REGISTER.name} 0->5"
    assert all(re.fullmatch(r"- 400 no HTTP that is understood \(\w+\)", line) for line in refused), refused
    assert refused


def test_keys_may_stand_in_a_file(tmp_path: Path) -> None:
    logs = tmp_path / "logs.txt"
    logs.write_text(f"# newsroom A\n{REGISTER.vkey}\n\n  {Register(name='x/y').vkey}\n")
    run("init", tmp_path / "w", "--name", "witness.example/desk")
    command = [*COMMAND, "serve", str(tmp_path / "w"), "--logs", str(logs), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert told["logs"] == [str(REGISTER.vkey), str(Register(name="x/y").vkey)]
