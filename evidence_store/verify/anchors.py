"""Checks 21 and 22: what authorities and witnesses said of the register; and what it says of time, for check 23.

Nothing outside is asked. Whether a root certificate or a witness's key is whose it says it is can't be seen in the
store: it is named, for the verifier to compare, or given as `Trust`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from cryptography import x509

from evidence_store.anchors.brackets import SECOND_NS, Anchor, moment
from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.records import CosignatureRecord, TokenRecord, read_cosignature, read_token
from evidence_store.anchors.replies import read_request
from evidence_store.anchors.stored import Verdict, verify_stored
from evidence_store.anchors.timestamps import Token
from evidence_store.blobs import Blobs
from evidence_store.checkpoint import Checkpoint, parse_note
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import AnchorError, BlobMissing, Corrupt, Malformed
from evidence_store.reader import LogReader
from evidence_store.verify.report import Findings

Anchored = TypeVar("Anchored", TokenRecord, CosignatureRecord)
SOON_NS = 90 * 86_400 * SECOND_NS  # as `renew_before_days` of the settings is by default


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier takes for true from elsewhere. Empty: nothing, and all that the store says of itself is named.

    `roots`: certificates of authorities; `witnesses`: their keys; `checkpoints`: of this store's register. Who names a
    root or a witness expects its word in the store: without it check 21 or 22 fails.
    """

    roots: tuple[x509.Certificate, ...] = ()
    witnesses: tuple[CosignerKey, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()


@dataclass(slots=True)
class AnchorCheck:
    """Gathers the register's anchors while it is walked, then checks each.

    `good` are those that passed; `untrusted` the replies (BLAKE3) of tokens under roots that nobody named.
    """

    blobs: Blobs
    findings: Findings
    trust: Trust
    now_ns: int
    good: list[Anchor] = field(default_factory=list)
    untrusted: list[str] = field(default_factory=list)
    _untrusted: Counter[tuple[str, str]] = field(default_factory=Counter)
    _tokens: list[TokenRecord] = field(default_factory=list)
    _cosignatures: list[CosignatureRecord] = field(default_factory=list)
    _known_witnesses: set[CosignerKey] = field(default_factory=set)

    def take(self, entry: StoredEntry) -> None:
        """Remember an anchor. Raises Malformed when it lacks a member of FORMAT.md section 10."""
        if entry.type == EntryType.ANCHOR_TOKEN:
            self._tokens.append(read_token(entry))
        elif entry.type == EntryType.ANCHOR_COSIGNATURE:
            self._cosignatures.append(read_cosignature(entry))

    def run(self, register: LogReader) -> None:
        """Check what was gathered against the register's own checkpoints."""
        roots: dict[tuple[str, str], list[TokenRecord]] = {}
        unknown: Counter[tuple[str, str]] = Counter()
        for record, note in _with_notes(self._tokens, register):
            self.findings.count(21)
            verdict = self._check_token(record, note)
            if verdict is not None:
                root = f"{verdict.root_subject}, SHA-256 {verdict.root_fingerprint}"
                roots.setdefault((record.authority, root), []).append(record)
                silent = verdict.revocation.unknown if verdict.revocation is not None else ()
                unknown.update((record.authority, subject) for subject in silent)
        self._say_what_time_rests_on(roots)
        for (authority, subject), count in unknown.items():
            expected = "a word on revocation, as of each token's time"
            self._note(21, expected, f"none was to be had for {count} of {authority}: certificate {subject}")
        for cosignature, note in _with_notes(self._cosignatures, register):
            self.findings.count(22)
            self._check_cosignature(cosignature, note)
        self._say_which_witnesses()

    def _check_token(self, record: TokenRecord, own: bytes | None) -> Verdict | None:
        where = f"register entry {record.at} (token of {record.authority})"
        try:
            note, request, reply, chain = (
                self.blobs.read(ref) for ref in (record.note, record.request, record.reply, record.chain)
            )
            revocation = [self.blobs.read(ref) for ref in record.revocation]
        except (BlobMissing, Corrupt):
            return None  # checks 15 and 16 say so
        if note != own:
            self._fail(21, f"the register's own checkpoint of size {record.size}", "another note", where)
            return None
        try:
            asked = read_request(request)
        except AnchorError as error:
            self._fail(21, f"{error.rule}: {error.expected}", error.got, where)
            return None
        trusted = self.trust.roots or None
        verdict = verify_stored(
            note, reply, chain, now_ns=self.now_ns, trusted_roots=trusted, request=asked, revocation=revocation
        )
        problem = _problem(record, verdict)
        if problem is not None:
            self._fail(21, *problem, where)
            return None
        if verdict.trusted is False:  # sound, by somebody whom the verifier does not know: it counts for nothing here
            root = f"{verdict.root_subject}, SHA-256 {verdict.root_fingerprint}"
            self._untrusted[record.authority, root] += 1
            self.untrusted.append(record.reply.blake3)
            return None
        self.good.append(
            Anchor(
                record.authority,
                record.size,
                record.time_ns,
                record.accuracy_ns or 0,
                record.at,
                record.reply.blake3,
            )
        )
        return verdict

    def _check_cosignature(self, record: CosignatureRecord, note: bytes | None) -> None:
        where = f"register entry {record.at} (cosignature of {record.witness})"
        if note is None:
            self._fail(22, f"a checkpoint of size {record.size} in the register", "none", where)
            return
        try:
            text = parse_note(note).text
            key = CosignerKey.parse(record.vkey)
            found = key.verify(record.line, text)
            root = Checkpoint.parse(text).root.hex()
        except Malformed as error:
            self._fail(22, f"{error.rule}: {error.expected}", error.got, where)
            return
        said = (record.witness, record.root, record.time_s)
        if said != (key.name, root, found.time_s):
            self._fail(22, f"witness {key.name}, root {root}, time {found.time_s}", f"{said}", where)
            return
        if (self.trust.roots or self.trust.witnesses) and key not in self.trust.witnesses:
            return  # whoever says whom to trust lets nobody else say when something was
        self._known_witnesses.add(key)
        self.good.append(Anchor(key.name, record.size, record.time_s * SECOND_NS, SECOND_NS, record.at, None))

    def _say_what_time_rests_on(self, roots: dict[tuple[str, str], list[TokenRecord]]) -> None:
        if self.trust.roots and not roots:
            self._fail(21, "a token whose chain ends in a root that was named as trusted", "none", "register")
        elif not self._tokens:
            self._note(21, "a time-stamp token", "none: time rests on this machine's clock and the store's key")
        for (authority, root), records in roots.items():
            times = sorted(record.time_ns for record in records)
            said = f"{len(records)} of {authority}, {moment(times[0])} to {moment(times[-1])}: their root is {root}"
            if not self.trust.roots:
                self._note(21, "a root that you trust (compare it, or give --trust FILE.pem)", said)
        for (authority, root), count in self._untrusted.items():
            said = f"{count} of {authority}: their root is {root}; their time was left out"
            self._note(21, "a root that was named as trusted", said)
        newest = max((record.expires_ns for record in self._tokens), default=0)
        for record in self._tokens:
            covered = any(later.size > record.at and later.expires_ns > record.expires_ns for later in self._tokens)
            if record.expires_ns == newest and not covered and record.expires_ns < self.now_ns + SOON_NS:
                self._note(
                    21,
                    "a newer token before the certificates of the newest one expire (livewitness anchor STORE)",
                    f"the certificates of the token at register entry {record.at} expire {moment(record.expires_ns)}",
                )

    def _say_which_witnesses(self) -> None:
        for key in self.trust.witnesses:
            if key not in self._known_witnesses:
                self._fail(22, f"a cosignature by {key}, which was named as trusted", "none that passes", "register")
        by_key = sorted(self._cosignatures, key=lambda record: record.vkey)
        for vkey, records in groupby(by_key, key=lambda record: record.vkey):
            if vkey not in {str(key) for key in self.trust.witnesses}:
                said = f"{len(list(records))} by {vkey}"
                self._note(22, "a witness whose key you know (compare it, or give --witness VKEY)", said)

    def _fail(self, number: int, expected: object, got: object, where: str) -> None:
        self.findings.fail(number, expected=expected, got=got, where=where)

    def _note(self, number: int, expected: str, got: str) -> None:
        self.findings.note(number, expected=expected, got=got, where="register")


def _with_notes(records: list[Anchored], register: LogReader) -> Iterator[tuple[Anchored, bytes | None]]:
    """Each record with the register's checkpoint note of its size, None when there is none."""
    for record in records:
        row = next(register.checkpoints(record.size), None)
        yield record, row.note if row is not None and row.size == record.size else None


def _problem(record: TokenRecord, verdict: Verdict) -> tuple[str, str] | None:
    """What was expected of a token and what was got; None when it passes."""
    refused, token = verdict.refused, verdict.token
    if refused is not None or token is None:
        return ("a token", "none") if refused is None else (f"{refused.rule}: {refused.expected}", str(refused.got))
    for member, said, found in _facts(record, token):
        if said != found:
            return f"{member} {found}, as in the token", f"{member} {said}"
    return None


def _facts(record: TokenRecord, token: Token) -> list[tuple[str, object, object]]:
    return [
        ("time", record.time_ns, token.time_ns),
        ("accuracy", record.accuracy_ns, token.accuracy_ns),
        ("serial", record.serial, token.serial),
        ("policy", record.policy, token.policy),
        ("imprint algorithm", record.imprint_algorithm, token.imprint_algorithm),
        ("imprint digest", record.imprint_digest, token.imprint_digest),
        ("expires", record.expires_ns, token.expires_ns),
    ]
