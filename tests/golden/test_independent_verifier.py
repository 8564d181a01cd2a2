"""FORMAT.md alone is enough to write a verifier: one was written, and it sees what was done to a store."""

from __future__ import annotations

import ast
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.entries import Draft, EntryType
from evidence_store.store import Store
from tests.harness.anchored import rotate
from tests.harness.small_store import Small, copy_of, small_store

VERIFIER = Path(__file__).parent / "independent_verifier.py"
ALLOWED = {"blake3", "cryptography", *sys.stdlib_module_names}


def verdict(root: Path) -> tuple[int, str]:
    """Run it as anybody would: a program of its own, in a folder where nothing of ours can be imported."""
    command = [sys.executable, "-I", str(VERIFIER), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("sound") / "store")


def test_it_has_nothing_of_ours_and_is_short() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= ALLOWED
    assert len([line for line in text.splitlines() if line.strip()]) < 240


def test_sound_stores_pass(sound: Small, tmp_path: Path) -> None:
    assert verdict(sound.root) == (0, "every check passes\n")
    rotated = copy_of(sound, tmp_path / "rotated")
    rotate(rotated.root)
    with Store.open(rotated.root) as store:
        log = store.open_log("capture", case="c", subject="r", body={"share": 0.5, "tiny": 1.5e-7, "large": 1e21})
        assert verdict(rotated.root)[0] == 0  # also while it is being written
        log.submit(Draft(EntryType.HEARTBEAT, 1, 1, {})).result()
        shutil.copytree(rotated.root, tmp_path / "cut")
        log.close("over")
    assert verdict(rotated.root) == (0, "every check passes\n")
    Store.open(tmp_path / "cut").close()
    assert verdict(tmp_path / "cut") == (0, "every check passes\n")


def edit(path: Path, *statements: str) -> None:
    """Change a database as somebody does who knows SQLite: the triggers away and back."""
    database = sqlite3.connect(path, isolation_level=None)
    triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    for _, sql in triggers:
        database.execute(sql)
    database.close()


def replace_in(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


ATTACKS: dict[str, tuple[int, Callable[[Small], object]]] = {
    "another version": (1, lambda s: replace_in(s.root / "store.json", b'"v":1', b'"v":2')),
    "no public key": (2, lambda s: (s.root / "keys" / "store.pub").unlink()),
    "another mark": (3, lambda s: edit(s.capture_db, "PRAGMA user_version = 7")),
    "one more table": (3, lambda s: edit(s.capture_db, "CREATE TABLE more (x)")),
    "a register entry changed": (
        4,
        lambda s: edit(
            s.register_db,
            "UPDATE entries SET raw = CAST(replace(CAST(raw AS TEXT), '\"size\":5', '\"size\":4') AS BLOB)",
        ),
    ),
    "a register checkpoint away": (5, lambda s: edit(s.register_db, "DELETE FROM checkpoints WHERE size = 3")),
    "a log away": (7, lambda s: s.capture_db.unlink()),
    "a log of nobody": (7, lambda s: shutil.copy(s.capture_db, s.root / "logs" / f"{'ab' * 16}.db")),
    "not canonical": (
        9,
        lambda s: edit(s.capture_db, "UPDATE entries SET raw = CAST(' ' || CAST(raw AS TEXT) AS BLOB) WHERE idx = 2"),
    ),
    "an entry changed": (
        10,
        lambda s: edit(
            s.capture_db,
            "UPDATE entries SET raw = CAST(replace(CAST(raw AS TEXT), '\"n\":1', '\"n\":7') AS BLOB) WHERE idx = 2",
        ),
    ),
    "an id changed": (10, lambda s: edit(s.capture_db, "UPDATE entries SET id = hex(zeroblob(32)) WHERE idx = 2")),
    "entries swapped": (
        10,
        lambda s: edit(
            s.capture_db,
            "UPDATE entries SET idx = 99 WHERE idx = 1",
            "UPDATE entries SET idx = 1 WHERE idx = 2",
            "UPDATE entries SET idx = 2 WHERE idx = 99",
        ),
    ),
    "a signature changed": (
        11,
        lambda s: edit(
            s.capture_db,
            "UPDATE checkpoints SET note = CAST(replace(CAST(note AS TEXT), 'log/', 'dog/') AS BLOB) WHERE size = 5",
        ),
    ),
    "a frontier changed": (
        12,
        lambda s: edit(s.capture_db, "UPDATE checkpoints SET frontier = zeroblob(64) WHERE size = 5"),
    ),
    "cut short": (
        13,
        lambda s: edit(s.capture_db, "DELETE FROM entries WHERE idx = 4", "DELETE FROM checkpoints WHERE size = 5"),
    ),
    "a blob away": (15, lambda s: s.blob("picture").unlink()),
    "a blob changed": (16, lambda s: replace_in(s.blob("picture"), b"picture", b"pictura")),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_done_to_a_store_is_seen_by_the_check_that_format_md_names(
    sound: Small, tmp_path: Path, attack: str
) -> None:
    number, attacked = ATTACKS[attack]
    copy = copy_of(sound, tmp_path / "s")
    attacked(copy)
    code, out = verdict(copy.root)
    assert code == 1
    assert number in {int(found) for found in re.findall(r"^(?:\d+: ValueError: )?(\d+): ", out, re.MULTILINE)}, out


def test_a_statement_by_another_key_and_a_false_change_of_keys_are_seen(sound: Small, tmp_path: Path) -> None:
    other = small_store(tmp_path / "other")
    copy = copy_of(sound, tmp_path / "s")
    shutil.copy(other.root / "keys" / "store.pub", copy.root / "keys" / "store.pub")
    found = {int(line.split(":")[0]) for line in verdict(copy.root)[1].splitlines()}
    assert {5, 8} <= found
    rotated = copy_of(sound, tmp_path / "rotated")
    shutil.copy(rotated.root / "keys" / "store.pub", tmp_path / "old.pub")
    rotate(rotated.root)
    shutil.copy(tmp_path / "old.pub", rotated.root / "keys" / "store.pub")
    assert "20: keys/store.pub is the key in force" in verdict(rotated.root)[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e21, "1e+21"), (1e20, "100000000000000000000"), (1.5e-7, "1.5e-7"), (1e-6, "0.000001"), (0.5, "0.5"),
        (-0.0, "0"), (123456789012345670000.0, "123456789012345670000"), (5e-324, "5e-324"), (100.0, "100"),
        ({"\u20ac": 1, "\r": 2, "\U0001f600": 3, "\ufb33": 4}, '{"\\r":2,"€":1,"\U0001f600":3,"\ufb33":4}'),
    ],
)  # fmt: skip
def test_its_json_is_that_of_rfc_8785(value: object, text: str) -> None:
    command = [sys.executable, "-c", f"import independent_verifier as v; print(ascii(v.canonical({value!a})))"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=VERIFIER.parent)
    assert ast.literal_eval(done.stdout or repr(done.stderr)) == text
