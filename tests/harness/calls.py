"""System calls as the kernel hands them over, made readable: which call, on which file, with which bytes."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What a store's writer may use, under the name that it has here: numbers on x86-64, and on 64-bit ARM (which has no
# calls without `at`).
NUMBERS: Final = {
    "x86_64": {
        257: "openat",
        2: "open",
        1: "write",
        18: "pwrite64",
        17: "pread64",
        74: "fsync",
        75: "fdatasync",
        82: "rename",
        264: "renameat",
        316: "renameat2",
        87: "unlink",
        263: "unlinkat",
        83: "mkdir",
        258: "mkdirat",
        77: "ftruncate",
        285: "fallocate",
        73: "flock",
        72: "fcntl",
        9: "mmap",
        20: "writev",
        296: "pwritev",
        84: "rmdir",
        86: "link",
        76: "truncate",
    },
    "aarch64": {
        56: "openat",
        64: "write",
        68: "pwrite64",
        67: "pread64",
        82: "fsync",
        83: "fdatasync",
        38: "renameat",
        276: "renameat2",
        35: "unlinkat",
        34: "mkdirat",
        46: "ftruncate",
        47: "fallocate",
        32: "flock",
        25: "fcntl",
        222: "mmap",
        66: "writev",
        70: "pwritev",
        37: "linkat",
        45: "truncate",
    },
}
# One name for calls that do the same, and which arguments hold the paths, the file, a length and an offset.
_PATHS: Final = {
    "open": ("open", (0,)),
    "openat": ("open", (1,)),
    "rename": ("rename", (0, 1)),
    "renameat": ("rename", (1, 3)),
    "renameat2": ("rename", (1, 3)),
    "unlink": ("unlink", (0,)),
    "unlinkat": ("unlink", (1,)),
    "mkdir": ("mkdir", (0,)),
    "mkdirat": ("mkdir", (1,)),
    "rmdir": ("rmdir", (0,)),
    "link": ("link", (0, 1)),
    "linkat": ("link", (1, 3)),
    "truncate": ("truncate", (0,)),
}
_FILES: Final = {
    "write": ("write", 0, 2, None),
    "writev": ("writev", 0, None, None),
    "pwrite64": ("pwrite", 0, 2, 3),
    "pwritev": ("pwritev", 0, None, None),
    "pread64": ("pread", 0, 2, 3),
    "fsync": ("fsync", 0, None, None),
    "fdatasync": ("fsync", 0, None, None),
    "ftruncate": ("ftruncate", 0, 1, None),
    "fallocate": ("fallocate", 0, 3, 2),
    "flock": ("flock", 0, None, None),
    "fcntl": ("fcntl", 0, None, None),
    "mmap": ("mmap", 4, 1, 5),
}
_LOCKING: Final = {fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_GETLK}


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is about to be made on a file of the folder. `target` is the new name of a rename.

    `offset` is None where the file's own position counts; `length` is the size asked for; `content` a write's bytes.
    """

    name: str
    path: Path
    target: Path | None = None
    flags: int = 0
    offset: int | None = None
    length: int = 0
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Told:
    """A line that the process told, about to be handed over."""

    line: str


class Decoder:
    """Reads the calls of one process on files below `folder`, and what it writes into the pipe of inode `pipe`."""

    def __init__(self, process: int, folder: Path, pipe: int) -> None:
        self._folder = str(folder)
        self._pipe = pipe
        self._process = process
        self._memory = os.open(f"/proc/{process}/mem", os.O_RDONLY)
        self._names = NUMBERS[platform.machine()]

    def close(self) -> None:
        os.close(self._memory)

    def decode(self, number: int, arguments: list[int]) -> Call | Told | None:
        """The call or line; None for a call on anything else. Raises ProcessLookupError when the process is dying."""
        raw = self._names[number]
        if raw in _PATHS:
            name, places = _PATHS[raw]
            paths = [self._text(arguments[place]) for place in places]
            if not any(self._inside(path) for path in paths):
                return None
            flags = arguments[places[0] + 1] if name == "open" else 0
            target = Path(paths[1]) if len(paths) > 1 else None
            length = arguments[1] if name == "truncate" else 0
            return Call(name, Path(paths[0]), target, flags & 0xFFFFFFFF, length=length)
        name, file, length_at, offset_at = _FILES[raw]
        handle = struct.unpack("i", struct.pack("I", arguments[file] & 0xFFFFFFFF))[0]
        path = self._path(handle)
        length = arguments[length_at] if length_at is not None else 0
        if path == f"pipe:[{self._pipe}]":
            return Told(self._bytes(arguments[1], length).decode().rstrip("\n"))
        if not self._inside(path) or (name == "fcntl" and arguments[1] not in _LOCKING):
            return None
        content = self._bytes(arguments[1], length) if name in {"write", "pwrite"} else b""
        offset = arguments[offset_at] if offset_at is not None else None
        return Call(name, Path(path), None, 0, offset, length, content)

    def _inside(self, path: str) -> bool:
        return path == self._folder or path.startswith(f"{self._folder}/")

    def _path(self, handle: int) -> str:
        if handle < 0:
            return ""
        try:
            return str(Path(f"/proc/{self._process}/fd/{handle}").readlink())
        except FileNotFoundError:
            return ""

    def _text(self, address: int) -> str:
        """A path in the process's memory; read page by page, because the next page may not be mapped."""
        found = b""
        while b"\0" not in found:
            step = 4096 - (address + len(found)) % 4096
            found += self._bytes(address + len(found), step)
        return os.fsdecode(found.split(b"\0", 1)[0])

    def _bytes(self, address: int, size: int) -> bytes:
        found = os.pread(self._memory, size, address) if size else b""
        if len(found) != size:  # its memory is gone: it is dying
            raise ProcessLookupError(errno.ESRCH, "the process is gone")
        return found
