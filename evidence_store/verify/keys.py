"""Checks 2, 8 and 20: the store's key, what it says of each log's key, and how it changed over time (FORMAT.md 11)."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from evidence_store.catalog import LogRecord
from evidence_store.checkpoint import VerifierKey, key_statement, log_origin
from evidence_store.errors import KeyMissing, Malformed, StoreError
from evidence_store.key_history import KeyHistory, KeySpan
from evidence_store.keys import (
    KEYS,
    PRIVATE_NAME,
    KeyProtected,
    load_key_history,
    load_private,
    load_verifier,
    public_keys,
)
from evidence_store.reader import LogReader
from evidence_store.verify.report import Findings


class KeyCheck:
    """What a verification knows of the store's keys, and what it finds amiss with them."""

    def __init__(self, root: Path, store: str, findings: Findings) -> None:
        self._root = root
        self._store = store
        self._findings = findings
        self._history: KeyHistory | None = None
        self._readable = True

    def check_files(self) -> None:
        """Check 2: keys/store.pub, and the private key where one lies beside it."""
        self._findings.count(2)
        try:
            load_verifier(self._root, self._store)
        except StoreError as error:
            self._findings.fail(2, expected=f"{error.rule}: {error.expected}", got=error.got, where=f"{KEYS}/store.pub")
            self._readable = False
            for number in (5, 20):
                self._findings.unchecked(
                    range(number, number + 1), why="keys/store.pub can't be read", where="register"
                )
            return
        private = self._root / KEYS / PRIVATE_NAME
        where = f"{KEYS}/{PRIVATE_NAME}"
        if not private.exists() or not os.access(private, os.R_OK):
            return
        try:
            signing = load_private(self._root, self._store)
        except KeyProtected as error:
            expected = "a passphrase that opens it, to see whether it belongs to keys/store.pub"
            self._findings.note(2, expected=expected, got=f"not looked into: {error.got}", where=where)
        except KeyMissing as error:
            self._findings.fail(2, expected=f"{error.rule}: {error.expected}", got=error.got, where=where)
        else:
            if signing.verifier not in public_keys(self._root, self._store):
                expected = "the private key that belongs to keys/store.pub"
                self._findings.fail(2, expected=expected, got=f"{private}: the key of another store", where=where)

    def read(self, register: LogReader) -> None:
        """Read the changes of keys; again after a walk, when the register grew meanwhile. Raises StoreError."""
        self._history = load_key_history(self._root, self._store, register) if self._readable else None

    def of_checkpoint(self, size: int) -> VerifierKey | None:
        """The key that signs the register's checkpoint of this size; None when keys/store.pub can't be read."""
        return None if self._history is None else self._history.key_at(size)

    def check_changes(self, size: int) -> None:
        """Check 20, once the register was walked to this size: each change, and what revoked keys signed too late."""
        history = self._history
        if history is None:
            return
        for _ in range(history.changes):
            self._findings.count(20)
        for problem in history.problems:
            where = "keys/store.pub" if problem.at is None else f"register entry {problem.at}"
            self._findings.fail(20, expected=problem.expected, got=problem.got, where=where)
        for span in history.spans:
            self._check_span(span, size if span.last is None else span.last)
        if history.unfinished:
            self._findings.note(
                20,
                expected="the key that signs now in keys/store.pub",
                got="in keys/store.pub.new: a change of keys is being made, or the next writer will finish it",
                where=KEYS,
            )

    def _check_span(self, span: KeySpan, last: int) -> None:
        revoked = span.revoked
        if revoked is None or span.trusted_at(last) or last < span.first:
            return
        beyond = max(revoked.good_to + 1, span.first)
        self._findings.fail(
            20,
            expected=f"no checkpoint over more than {revoked.good_to} entries by a key that was revoked "
            f"(register entry {revoked.at}: {revoked.reason})",
            got=f"{last - beyond + 1}, of sizes {beyond} to {last}, by {span.key}",
            where=f"register checkpoint of size {beyond}",
        )

    def check_log(self, record: LogRecord) -> VerifierKey | None:
        """Check 8, and 20 for a statement by a revoked key: what ties a log's key to the store. The log's key."""
        where = f"register entry {record.opened_at} (log {record.log})"
        self._findings.count(8)
        try:
            vkey = VerifierKey.parse(record.vkey)
            signature = base64.b64decode(record.signature, validate=True)
        except (Malformed, ValueError) as error:  # base64 of text that is no ASCII is a plain ValueError
            self._findings.fail(8, expected="a verifier key and a signature", got=error, where=where)
            return None
        if vkey.name != log_origin(record.log):
            self._findings.fail(8, expected=f"key name {log_origin(record.log)}", got=vkey.name, where=where)
        if self._history is None:
            self._findings.unchecked(range(8, 9), why="keys/store.pub can't be read", where=where)
            return vkey
        span = self._history.span_at(record.opened_at + 1)
        if not span.key.verify(signature, key_statement(self._store, record.log, record.kind, record.vkey)):
            expected = f"a key statement signed by the store's key, then {span.key}"
            self._findings.fail(8, expected=expected, got="none", where=where)
        elif span.revoked is not None and not span.trusted_at(record.opened_at + 1):
            expected = f"no statement at index {span.revoked.good_to} or later by a key that was revoked"
            self._findings.fail(20, expected=expected, got=f"one by {span.key}", where=where)
        return vkey
