"""Check P10: what the tokens of a proof folder say of time, and what their word rests on (FORMAT.md section 12).

A root certificate and revocation lists lie in the folder itself: whoever made it chose them. So what a token rests on
is always said, unless the verifier named the roots that he trusts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from evidence_store.anchors.brackets import SECOND_NS, Anchor, Bracket, moment
from evidence_store.anchors.chains import fingerprint
from evidence_store.anchors.replies import read_request
from evidence_store.anchors.stored import Verdict, verify_stored
from evidence_store.anchors.timestamps import Token
from evidence_store.entries import StoredEntry
from evidence_store.errors import Malformed, StoreError
from evidence_store.proofs.files import ProofFiles, Said
from evidence_store.verify.logs import FAR_OUTSIDE_NS, LATE_NS, OUTSIDE_NS

_NUMBER = 10
_DAY_NS = 86_400 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Stamped:
    """What the tokens of a folder are compared with: the register's checkpoint (None: unreadable), and its entries."""

    files: ProofFiles
    note: bytes | None
    entries: Sequence[StoredEntry]
    now_ns: int
    roots: Sequence[x509.Certificate] | None


def check_tokens(stamped: Stamped, said: Said) -> None:
    """Check 10, over every token of the folder; says in `said` what was found."""
    trusted: list[Anchor] = []
    for folder in stamped.files.tokens:
        try:
            anchor = _check_token(stamped, folder, said)
        except StoreError as error:
            said.fail(_NUMBER, expected=f"{error.rule}: {error.expected}", got=error.got, where=folder)
        else:
            trusted += [anchor] if anchor is not None else []
    where = str(stamped.files.root)
    if not stamped.files.tokens:
        got = "none: the time rests on the recording machine's own clock"
        said.note(_NUMBER, expected="a time-stamp token", got=got, where=where)
    elif stamped.roots is not None and not trusted:
        expected = f"a token whose chain ends in {', '.join(map(fingerprint, stamped.roots)) or 'no root'}"
        said.fail(_NUMBER, expected=expected, got="none", where=where)
    if trusted:
        first = min(trusted, key=lambda each: each.time_ns + each.accuracy_ns)
        for entry in stamped.entries:
            _say_outside(Bracket(None, first), entry, said)
        late_ns = max((first.time_ns - entry.wall_ns for entry in stamped.entries), default=0)
        if late_ns > LATE_NS:  # until then whoever had the store's key could have made it up
            got = f"the first token, by {first.by}, came {late_ns / _DAY_NS:.1f} days after the time that an entry says"
            said.note(_NUMBER, expected="a token within a day", got=got, where=where)


def _check_token(stamped: Stamped, folder: str, said: Said) -> Anchor | None:
    """The token's word, None when it ends in a root that was not named. Raises StoreError when it is worth nothing."""
    files = stamped.files
    note, reply, chain, query = (
        files.read(f"{folder}/{name}") for name in ("note.txt", "reply.tsr", "chain.pem", "request.tsq")
    )
    if stamped.note is None or note != stamped.note:
        raise _malformed(f"{folder}/note.txt is the register's checkpoint", "the note in head.tlog-proof", "another")
    verdict = verify_stored(
        note,
        reply,
        chain,
        now_ns=stamped.now_ns,
        trusted_roots=stamped.roots,
        request=read_request(query),
        revocation=[files.read(name) for name in files.names if name.startswith(f"{folder}/revocation-")],
    )
    token = verdict.token
    if verdict.refused is not None or token is None:
        raise verdict.refused or _malformed(f"{folder}/reply.tsr is a token", "a token", "none")
    said.count(_NUMBER)
    if not verdict.trusted:
        expected = "a root that you trust (compare it, or give --trust FILE.pem)"
        if verdict.trusted is False:
            expected = "a chain that ends in a root that was named as trusted"
        said.note(_NUMBER, expected=expected, got=_rests_on(folder, token, verdict), where=folder)
    elif verdict.revocation is None or verdict.revocation.unknown:
        expected = "a word on revocation, as of the token's time"
        said.note(_NUMBER, expected=expected, got=_rests_on(folder, token, verdict), where=folder)
    return None if verdict.trusted is False else _anchor(folder, token)


def _anchor(folder: str, token: Token) -> Anchor:
    return Anchor(folder, 0, token.time_ns, token.accuracy_ns or 0, 0, None)


def _rests_on(folder: str, token: Token, verdict: Verdict) -> str:
    """Subjects come last: whoever made the certificates chose how long they are."""
    standing = verdict.revocation
    good, unknown = ((), ()) if standing is None else (standing.good, standing.unknown)
    if not unknown:
        words = f"revocation: good, by what is kept here of each of {len(good)} certificate(s) below it"
    elif good:
        words = f"revocation: unknown of {len(unknown)}, good of {len(good)} certificate(s) below it"
    else:
        words = f"revocation: unknown, nothing kept here says of its {len(unknown)} certificate(s)"
    root = f"root SHA-256 {verdict.root_fingerprint}"
    return f"{moment(token.time_ns)} by {folder}; {root}; {words}; root {verdict.root_subject}"


def _say_outside(bracket: Bracket, entry: StoredEntry, said: Said) -> None:
    """As check 23 of a store; "not before" is not shown by a folder."""
    outside_ns = bracket.outside_ns(entry.wall_ns)
    if outside_ns > OUTSIDE_NS:
        tell = said.fail if outside_ns > FAR_OUTSIDE_NS else said.note
        got = f"{moment(entry.wall_ns)}, {outside_ns / SECOND_NS:.0f} s outside"
        tell(_NUMBER, expected=f"a time {bracket}", got=got, where=f"entry {entry.index}")


def _malformed(rule: str, expected: str, got: str) -> Malformed:
    return Malformed(rule, expected=expected, got=got, next_step="ask for the folder again")
