"""Asking a time-stamp authority over HTTP (RFC 3161 section 3.4). Rim: the network. Synchronous, for a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from evidence_store.anchors.exchange import exchange
from evidence_store.anchors.openssl import verify_with_openssl
from evidence_store.anchors.replies import MAX_REPLY, Request
from evidence_store.anchors.revocation import Fetched, RevocationSource, check_revocation
from evidence_store.anchors.settings import Authority
from evidence_store.anchors.timestamps import SecondOpinion, Token, check_token, make_request

QUERY_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one asking brought: the request, the reply's bytes as received, the token in it, and revocation facts."""

    request: Request
    reply: bytes
    token: Token
    revocation: Fetched


def ask(
    authority: Authority,
    note: bytes,
    entropy: Callable[[int], bytes],
    revocations: RevocationSource,
    *,
    second_opinion: SecondOpinion = verify_with_openssl,
) -> Answer:
    """Have the note's bytes stamped, and check what comes.

    Takes at most `authority.timeout_s`, then the time of `revocations`, and openssl's where it is asked (20 s).
    Raises a class of `refusals`: `Unreachable` when nobody answered, another one when what came is not good; then
    `received` is what came. Revocation that can't be asked is a fact in the answer, not an error.
    """
    request = make_request(note, entropy, authority.policy)
    reply = exchange(
        "POST",
        authority.url,
        deadline_s=authority.timeout_s,
        limit=MAX_REPLY,
        body=request.raw,
        headers={"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE},
        answers_with=REPLY_TYPE,
    )
    token = check_token(
        reply,
        note=note,
        roots=authority.roots,
        request=request,
        known=authority.between,
        second_opinion=second_opinion,
    )
    fetched = revocations.of(token.chain)
    check_revocation(token.chain, [item.content for item in fetched.items], token.time_ns, received=reply)
    return Answer(request, reply, token, fetched)
