"""Reads a table of the file key by key, and remembers what is wrong with each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from booking.cli.applying import words
from booking.cli.applying.lines import Path
from booking.cli.applying.mistakes import Mistakes
from booking.cli.applying.words import WrongValue

#: What a key is called in the file: the field it sets, and who reads its value.
Keys = Mapping[str, tuple[str, Callable[[object], object]]]
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Said:
    """What a table says: values by field, and where each of them stands. A field it leaves out is not in it."""

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Path] = field(default_factory=dict)

    def place(self, name: str) -> Path:
        """Return where a field stands, or the table that leaves it out."""
        return self.places.get(name, self.path)

    def over(self, wider: "Said") -> "Said":
        """Return this with what it leaves out taken from `wider`."""
        return Said(self.path, {**wider.values, **self.values}, {**wider.places, **self.places})

    def without(self, names: set[str]) -> "Said":
        """Return this without some fields."""
        values = {name: value for name, value in self.values.items() if name not in names}
        return Said(self.path, values, self.places)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file, where it stands, and the list of what is wrong."""

    path: Path
    data: Mapping[str, Any]
    mistakes: Mistakes

    def said(self, keys: Keys, *, also: frozenset[str] = frozenset()) -> Said:
        """Return what the table says under these keys; `also` are those that others read."""
        values: dict[str, Any] = {}
        places: dict[str, Path] = {}
        for key, meant in self._refuse_unknown(frozenset(keys) | also):
            if meant in keys:
                places[keys[meant][0]] = (*self.path, key)  # so that it is not also called missing
        for key, (name, read) in keys.items():
            if key not in self.data:
                continue
            places[name] = (*self.path, key)
            try:
                values[name] = read(self.data[key])
            except WrongValue as error:
                self.wrong(key, str(error))
        return Said(self.path, values, places)

    def table(self, key: str) -> "Table":
        """Return the table under a key; an empty one when there is none."""
        found = self.data.get(key, _NOTHING)
        if not isinstance(found, dict) and found is not _NOTHING:
            self.wrong(key, "This must be a table: write its keys in braces, or under a heading in brackets.")
            found = _NOTHING
        return Table((*self.path, key), found, self.mistakes)

    def tables(self, key: str) -> Iterator["Table"]:
        """Give the tables in the array under a key."""
        found = self.data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.wrong(key, f"This must be a list of tables: begin each with [[{key}]], or write them in braces.")
            return
        for position, each in enumerate(found):
            yield Table((*self.path, key, position), each, self.mistakes)

    def named(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """Give the tables under a key by the names they have there."""
        inner = self.table(key)
        for name in inner.data:
            yield name, inner.table(name)

    def text(self, key: str) -> str | None:
        """Return the text under a key, or None when there is none."""
        try:
            return words.text(self.data[key]) if key in self.data else None
        except WrongValue as error:
            self.wrong(key, str(error))
            return None

    def wrong(self, key: str, why: str) -> None:
        """Remember what is wrong under a key."""
        self.mistakes.wrong((*self.path, key), why)

    def _refuse_unknown(self, known: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Remember keys that nobody reads; give each that is much like a known one, with that one."""
        for key in self.data.keys() - known:
            near = get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known here are {', '.join(sorted(known))}."
            self.wrong(key, f'There is no key "{key}" here. {hint}')
            if near:
                yield key, near[0]
