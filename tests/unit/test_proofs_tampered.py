"""Proof folders attacked: files away, bytes changed, and both again by somebody who mends the manifest."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from evidence_store.anchors.chains import read_pem
from evidence_store.anchors.settings import Authority
from evidence_store.hashing import sha256
from evidence_store.proofs.check import verify_folder
from evidence_store.proofs.folder import CHECK, MANIFEST, README, check_script, write_folder
from evidence_store.proofs.gather import Source
from tests.harness.anchored import rotate, stamp
from tests.harness.authority import LocalAuthority
from tests.harness.small_store import small_store

FLIPS = 30
SEED = 20261122
OURS = {CHECK, README, MANIFEST}
"""What is no evidence: the manifest covers the first two, so a change there is seen all the same."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything: a range, blobs, a token, a change of the store's key."""
    folder = tmp_path_factory.mktemp("good")
    with ExitStack() as stack:
        local = stack.enter_context(LocalAuthority(folder / "tsa", "tsa"))
        small = small_store(folder / "store")
        rotate(small.root)
        stamp(small.root, Authority("tsa", local.url, local.root_pem, tuple(read_pem(local.root_pem.read_bytes()))))
        with Source(small.root) as source:
            gathered = source.entries(source.find_log(small.capture), 1, 2)
            write_folder(gathered, source.blobs, folder / "proof", with_blobs=True)
        yield folder / "proof"


def by_shell(folder: Path, path: str | None = None) -> int:
    command = [shutil.which("sh") or "sh", str(folder / CHECK)]
    environment = None if path is None else {"PATH": path}
    return subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment).returncode


def by_us(folder: Path) -> bool:
    return verify_folder(folder, now_ns=time.time_ns()).ok


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def mend_manifest(folder: Path) -> None:
    listed = sorted(f"./{name}" for name in names(folder) if name != MANIFEST)
    text = "".join(f"{sha256((folder / name).read_bytes()).hex()}  {name}\n" for name in listed)
    (folder / MANIFEST).write_text(text)


def flip(path: Path, chance: random.Random) -> str:
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    old = content[at]
    content[at] ^= 1 << chance.randrange(8) if chance.random() < 0.5 else chance.randrange(1, 256)
    path.write_bytes(content)
    return f"{path.name} byte {at}: {old:#04x} -> {content[at]:#04x}"


def test_the_folder_is_good_before_anything_is_done_to_it(good: Path) -> None:
    assert by_shell(good) == 0
    assert by_us(good)
    for kind in ("entry-1.", "blob-1-picture", "blob-2-frames", "rotated-", "tsa/reply.tsr", "tsa/revocation-"):
        assert any(name.startswith(kind) for name in names(good)), kind


def test_check_sh_is_short_the_same_everywhere_and_needs_no_more_than_a_posix_shell(good: Path) -> None:
    text = (good / CHECK).read_bytes()
    assert text == check_script()
    assert len(text.splitlines()) < 40
    for shell in ("dash", "bash"):
        done = subprocess.run([shell, str(good / CHECK)], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""


def test_each_file_taken_away_is_missed(good: Path, tmp_path: Path) -> None:
    for number, name in enumerate(set(names(good)) - {CHECK}):
        folder = Path(shutil.copytree(good, tmp_path / str(number)))
        (folder / name).unlink()
        assert by_shell(folder) == 1, name
        assert not by_us(folder), name


# With a mended manifest these are whole proofs of less: a note that nobody needs, an attachment, revocation lists.
LESS = (README, CHECK, "blob-", "tsa/revocation-", "tsa/request.tsq")


def test_each_file_taken_away_is_missed_when_the_manifest_is_mended(good: Path, tmp_path: Path) -> None:
    for number, name in enumerate(set(names(good)) - {MANIFEST}):
        if name.startswith(LESS):
            continue
        folder = Path(shutil.copytree(good, tmp_path / str(number)))
        (folder / name).unlink()
        mend_manifest(folder)
        assert by_shell(folder) == 1, name
        assert not by_us(folder), name


def test_a_byte_changed_at_random_is_found(good: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same bytes each time
    for number in range(FLIPS):
        folder = Path(shutil.copytree(good, tmp_path / str(number)))
        changed = flip(folder / chance.choice([name for name in names(folder) if name != CHECK]), chance)
        assert by_shell(folder) == 1, changed
        assert not by_us(folder), changed


HARD = (".json", ".id", ".vkey", "note.txt")
"""Files of which each byte carries weight by itself; and blobs."""


def test_a_byte_changed_on_purpose_is_found_without_the_manifest(good: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED + 1)  # noqa: S311 - the same bytes each time
    hard = [name for name in names(good) if name.endswith(HARD) or name.startswith("blob-")]
    for number in range(FLIPS):
        folder = Path(shutil.copytree(good, tmp_path / str(number)))
        changed = flip(folder / chance.choice(hard), chance)
        mend_manifest(folder)
        assert by_shell(folder) == 1, changed
        assert not by_us(folder), changed


def test_no_second_spelling_of_a_proof_is_taken_by_us(good: Path, tmp_path: Path) -> None:
    # Spare bits of base64 and the like: check.sh leaves them to the manifest, we take one form only.
    chance = random.Random(SEED + 2)  # noqa: S311 - the same bytes each time
    proofs = [name for name in names(good) if name.endswith(".tlog-proof")]
    folder = Path(shutil.copytree(good, tmp_path / "folder"))
    for _ in range(10 * FLIPS):
        name = chance.choice(proofs)
        changed = flip(folder / name, chance)
        mend_manifest(folder)
        assert not by_us(folder), changed
        shutil.copy(good / name, folder / name)


TOOLS = ("b3sum", "sha256sum", "openssl", "base64", "od", "cmp", "sed", "grep", "find", "xargs", "date", "mktemp")


@pytest.mark.parametrize("missing", TOOLS)
def test_check_sh_never_passes_because_a_program_is_missing(good: Path, tmp_path: Path, missing: str) -> None:
    tools = {*TOOLS, "cat", "cut", "dirname", "head", "ls", "mv", "rm", "sh", "sort", "tail", "tr", "wc"} - {missing}
    for tool in tools:
        found = shutil.which(tool)
        assert found is not None, tool
        (tmp_path / tool).symlink_to(found)
    assert by_shell(good, str(tmp_path)) == 1
    found = shutil.which(missing)
    assert found is not None
    (tmp_path / missing).symlink_to(found)
    assert by_shell(good, str(tmp_path)) == 0


def test_links_and_files_that_do_not_belong_are_refused(good: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(good, tmp_path / "folder"))
    (folder / "blob-elsewhere").symlink_to("/etc/hostname")
    assert not by_us(folder)
    (folder / "blob-elsewhere").unlink()
    assert by_us(folder)
    (folder / "more.txt").write_text("not part of the format")
    assert by_shell(folder) == 1
    assert not by_us(folder)
