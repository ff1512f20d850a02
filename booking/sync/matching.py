"""Which room's mailbox belongs to which space, proposed by name. Pure: it asks nobody and changes nothing.

Numbers weigh most: "Room 1" is never "Room 11". Only pairs that leave no choice are proposed; people decide the rest.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from functools import lru_cache
from itertools import groupby

_KINDS = frozenset({"room", "rooms", "rm", "raum", "zimmer", "salle", "sala", "sal", "space"})
_LITTLE = frozenset({"the", "of", "at", "in", "and", "der", "die", "das", "und", "de", "la", "le"})
#: Say what a thing is, not which one.
_WEAK = _KINDS | _LITTLE
_SEATS = re.compile(
    r"\b[0-9]+\s*(?:-\s*)?(?:seats?|seater|people|persons?|pax|places?|plätze|sitzplätze|personen|pers)\b",
    re.IGNORECASE,
)
#: A Latin letter, taken apart, with its accents.
_LATIN_MARKS = re.compile(r"([a-z])[\u0300-\u036f]+")
_BARE_NUMBER = re.compile(r"\(\s*[0-9]+\s*\)")
_LONGEST = 300
_KEPT = 10_000  # names taken apart


class Likeness(IntEnum):
    """How alike two names are; from `BY_ADDRESS` on, alike enough to be proposed."""

    NONE = 0
    PARTLY = 1
    BY_ADDRESS = 2
    ALIKE = 3
    SAME = 4


@dataclass(frozen=True, slots=True)
class Named:
    """A space or a room: `key` is a space's slug or a room's address, `name` what people call it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A space and the only room that can be meant by its name."""

    space: Named
    room: Named
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Undecided:
    """A space to whose name several rooms come near, or one that comes near to another space's as well."""

    space: Named
    rooms: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """What is proposed, what people must decide, and what nothing is like."""

    proposals: tuple[Proposal, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    unlike: tuple[Named, ...] = ()
    rooms_left: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class _Words:
    """A name taken apart: its words, those of them that say which one, and its numbers in their order.

    `marks` are numbers and single letters in their order: 1A is not A1.
    """

    words: tuple[str, ...]
    strong: frozenset[str]
    numbers: tuple[int, ...] = ()
    marks: tuple[str | int, ...] = ()

    @property
    def glued(self) -> str:
        return "".join(self.words)


def propose(spaces: Iterable[Named], rooms: Iterable[Named], *, place: str = "") -> Matching:
    """Return which room belongs to which space, as far as their names leave no choice.

    Args:
        spaces: that have no room yet.
        rooms: that no space has yet.
        place: the name of the location; its words say nothing about which room it is.
    """
    wanted, offered = tuple(spaces), tuple(rooms)
    weak = _WEAK | frozenset(_taken_apart(place, frozenset()).words)
    scores = {space: _scores(space, offered, weak) for space in wanted}
    proposals = tuple(each for space in wanted if (each := _proposal(space, scores)) is not None)
    decided, used = {each.space for each in proposals}, {each.room for each in proposals}
    undecided, unlike = [], []
    for space in (each for each in wanted if each not in decided):
        near = tuple(room for room in scores[space] if room not in used)
        if near:
            undecided.append(Undecided(space, near))
        else:
            unlike.append(space)
    left = tuple(room for room in offered if room not in used)
    return Matching(proposals, tuple(undecided), tuple(unlike), left)


def likeness(space: Named, room: Named, *, weak: frozenset[str] = _WEAK) -> Likeness:
    """Return how alike a space's name is to a room's; its address counts only where its name says nothing else."""
    ours, theirs = _taken_apart(space.name, weak), _taken_apart(room.name, weak)
    by_name = _compared(ours, theirs)
    if by_name >= Likeness.ALIKE:
        return by_name
    address = _taken_apart(room.key.partition("@")[0], weak)
    other_number = theirs.numbers and theirs.numbers != address.numbers
    other_word = not ours.numbers and not theirs.strong <= ours.strong
    if other_number or other_word:
        return by_name  # the room was renamed, or its address never was its name
    by_address = _compared(ours, address)
    if by_address >= Likeness.ALIKE:
        return Likeness.BY_ADDRESS
    return max(by_name, by_address)


def _scores(space: Named, rooms: Sequence[Named], weak: frozenset[str]) -> dict[Named, Likeness]:
    """Return the rooms that are in any way like a space, most alike first."""
    found = {room: likeness(space, room, weak=weak) for room in rooms}
    near = [room for room in rooms if found[room]]
    return {room: found[room] for room in sorted(near, key=lambda room: -found[room])}


def _proposal(space: Named, scores: Mapping[Named, Mapping[Named, Likeness]]) -> Proposal | None:
    """Return the pair if each is the other's best, with nothing beside it."""
    room = _only_best(scores[space])
    if room is None:
        return None
    back = _only_best({other: found[room] for other, found in scores.items() if room in found})
    return Proposal(space, room, scores[space][room]) if back == space else None


def _only_best(scores: Mapping[Named, Likeness]) -> Named | None:
    best = max(scores.values(), default=Likeness.NONE)
    if best < Likeness.BY_ADDRESS:
        return None
    found = [each for each, score in scores.items() if score is best]
    return found[0] if len(found) == 1 else None


def _compared(ours: _Words, theirs: _Words) -> Likeness:
    if ours.numbers != theirs.numbers or not (ours.words or ours.numbers):
        return Likeness.NONE
    if ours.marks != theirs.marks:
        return Likeness.PARTLY
    if Counter(ours.words) == Counter(theirs.words) or ours.glued == theirs.glued:
        return Likeness.SAME
    if ours.strong == theirs.strong:
        return Likeness.ALIKE if ours.strong or ours.numbers else Likeness.NONE
    shared = ours.strong & theirs.strong
    one_says_more = shared in {ours.strong, theirs.strong}
    return Likeness.PARTLY if one_says_more and (shared or ours.numbers) else Likeness.NONE


@lru_cache(_KEPT)
def _taken_apart(name: str, weak: frozenset[str]) -> _Words:
    """Return a name's words and numbers; how many it seats is neither."""
    plain = _SEATS.sub(" ", name[:_LONGEST])
    if re.search(r"[0-9]", _BARE_NUMBER.sub(" ", plain)):
        plain = _BARE_NUMBER.sub(" ", plain)
    groups = [(kind, "".join(signs)) for kind, signs in groupby(_folded(plain), key=_kind)]
    parts = tuple(int(text) if kind is _Kind.NUMBER else text for kind, text in groups if kind is not _Kind.BETWEEN)
    words = tuple(each for each in parts if isinstance(each, str))
    return _Words(
        words,
        frozenset(words) - weak,
        numbers=tuple(each for each in parts if isinstance(each, int)),
        marks=tuple(each for each in parts if isinstance(each, int) or len(each) == 1),
    )


class _Kind(Enum):
    NUMBER = auto()
    WORD = auto()
    BETWEEN = auto()


def _kind(sign: str) -> _Kind:
    """Return what a sign belongs to; in many scripts marks are part of a word, and a picture is a word too."""
    if sign.isdecimal():
        return _Kind.NUMBER
    category = unicodedata.category(sign)
    return _Kind.WORD if category[0] in "LM" or category == "So" else _Kind.BETWEEN


def _folded(text: str) -> str:
    """Return text without case and accents; "Süd", "Sued" and "Sud" come out the same.

    Only Latin letters lose their marks: in other scripts these make another letter of it, as of и and й.
    """
    plain = text.casefold().replace("ø", "o").replace("æ", "a")
    letters = unicodedata.normalize("NFC", _LATIN_MARKS.sub(r"\1", unicodedata.normalize("NFKD", plain)))
    return re.sub(r"(?<![aeiou])([aou])e", r"\1", letters)
