"""What a witness's answers mean to the store that asked. Pure.

Source: c2sp.org/tlog-witness. An answer is not believed: a cosignature counts when it verifies with the key that the
settings name. Only what contradicts the store's own history gets an error of its own; it is an observation about two
histories, and says nothing of who changed which.
"""

from __future__ import annotations

import re

from evidence_store.anchors.cosignature import Cosignature, CosignerKey
from evidence_store.anchors.refusals import BadAnswer
from evidence_store.errors import AnchorError, Malformed

FUTURE_S = 60
"""How far a witness's clock may be ahead of ours."""

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")
_NEXT = "ask again later; if it stays so, ask whoever runs the witness"


class RolledBack(AnchorError):
    """The witness cosigned a larger register than the one that is here: entries that were once there are missing."""

    def __init__(self, witness: str, *, witness_size: int, register_size: int, received: bytes) -> None:
        self.witness_size = witness_size
        self.register_size = register_size
        super().__init__(
            f"the register holds all that witness {witness} cosigned",
            expected=f"at least {witness_size} entries, the size that the witness cosigned",
            got=f"a register of {register_size} entries: an older copy of the store",
            next_step="livewitness verify STORE; look for the newer copy, and do not go on writing to this one",
            received=received,
        )


class Forked(AnchorError):
    """At one size the witness cosigned another tree than the one that is here."""

    def __init__(self, witness: str, *, size: int, received: bytes) -> None:
        self.size = size
        super().__init__(
            f"the register and what witness {witness} cosigned are one history",
            expected=f"the tree of {size} entries that the witness cosigned, as the beginning of the register",
            got="another tree of that size, by the witness's own word",
            next_step="livewitness verify STORE; ask whoever runs the witness for: livewitness witness show FOLDER",
            received=received,
        )


class Overtaken(AnchorError):
    """A newer checkpoint of the same register has been cosigned meanwhile: nothing is wrong, and nothing is needed."""


class UnknownToWitness(AnchorError):
    """The witness was not given this register's key."""


class BadCosignature(AnchorError):
    """No cosignature by the witness's key, one that does not fit, or one from the future."""


def find_cosignature(body: bytes, key: CosignerKey, text: str, now_s: float) -> Cosignature:
    """The checked cosignature in the body of a 200. Lines by other keys are ignored. Raises BadCosignature.

    `text` is the note text that was submitted, `now_s` our time in Unix seconds.
    """
    try:
        lines = body.decode().removesuffix("\n").split("\n")
        own = [line for line in lines if key.is_named_in(line)]
        checked = [key.verify(line, text) for line in own]
    except (Malformed, UnicodeDecodeError) as error:
        raise _bad("lines of cosignatures that fit the checkpoint", str(error)[:200], body) from error
    if not checked:
        raise _bad(f"a line by {key}", f"{len(lines)} lines by other keys", body)
    if (ahead := checked[0].time_s - now_s) > FUTURE_S:
        raise _bad(f"a time at most {FUTURE_S} s ahead of this machine's clock", f"{ahead:.0f} s ahead", body)
    return checked[0]


def read_size(body: bytes) -> int:
    """The size in the body of a 409. Raises BadAnswer."""
    found = _SIZE.fullmatch(body)
    if found is None:
        raise BadAnswer(
            "a witness tells the size that it cosigned",
            expected="digits and a line end",
            got=repr(body[:60]),
            next_step=_NEXT,
            received=body,
        )
    return int(found[1])


def refusal(status: int, body: bytes, key: CosignerKey, origin: str) -> AnchorError:
    """The error of any other status, when a checkpoint of `origin` was submitted."""
    got = f"HTTP {status} {body[:120].decode('utf-8', 'backslashreplace').strip()!r}"
    if status in {403, 404}:
        return UnknownToWitness(
            f"witness {key.name} knows this register's key",
            expected=f"a witness that was given the present key of {origin}",
            got=got,
            next_step="on the witness's machine: livewitness witness serve FOLDER --log VKEY, "
            "with what this says here: livewitness witness vkey STORE",
            received=body,
        )
    return BadAnswer(
        f"witness {key.name} answers as c2sp.org/tlog-witness says",
        expected="HTTP 200, 409 or 422",
        got=got,
        next_step=_NEXT,
        received=body,
    )


def _bad(expected: str, got: str, body: bytes) -> BadCosignature:
    return BadCosignature(
        "a witness answers with its cosignature", expected=expected, got=got, next_step=_NEXT, received=body
    )
