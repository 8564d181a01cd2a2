"""A register that grows in memory, and witnesses as processes of their own, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.witness_folder import create_witness
from evidence_store.checkpoint import Checkpoint, SigningKey, VerifierKey
from evidence_store.durable import FileSystem
from evidence_store.merkle import consistency_path, leaf_hash, tree_root

# The command line with `witness` in it.
_PROGRAM = """
from crawler import cli, witness_cli
if not any(group.name == "witness" for group in cli.app.registered_groups):
    cli.app.add_typer(witness_cli.app, name="witness")
cli.main()
"""
COMMAND = [sys.executable, "-c", _PROGRAM, "witness"]


@dataclass(frozen=True)
class Register:
    """A log of `leaves` that can give any checkpoint of itself. Another `seed` is another history by the same key."""

    name: str = "livewitness/register/d4ee68955546832d738374a745998efb"
    seed: int = 0
    key_seed: int = 3
    leaves: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves.extend(leaf_hash(b"%d %d" % (self.seed, n)) for n in range(300))

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.name, Ed25519PrivateKey.from_private_bytes(bytes([self.key_seed] * 32)))

    @property
    def vkey(self) -> VerifierKey:
        return self.key.verifier

    def note(self, size: int) -> bytes:
        return self.key.sign_note(Checkpoint(self.name, size, tree_root(self.leaves[:size])).text())

    def proof(self, old: int, new: int) -> Sequence[bytes]:
        return consistency_path(old, self.leaves[:new]) if 0 < old <= new else ()


class HasKey(Protocol):
    """A register, in memory or on disk."""

    @property
    def vkey(self) -> VerifierKey: ...


@dataclass
class Running:
    """A witness that serves."""

    url: str
    vkey: CosignerKey
    process: subprocess.Popen[str]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; exit code and what it wrote to stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@contextmanager
def serving(folder: Path, *registers: HasKey) -> Iterator[Running]:
    """`livewitness witness serve` on a free port; made first when the folder is not there yet."""
    if not folder.exists():
        create_witness(folder, "witness.example/desk", os.urandom, FileSystem())
    keys = [argument for register in registers for argument in ("--log", str(register.vkey))]
    process = subprocess.Popen(
        [*COMMAND, "serve", str(folder), *keys, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        told = json.loads(line)
        assert told["event"] == "serving"
        yield Running(told["url"], CosignerKey.parse(told["vkey"]), process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
