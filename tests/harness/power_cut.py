"""What a disk may hold after the power went, computed from the system calls that were made (see `syscalls`).

The rules are the strictest that POSIX allows: bytes of a file last once *that file* was fsynced, a name (made, renamed,
unlinked) lasts once *its folder* was fsynced, and what was not synced may be there, wholly, in part (in sectors, in any
order) or not at all. A failed fsync of a file loses what it was to sync for good, even when a later one succeeds (as
Linux does). `*-shm` files are left out: SQLite makes them anew after a crash.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.syscalls import Call, Fail, Kill, Shorten, Verdict

SECTOR = 512
_NAMES = {"open", "rename", "unlink", "mkdir"}
_CONTENTS = {"write", "pwrite", "ftruncate", "fallocate", "fsync"}
_NEITHER = {"pread", "flock", "fcntl", "mmap"}


@dataclass(slots=True)
class _File:
    """Contents now, contents that last, and what lies between them: (offset, bytes) or (new size, None)."""

    now: bytearray = field(default_factory=bytearray)
    lasting: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)

    def change(self, offset: int, content: bytes | None) -> None:
        _apply(self.now, offset, content)
        self.unsynced.append((offset, content))

    def sync(self, *, failed: bool) -> None:
        if not failed:
            for offset, content in self.unsynced:
                _apply(self.lasting, offset, content)
        self.unsynced.clear()

    def after_cut(self, chance: random.Random | None) -> bytes:
        if chance is None:
            return bytes(self.lasting)
        left = bytearray(self.lasting)
        for offset, content in self.unsynced:
            if content is None:
                if chance.random() < 0.5:
                    _apply(left, offset, None)
                continue
            for at in range(0, len(content), SECTOR):
                if chance.random() < 0.5:
                    _apply(left, offset + at, content[at : at + SECTOR])
        return bytes(left)


@dataclass(slots=True)
class _Folder:
    """Names now, names that last, and the changes between them in order."""

    now: dict[str, _File | _Folder] = field(default_factory=dict)
    lasting: dict[str, _File | _Folder] = field(default_factory=dict)
    unsynced: list[tuple[str, _File | _Folder | None]] = field(default_factory=list)

    def change(self, name: str, to: _File | _Folder | None) -> None:
        _bind(self.now, name, to)
        self.unsynced.append((name, to))

    def sync(self) -> None:
        self.lasting = dict(self.now)
        self.unsynced.clear()

    def after_cut(self, chance: random.Random | None) -> dict[str, _File | _Folder]:
        left = dict(self.lasting)
        if chance is not None:
            for name, to in self.unsynced[: chance.randint(0, len(self.unsynced))]:
                _bind(left, name, to)
        return left


class Disk:
    """The folder `top`, empty at first and itself lasting, as the calls so far have left it."""

    def __init__(self, top: Path) -> None:
        self._top = top.absolute()
        self._root = _Folder()

    def apply(self, call: Call, verdict: Verdict) -> None:
        """Take in a call and how it was answered. Raises LookupError for one that has no rule here."""
        if isinstance(verdict, Kill):
            return
        if isinstance(verdict, Fail):
            file = self._find(call.path)
            if call.name == "fsync" and isinstance(file, _File):
                file.sync(failed=True)
            return
        if call.name in _NAMES:
            self._change_names(call)
        elif call.name in _CONTENTS:
            self._change_contents(call, verdict.size if isinstance(verdict, Shorten) else len(call.content))
        elif call.name not in _NEITHER:
            raise LookupError(f"no rule for {call.name} of {call.path}: say here what it does to a disk")

    def lay_out(self, at: Path, chance: random.Random | None) -> None:
        """Write what the disk may hold after a cut now: only what lasts, or with a random share of the rest."""
        for path, found in self._walk(self._root, at, lambda folder: folder.after_cut(chance)):
            if isinstance(found, _Folder):
                path.mkdir()
            else:
                _write(path, found.after_cut(chance))

    def present(self) -> dict[str, bytes | None]:
        """Each name below the top with its contents now (None for a folder): what `ls` would show without a cut."""
        walk = self._walk(self._root, Path(), lambda folder: folder.now)
        return {str(path): bytes(found.now) if isinstance(found, _File) else None for path, found in walk}

    def _walk(self, folder: _Folder, at: Path, names: object) -> Iterator[tuple[Path, _File | _Folder]]:
        assert callable(names)
        for name, found in sorted(names(folder).items()):
            yield at / name, found
            if isinstance(found, _Folder):
                yield from self._walk(found, at / name, names)

    def _find(self, path: Path) -> _File | _Folder | None:
        found: _File | _Folder | None = self._root
        for name in path.relative_to(self._top).parts:
            found = found.now.get(name) if isinstance(found, _Folder) else None
        return found

    def _folder(self, path: Path) -> _Folder:
        found = self._find(path)
        assert isinstance(found, _Folder), path
        return found

    def _change_contents(self, call: Call, size: int) -> None:
        file = self._find(call.path)
        if isinstance(file, _Folder) and call.name == "fsync":
            file.sync()
        if not isinstance(file, _File):  # shared memory, or a file that has no name any more
            return
        match call.name:
            case "write" | "pwrite":
                file.change(len(file.now) if call.offset is None else call.offset, call.content[:size])
            case "ftruncate":
                file.change(call.length, None)
            case "fallocate":
                file.change(max(len(file.now), (call.offset or 0) + call.length), None)
            case "fsync":
                file.sync(failed=False)

    def _change_names(self, call: Call) -> None:
        if call.name == "open":
            self._open(call)
        elif call.name == "rename":
            self._rename(call)
        elif call.name == "unlink" and self._find(call.path) is not None:
            self._folder(call.path.parent).change(call.path.name, None)
        elif call.name == "mkdir" and self._find(call.path) is None:
            self._folder(call.path.parent).change(call.path.name, _Folder())

    def _open(self, call: Call) -> None:
        if call.path == self._top or call.path.name.endswith("-shm"):
            return
        found = self._find(call.path)
        if found is None and call.flags & os.O_CREAT and isinstance(self._find(call.path.parent), _Folder):
            self._folder(call.path.parent).change(call.path.name, _File())
        elif isinstance(found, _File) and call.flags & os.O_TRUNC:
            found.change(0, None)

    def _rename(self, call: Call) -> None:
        found = self._find(call.path)
        if found is not None and call.target is not None:
            self._folder(call.target.parent).change(call.target.name, found)
            self._folder(call.path.parent).change(call.path.name, None)


def _apply(content: bytearray, offset: int, change: bytes | None) -> None:
    if change is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(change)] = change


def _bind(names: dict[str, _File | _Folder], name: str, to: _File | _Folder | None) -> None:
    if to is None:
        names.pop(name, None)
    else:
        names[name] = to


def _write(path: Path, content: bytes) -> None:
    """As a file with holes where it ends in zeros: the reserve is 8 MiB of them."""
    with path.open("wb") as file:
        file.write(content.rstrip(b"\0"))
        file.truncate(len(content))
