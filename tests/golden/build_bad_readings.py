"""What a reading log may say of pictures that nobody captured, read or left: golden bad stores for check 19.

The capture log has `screen` entries 1 and 4, and ended before these reading logs were opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from evidence_store.store import Store
from tests.harness.keeper import Told

if TYPE_CHECKING:
    from tests.golden.build_bad import Hand

TRUE = {
    "reason": "complete",
    "read": 2,
    "read_to": 4,
    "pictures_left": 0,
    "not_decoded": [],
    "not_decoded_count": 0,
    "tally": {"pictures": 2, "looks": 1, "not_looked": 1},
}
"""What the close of such a log would rightly say."""
SPARED = ({"field": "stock-1", "entries": [4]},)


def read(hand: Hand, closing: Mapping[str, object], not_looked: object = SPARED) -> str:
    """A reading log with one look at entry 1 and, rightly, one that was spared at entry 4; its id."""
    opened = hand.entry("session.open", {"reads": hand.small.capture})
    looks = hand.entry("readings", {"readings": [{"entry": 1, "field": "stock-1"}], "not_looked": not_looked})
    told = Told(kind="reading", counts={"session.open": 1, "readings": 1}, closing=closing)
    return hand.log(told, opened, looks)[0]


def spared_nowhere(hand: Hand) -> str:
    """A look that was spared at a picture that was never captured."""
    return f"log {read(hand, {}, [{'field': 'stock-1', 'entries': [99]}])} entry 1"


def looks_untold(hand: Hand) -> str:
    """A close that counts more looks than there are."""
    return f"log {read(hand, {**TRUE, 'tally': {'pictures': 2, 'looks': 2, 'not_looked': 1}})} entry 2"


def spared_untold(hand: Hand) -> str:
    """A close that counts more spared looks than there are."""
    return f"log {read(hand, {**TRUE, 'tally': {'pictures': 2, 'looks': 1, 'not_looked': 3}})} entry 2"


def read_untrue(hand: Hand) -> str:
    """A close that counts one picture more than there are up to the last one read."""
    return f"log {read(hand, {**TRUE, 'read': 3})} entry 2"


def left_untold(hand: Hand) -> str:
    """A close that says that nothing was left, and a picture that was not read."""
    closing = {**TRUE, "read": 1, "read_to": 1, "tally": {"pictures": 1, "looks": 1, "not_looked": 0}}
    return f"log {read(hand, closing, [])} entry 2"


def read_what_was_left(hand: Hand) -> str:
    """A spared look at a picture that was not read, as the close says."""
    closing = {
        **TRUE,
        "read": 1,
        "read_to": 1,
        "pictures_left": 1,
        "tally": {"pictures": 1, "looks": 1, "not_looked": 1},
    }
    return f"log {read(hand, closing)} entry 2"


def decoded(hand: Hand, message: Mapping[str, object]) -> str:
    """A reading log with one message that was decoded from a frame; where its fault stands."""
    opened = hand.entry("session.open", {"reads": hand.small.capture, "source": "messages"})
    said = hand.entry("messages", {"messages": [{"kind": "chat", "method": "Chat", "at": [0, 1], **message}]})
    told = Told(kind="reading", counts={"session.open": 1, "messages": 1})
    return f"log {hand.log(told, opened, said)[0]} entry 1"


def message_nowhere(hand: Hand) -> str:
    """A message from an entry that was never captured."""
    return decoded(hand, {"entry": 99, "entry_id": "0" * 64, "piece": 1})


def message_of_a_picture(hand: Hand) -> str:
    """A message from an entry that holds no frames."""
    with Store.open_read_only(hand.root) as store, store.reader(hand.small.capture) as reader:
        return decoded(hand, {"entry": 1, "entry_id": reader.entry(1).id, "piece": 1})


MORE: Mapping[str, Callable[[Hand], str]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        spared_nowhere,
        looks_untold,
        spared_untold,
        read_untrue,
        left_untold,
        read_what_was_left,
        message_nowhere,
        message_of_a_picture,
    )
}
"""More stores that fail check 19, by name."""
