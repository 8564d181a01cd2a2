"""The files of a proof folder as they lie there, and what is found in them; nothing outside the folder is read."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from evidence_store.codec import ENTRY_LIMIT
from evidence_store.errors import Malformed
from evidence_store.hashing import digests_of_file
from evidence_store.proofs.folder import CHECK, MANIFEST, README, TOKEN_FILES, check_script
from evidence_store.proofs.tlog_proof import PROOF_LIMIT
from evidence_store.verify.report import CheckResult, Finding, Report, Status

PROOF_CHECKS: Final = MappingProxyType(
    {
        1: ("files", "file"),
        2: ("keys of the register", "key"),
        3: ("register entries", "register entry"),
        4: ("register checkpoint", "checkpoint"),
        5: ("key of the log", "key statement"),
        6: ("entries", "entry"),
        7: ("checkpoint of the log", "checkpoint"),
        8: ("nothing left out", "entry"),
        9: ("blobs", "blob"),
        10: ("time-stamps", "token"),
    }
)
"""Number -> (name, what is counted). FORMAT.md section 12 says what each compares."""

_LIMITS = {".json": ENTRY_LIMIT, ".tlog-proof": PROOF_LIMIT, ".id": 128, ".vkey": 512}
_FOLDER_LIMIT = 1 << 20  # tokens, chains, revocation lists, the manifest of a long range
_MANIFEST_LIMIT = 64 << 20
_SINGLE = re.compile(r"(?:head|opened|entry(?:-[0-9]+)?|rotated-[0-9]{10})\.(?:json|tlog-proof)|entry(?:-[0-9]+)?\.id")
_FIXED = {"log.vkey", "register.vkey", CHECK, README, MANIFEST}
_TOKEN = re.compile(rf"(?:{'|'.join(map(re.escape, TOKEN_FILES.values()))}|revocation-[0-9]+\.der)")
_BLOB = re.compile(r"blob-[A-Za-z0-9._-]+")


@dataclass(slots=True)
class Said:
    """What the checks of one folder found, by number."""

    _found: dict[int, list[Finding]] = field(default_factory=lambda: {number: [] for number in PROOF_CHECKS})
    _counts: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PROOF_CHECKS, 0))

    def count(self, number: int) -> None:
        """Say that the check looked at one more thing."""
        self._counts[number] += 1

    def fail(self, number: int, *, expected: object, got: object, where: str) -> None:
        self._found[number].append(Finding(Status.FAIL, str(expected)[:400], str(got)[:400], where))

    def note(self, number: int, *, expected: object, got: object, where: str) -> None:
        self._found[number].append(Finding(Status.NOTE, str(expected)[:400], str(got)[:400], where))

    def report(self, path: Path, store: str | None) -> Report:
        """The same kind of report as a store's, with the ten checks of FORMAT.md section 12."""
        return Report(str(path), store, tuple(self._result(number) for number in PROOF_CHECKS))

    def _result(self, number: int) -> CheckResult:
        name, unit = PROOF_CHECKS[number]
        found = self._found[number]
        failures = [each for each in found if each.status is Status.FAIL]
        if not found:
            looked_at = f"{self._counts[number]} {unit}(s) looked at"
            return CheckResult(number, name, Status.PASS, "nothing amiss", looked_at, "", (), 0)
        first = (failures or found)[0]
        more = len(found) - 1
        got = f"{first.got} (and {more} more)" if more else first.got
        listed = tuple((failures + [each for each in found if each.status is Status.NOTE])[:20])
        return CheckResult(
            number, name, first.status, first.expected, got, first.where, listed, len(found) - len(listed)
        )


class ProofFiles:
    """The files of one folder by name; subfolders one deep. Links and other things that are no plain file are refused.

    Raises OSError when the folder can't be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: list[str] = []
        self.strange: list[str] = []
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if stat.S_ISREG(path.lstat().st_mode):
                self.names.append(name)
            elif not stat.S_ISDIR(path.lstat().st_mode) or "/" in name:
                self.strange.append(name)

    @property
    def tokens(self) -> list[str]:
        """The folders of tokens."""
        return sorted({name.split("/")[0] for name in self.names if "/" in name})

    @property
    def entries(self) -> list[str]:
        """`entry`, or `entry-<index>` in the order of the indexes."""
        found = {name.rpartition(".")[0] for name in self.names if _SINGLE.fullmatch(name) and name.startswith("entry")}
        return sorted(found, key=lambda name: (len(name), name))

    @property
    def rotated(self) -> list[str]:
        """`rotated-<index>`, newest first."""
        return sorted({name.partition(".")[0] for name in self.names if name.startswith("rotated-")}, reverse=True)

    @property
    def blobs(self) -> list[str]:
        return [name for name in self.names if _BLOB.fullmatch(name)]

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises Malformed when it is not there, or larger than its kind may be."""
        limit = _MANIFEST_LIMIT if name == MANIFEST else _LIMITS.get(Path(name).suffix, _FOLDER_LIMIT)
        if name not in self.names:
            raise _malformed("a proof folder is complete", name, "no such file")
        with (self.root / name).open("rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise _malformed(f"{name} has the size of its kind", f"<= {limit} bytes", "more")
        return content

    def line(self, name: str) -> str:
        """A file that is one line of ASCII. Raises Malformed."""
        content = self.read(name)
        if not content.isascii() or not content.endswith(b"\n") or content.count(b"\n") != 1:
            raise _malformed(f"{name} is one line", "ASCII text and one line end", repr(content[:60]))
        return content[:-1].decode("ascii")

    def check(self, said: Said) -> None:
        """Check 1: names, and the digests of the manifest."""
        for name in self.strange:
            said.fail(1, expected="plain files, folders of tokens one deep", got=name, where=name)
        for name in self.names:
            said.count(1)
            folder, _, inner = name.rpartition("/")
            if not (_TOKEN.fullmatch(inner) if folder else self._known(name)):
                said.fail(1, expected="a file of FORMAT.md section 12", got=name, where=name)
        lines = []
        for name in sorted(f"./{name}" for name in self.names if name != MANIFEST):
            with (self.root / name).open("rb") as file:
                lines.append(f"{digests_of_file(file).sha256}  {name}")
        try:
            kept = self.read(MANIFEST).decode("utf-8", "replace").split("\n")
        except Malformed as error:
            said.fail(1, expected=error.expected, got=error.got, where=MANIFEST)
            return
        if kept != [*lines, ""]:
            differing = sorted({line[66:] or repr(line) for line in set(kept) ^ {*lines, ""}})
            said.fail(
                1,
                expected="the digests of the files",
                got=", ".join(differing) or "lines in another order",
                where=MANIFEST,
            )
        if CHECK in self.names and self.read(CHECK) != check_script():
            said.note(1, expected="check.sh as this version writes it", got="another text", where=CHECK)

    @staticmethod
    def _known(name: str) -> bool:
        return name in _FIXED or bool(_SINGLE.fullmatch(name) or _BLOB.fullmatch(name))


def _malformed(rule: str, expected: object, got: object) -> Malformed:
    return Malformed(rule, expected=expected, got=got, next_step="ask for the folder again")
