"""Checking a proof folder: what its `check.sh` checks, and more strictly (FORMAT.md section 12).

Reads that folder only, needs no store and no network. The numbers are those of section 12; `check.sh` prints them with
a P before them.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509

from evidence_store.catalog import Catalog, Ending, LogRecord
from evidence_store.checkpoint import Checkpoint, VerifierKey, key_statement, log_origin, register_origin
from evidence_store.codec import is_log_id, parse_entry
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import Malformed, StoreError
from evidence_store.hashing import digests_of_file
from evidence_store.key_history import rotation_statement
from evidence_store.parts import parse_parts
from evidence_store.proofs.check_tokens import Stamped, check_tokens
from evidence_store.proofs.files import ProofFiles, Said
from evidence_store.proofs.tlog_proof import TlogProof, parse_tlog_proof
from evidence_store.verify.report import Report


def verify_folder(
    path: str | os.PathLike[str], *, now_ns: int, trusted_roots: Sequence[x509.Certificate] | None = None
) -> Report:
    """Check a proof folder and say what was found. Never raises for what lies in it.

    `now_ns` (Unix nanoseconds) only says whether a chain has expired since. With `trusted_roots` tokens of which none
    ends in one of them fail check 10; without, a note says which root each rests on. Raises OSError when the folder
    can't be read.
    """
    return _FolderCheck(ProofFiles(Path(path)), now_ns, trusted_roots).run()


class _FolderCheck:
    def __init__(self, files: ProofFiles, now_ns: int, roots: Sequence[x509.Certificate] | None) -> None:
        self._files = files
        self._now_ns = now_ns
        self._roots = roots
        self._said = Said()
        self._store: str | None = None
        self._key: VerifierKey | None = None  # register.vkey: the only key that the register's checkpoint counts under
        self._opener: VerifierKey | None = None  # the store's key when the log was opened
        self._register: TlogProof | None = None
        self._record: LogRecord | None = None
        self._entries: list[StoredEntry] = []

    def run(self) -> Report:
        self._files.check(self._said)
        steps: tuple[tuple[int, str, Callable[[], None]], ...] = (
            (2, "register.vkey", self._check_key),
            (3, "opened.json, head.json", self._check_registered),
            (4, "head.tlog-proof", self._check_register_note),
            (2, "rotated", self._check_older_keys),
            (5, "opened.json", self._check_log_key),
            (6, "entry.json", self._check_entries),
            (9, "blob", self._check_blobs),
            (10, "tokens", lambda: check_tokens(self._folder_of_tokens(), self._said)),
        )
        for number, where, step in steps:
            self._guarded(number, where, step)
        return self._said.report(self._files.root, self._store)

    def _guarded(self, number: int, where: str, step: Callable[[], None]) -> None:
        try:
            step()
        except StoreError as error:
            self._said.fail(number, expected=f"{error.rule}: {error.expected}", got=error.got, where=where)

    def _check_key(self) -> None:
        key = VerifierKey.parse(self._files.line("register.vkey"))
        store = key.name.removeprefix(register_origin(""))
        if key.name != register_origin(store) or not is_log_id(store):
            raise _malformed("the register's key is named for its store", register_origin("<32 hex>"), key.name)
        self._store, self._key = store, key
        self._said.count(2)

    def _check_older_keys(self) -> None:
        """Back from register.vkey to the key that made the key statement, all under the checkpoint of check 4."""
        later = self._key
        for name in self._files.rotated if later is not None else ():
            record, register, store = self._known(), self._register, self._store or ""
            entry, proof = self._proven(name, store)
            old, new = (VerifierKey.parse(str(entry.body.get(member))) for member in ("from", "to"))
            statement = rotation_statement(store, entry.index, str(old), str(new))
            signed = all(
                signer.verify(_unb64(entry.body.get(f"signature_{member}")), statement)
                for member, signer in (("from", old), ("to", new))
            )
            if entry.type != EntryType.KEY_ROTATED or new != later or old.name != new.name or not signed:
                raise _malformed(f"{name}.json ends in the next key, signed by both", str(later), str(entry.body)[:200])
            if register is None or proof.note != register.note:
                raise _malformed(f"{name}.tlog-proof lies under the checkpoint of check 4", "its note", "another")
            if entry.index <= record.opened_at or name != f"rotated-{entry.index:010}":
                expected = f"an index over {record.opened_at}, the one in its name"
                raise _malformed(f"{name}.json is a change of the key since the log was opened", expected, entry.index)
            later = old
            self._said.count(2)
        self._opener = later

    def _proven(self, name: str, log: str) -> tuple[StoredEntry, TlogProof]:
        entry = parse_entry(self._files.read(f"{name}.json"))
        proof = parse_tlog_proof(self._files.read(f"{name}.tlog-proof"))
        if (entry.log, entry.index) != (log, proof.index):
            got = f"entry {entry.index} of log {entry.log}"
            raise _malformed(f"{name}.json is the entry of its proof", f"entry {proof.index} of log {log}", got)
        if not proof.leads_to_root(entry.raw):
            raise _malformed(f"{name}.tlog-proof leads from {name}.json to the root", "the root", "another hash")
        return entry, proof

    def _check_registered(self) -> None:
        store = self._store or ""
        opened, under = self._proven("opened", store)
        head, proof = self._proven("head", store)
        self._said.count(3)
        if under.note != proof.note:
            raise _malformed("opened.json and head.json lie under one checkpoint", "one note", "two")
        size = head.body.get("size")
        if type(size) is int and size < 0:  # the catalog compares it with the head before, and here there is none
            raise _malformed("a head's size is counted from 0", "0 or more", size)
        catalog = Catalog()
        for entry in (opened, head):
            catalog.add(entry)
        self._record = next(iter(catalog.logs.values()), None)
        if self._record is None or len(self._record.heads) != 1:
            raise _malformed(
                "opened.json opens the log of head.json", "log.opened, a head", f"{opened.type}, {head.type}"
            )
        self._register = proof
        self._said.count(3)

    def _check_register_note(self) -> None:
        if self._register is None:
            raise _malformed("head.tlog-proof can be read", "a proof", "see check 3")
        # No older key will do, at any size: it may have been stolen since, and no folder shows that it was revoked.
        if self._key is None or not self._register.signed_by(self._key):
            raise _malformed("the register's checkpoint is signed by register.vkey", self._key, "no such signature")
        self._said.count(4)

    def _check_log_key(self) -> None:
        record = self._known()
        key = VerifierKey.parse(record.vkey)
        statement = key_statement(self._store or "", record.log, record.kind, record.vkey)
        if key.name != log_origin(record.log) or self._files.line("log.vkey") != record.vkey:
            raise _malformed("log.vkey is the log's key as registered", record.vkey, self._files.line("log.vkey"))
        if self._opener is None or not self._opener.verify(_unb64(record.signature), statement):
            raise _malformed("the store's key signed the log's", f"a signature by {self._opener}", "none that verifies")
        self._said.count(5)

    def _check_entries(self) -> None:
        for name in self._files.entries:
            self._guarded(6, name, lambda name=name: self._check_entry(name))  # type: ignore[misc]
        if len(self._entries) < len(self._files.entries):
            for number in (7, 8):  # what nobody looked at must not pass
                self._said.fail(number, expected="to be checked", got="not checked: see check 6", where="entries")

    def _check_entry(self, name: str) -> None:
        record = self._known()
        entry, proof = self._proven(name, record.log)
        if self._files.line(f"{name}.id") != entry.id:
            raise _malformed(f"{name}.id is the entry's", entry.id, self._files.line(f"{name}.id"))
        self._said.count(6)
        self._guarded(7, name, lambda: self._check_log_note(record, proof))
        if self._entries:
            self._said.count(8)
            before = self._entries[-1]
            expected, got = f"entry {before.index + 1} after {before.id}", f"entry {entry.index} after {entry.prev}"
            if expected != got:
                self._said.fail(8, expected=expected, got=got, where=name)
        self._entries.append(entry)

    def _check_log_note(self, record: LogRecord, proof: TlogProof) -> None:
        head = record.heads[0]
        expected = Checkpoint(log_origin(record.log), head.size, bytes.fromhex(head.root))
        if proof.checkpoint != expected:
            raise _malformed("the log's checkpoint is the one in head.json", expected.text(), proof.checkpoint.text())
        if proof.unsigned != (head.ending is Ending.CUT_OFF):
            raise _malformed("only a cut-off log's checkpoint is unsigned", head.ending or "signed", "the other")
        if not proof.unsigned and not proof.signed_by(VerifierKey.parse(record.vkey)):
            raise _malformed("the log's checkpoint is signed by its key", record.vkey, "no such signature")
        self._said.count(7)
        if proof.unsigned:
            self._said.note(
                7, expected="a signed checkpoint", got="a cut-off log: the register alone", where=record.log
            )

    def _check_blobs(self) -> None:
        claims = {(blob.blake3, blob.size, blob.sha256): blob for entry in self._entries for blob in entry.blobs}
        for name in self._files.blobs:
            self._said.count(9)
            with (self._files.root / name).open("rb") as file:
                found = digests_of_file(file)
            claim = claims.get((found.blake3, found.size, found.sha256))
            if claim is None:
                self._said.fail(9, expected="a blob that an entry names", got=f"BLAKE3 {found.blake3}", where=name)
            elif claim.parts_count is not None:
                parts = parse_parts((self._files.root / name).read_bytes())
                if (len(parts.parts), parts.root.hex()) != (claim.parts_count, claim.parts_root):
                    expected = f"{claim.parts_count} parts, root {claim.parts_root}"
                    self._said.fail(9, expected=expected, got=f"{len(parts.parts)}, {parts.root.hex()}", where=name)

    def _folder_of_tokens(self) -> Stamped:
        note = None if self._register is None else self._register.note
        return Stamped(self._files, note, self._entries, self._now_ns, self._roots)

    def _known(self) -> LogRecord:
        if self._record is None:
            raise _malformed("opened.json and head.json can be read", "a log and its head", "see check 3")
        return self._record


def _unb64(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError as error:  # text that is not ASCII, and binascii.Error
        raise _malformed("a signature is base64", "base64", str(text)[:60]) from error


def _malformed(rule: str, expected: object, got: object) -> Malformed:
    return Malformed(rule, expected=expected, got=got, next_step="ask for the folder again")
