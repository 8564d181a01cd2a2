"""Reading a YAML mapping strictly: each member is asked for by name, and what nobody asked for is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ScenarioError(ValueError):
    """A scenario that can't be used: names the place, what was expected and what was got."""


class Fields:
    """A mapping under a name (``where``) that is used in errors. A default of None means: the member must be there."""

    def __init__(self, tree: Any, where: str) -> None:
        if tree is None:
            tree = {}
        if not isinstance(tree, Mapping):
            raise ScenarioError(f"{where}: expected a mapping, got {type(tree).__name__} {tree!r:.60}")
        self.where = where
        self._tree: Mapping[str, Any] = tree
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the member is written down; asking counts as knowing the key."""
        self._asked.add(key)
        return key in self._tree

    def done(self) -> None:
        """Refuse members that were never asked for."""
        unknown = [str(key) for key in self._tree if key not in self._asked]
        if unknown:
            raise ScenarioError(
                f"{self.where}: unknown key {', '.join(unknown)}; known here: {', '.join(sorted(self._asked))}"
            )

    def text(self, key: str, default: str | None) -> str:
        """A non-empty string (quote numbers in YAML)."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a non-empty text (in quotes where it looks like a number)", value)
        return value

    def number(self, key: str, default: float | None, *, low: float, high: float = 1e9) -> float:
        """A number within the bounds, both inclusive."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._wrong(key, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def whole(self, key: str, default: int | None, *, low: int) -> int:
        """An integer not below the bound."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise self._wrong(key, f"a whole number of at least {low}", value)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def choice(self, key: str, default: str | None, allowed: Sequence[str]) -> Any:
        """One of the allowed words."""
        value = self._take(key, default)
        if value not in allowed:
            raise self._wrong(key, f"one of {', '.join(allowed)}", value)
        return value

    def pair(self, key: str, default: tuple[float, float]) -> tuple[float, float]:
        """Two numbers, the smaller first; one number stands for both."""
        value = self._take(key, list(default))
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = [value, value]
        if not isinstance(value, list) or len(value) != 2 or not all(isinstance(v, int | float) for v in value):
            raise self._wrong(key, "two numbers [low, high]", value)
        if value[0] > value[1]:
            raise self._wrong(key, "[low, high] with low <= high", value)
        return float(value[0]), float(value[1])

    def mapping(self, key: str) -> Fields:
        """A mapping below this one; empty when absent."""
        self._asked.add(key)
        return Fields(self._tree.get(key), f"{self.where}: {key}")

    def members(self, key: str) -> list[Fields]:
        """A list of mappings; empty when absent."""
        self._asked.add(key)
        value = self._tree.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, "a list of mappings", value)
        return [Fields(member, f"{self.where}: {key}[{index}]") for index, member in enumerate(value)]

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        value = self._tree.get(key, default)
        if value is None:
            raise ScenarioError(f"{self.where}: expected `{key}`, got nothing")
        return value

    def _wrong(self, key: str, expected: str, got: Any) -> ScenarioError:
        return ScenarioError(f"{self.where}.{key}: expected {expected}, got {got!r:.80}")
