"""Asking a witness for its cosignature over a checkpoint of the register (c2sp.org/tlog-witness).

One deadline covers the whole exchange, however slowly the other side sends; what is read is bounded. Nothing is
retried but what the protocol means to be: the size that the witness knows is learned from it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from evidence_store.anchors.cosignature import Cosignature, CosignerKey, read_tree_head
from evidence_store.anchors.exchange import shown
from evidence_store.anchors.refusals import BadAnswer, Oversize, Unreachable
from evidence_store.anchors.witness_answers import (
    Forked,
    Overtaken,
    RolledBack,
    find_cosignature,
    read_size,
    refusal,
)
from evidence_store.anchors.witness_protocol import write_submission
from evidence_store.checkpoint import parse_note
from evidence_store.errors import AnchorError, SettingsError

ANSWER_LIMIT = 64 << 10
ROUNDS = 4
"""Requests of one exchange: the first, one with the size that was learned, and two in case others were faster."""


class _Answer(NamedTuple):
    status: int
    body: bytes


def cosign(
    url: str,
    vkey: CosignerKey,
    note: bytes,
    *,
    old_size: int,
    consistency: Callable[[int], Sequence[bytes]],
    timeout_s: float,
    clock: Callable[[], float],
    register_size: Callable[[], int] | None = None,
) -> Cosignature:
    """Ask the witness at `url` (its submission prefix) to cosign a signed checkpoint; gives what was checked.

    `old_size` is the size that it cosigned last as far as we know (0: don't know). `consistency(old)` is the proof from
    `old` to the note's size, asked for 0 < old < size only. `clock` gives Unix seconds. `register_size` gives the size
    of the register now, for when another process's newer checkpoint was cosigned meanwhile; without it the note is
    taken for the newest. Blocks for at most about `timeout_s`; not for use in a thread with a running event loop.

    Raises RolledBack, Forked, Overtaken, UnknownToWitness, BadCosignature, BadAnswer, Oversize or Unreachable: all
    AnchorError. Raises SettingsError for an address that is none, and Malformed when `note` is no checkpoint.
    """
    target = _target(url)
    text = parse_note(note).text
    size = read_tree_head(text).size
    deadline = time.monotonic() + timeout_s
    old = min(old_size, size)
    for _ in range(ROUNDS):
        proof = consistency(old) if 0 < old < size else ()
        answer = _post(target, write_submission(old, proof, note), deadline - time.monotonic(), timeout_s)
        if answer.status == 200:
            return find_cosignature(answer.body, vkey, text, clock())
        if answer.status == 422 and old > 0:
            raise Forked(vkey.name, size=old, received=answer.body)
        if answer.status != 409:
            raise refusal(answer.status, answer.body, vkey, text.partition("\n")[0])
        known = read_size(answer.body)
        if known > size:
            raise _larger(vkey.name, known, size, register_size() if register_size else size, answer.body)
        if known == old == size:
            raise Forked(vkey.name, size=size, received=answer.body)
        if known == old:
            raise _undecided(vkey.name, f"HTTP 409 with size {known}, which is what was asked from", answer.body)
        old = known
    raise _undecided(vkey.name, f"another size in each of {ROUNDS} answers", b"")


def _larger(witness: str, known: int, size: int, register: int, received: bytes) -> AnchorError:
    if known > register:
        return RolledBack(witness, witness_size=known, register_size=register, received=received)
    return Overtaken(
        f"this checkpoint is the newest that witness {witness} saw",
        expected=f"at most {size} entries cosigned",
        got=f"{known} cosigned; the register holds {register}",
        next_step="nothing: a newer checkpoint has its cosignature",
        received=received,
    )


def _undecided(witness: str, got: str, received: bytes) -> AnchorError:
    return BadAnswer(
        f"witness {witness} says which size it cosigned last",
        expected="one size",
        got=got,
        next_step="ask again later; if it stays so, ask whoever runs the witness",
        received=received,
    )


def _target(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(
            "a witness's address is its submission prefix",
            expected="http://... or https://..., without a query",
            got=repr(shown(url)),
            next_step="correct the settings file",
        )
    return f"{url.rstrip('/')}/add-checkpoint"


def _post(target: str, body: bytes, left_s: float, timeout_s: float) -> _Answer:
    """One request. Raises Unreachable or Oversize."""
    import aiohttp  # only when somebody is asked: it takes a third of a second

    # Not asyncio.run: at its end that waits for a name look-up that hangs in its thread, past any deadline.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(_exchange(target, body), max(left_s, 0.001)))
    except TimeoutError as error:
        raise _unreachable(target, f"no whole answer in {timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise _unreachable(target, f"{type(error).__name__}: {error}"[:200]) from error
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _exchange(target: str, body: bytes) -> _Answer:
    import aiohttp

    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "livewitness", "Accept-Encoding": "identity"}
    # The deadline around this call is the time limit; compressed answers are not unpacked, so that none can grow.
    # Newsrooms sit behind proxies: the environment's are used.
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(), trust_env=True, auto_decompress=False) as session,
        session.post(target, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        received = bytearray()
        async for chunk in answer.content.iter_any():
            received += chunk
            if len(received) > ANSWER_LIMIT:
                raise Oversize(
                    "a witness's answer is a few lines",
                    expected=f"at most {ANSWER_LIMIT} bytes",
                    got="more",
                    next_step="look at what answers at that address",
                    received=bytes(received[:ANSWER_LIMIT]),
                )
        return _Answer(answer.status, bytes(received))


def _unreachable(target: str, got: str) -> Unreachable:
    return Unreachable(
        "a witness answers in time", expected=f"an answer from {shown(target)}", got=got, next_step="ask again later"
    )
