"""Which of our fields go to which of Exchange's: a profile's mapping, and the entry that it makes of a booking. Pure.

The built-in mapping writes what was always written. A field that a category does not allow, or that a booking does
not have, leaves nothing behind: no empty line, no stray comma.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from booking.domain import titles
from booking.domain.entries import Entries
from booking.domain.reconcile import BusyClass
from booking.domain.states import TitleOption

LONGEST_LIST = 4  # fields in a subject or a place, one after another
LONGEST_CATEGORY = 255  # Source: learn.microsoft.com, "Categories" of the EWS reference: a string of at most 255
MOST_WORDS = 5  # fixed categories
LONGEST_REMINDER = 4 * 7 * 24 * 60  # minutes

#: What an entry may show its room's time as. Not Free: then the room could be booked over it. Not "working
#: elsewhere": Exchange 2010 does not know it.
BUSY_CLASSES = (BusyClass.BUSY, BusyClass.TENTATIVE, BusyClass.OOF)


class Field(StrEnum):
    """One of ours; the values stand in the database and in files for `booking apply`."""

    EVENT_TITLE = "event_title"  # what the profile's title option says; subject only
    NAME = "name"
    EMAIL = "email"
    NICKNAME = "nickname"
    TITLE = "title"
    PHONE = "phone"  # the location's: patrons have none
    CATEGORY = "category"
    SPACE = "space"
    LOCATION = "location"
    PLACE = "place"  # space and location, with a comma between
    REFERENCE = "reference"
    LINK = "link"


class Target(StrEnum):
    """One of Exchange's that takes text of ours."""

    SUBJECT = "subject"
    BODY = "body"
    LOCATION = "location"
    CATEGORIES = "categories"


class Separator(StrEnum):
    """What stands between the parts of a subject."""

    COMMA = "comma"
    DASH = "dash"
    SLASH = "slash"

    @property
    def sign(self) -> str:
        """Return it as it is written."""
        return {Separator.COMMA: ", ", Separator.DASH: " - ", Separator.SLASH: " / "}[self]


_PEOPLE = (Field.NAME, Field.EMAIL, Field.NICKNAME, Field.TITLE)
_WHERE = (Field.CATEGORY, Field.SPACE, Field.LOCATION)

#: Which of ours each of Exchange's may take. A link is of use only where it can be followed.
OFFERED: dict[Target, tuple[Field, ...]] = {
    Target.SUBJECT: (Field.EVENT_TITLE, *_PEOPLE, Field.PHONE, *_WHERE, Field.PLACE, Field.REFERENCE),
    Target.BODY: (*_PEOPLE, Field.PHONE, Field.CATEGORY, Field.PLACE, Field.REFERENCE, Field.LINK),
    Target.LOCATION: (Field.PLACE, Field.SPACE, Field.LOCATION, Field.CATEGORY, Field.PHONE, Field.REFERENCE),
    Target.CATEGORIES: (*_WHERE, Field.NICKNAME, Field.TITLE, Field.NAME),
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where our fields go. The built-in one is what was written before there was a choice."""

    subject: tuple[Field, ...] = (Field.EVENT_TITLE,)  # one after another
    separator: Separator = Separator.COMMA
    body: tuple[Field, ...] = (Field.NAME, Field.EMAIL, Field.TITLE, Field.PLACE, Field.REFERENCE, Field.LINK)
    location: tuple[Field, ...] = (Field.PLACE,)
    categories: tuple[Field, ...] = ()
    words: tuple[str, ...] = ()  # further categories, the same for every entry
    reminder_minutes: int | None = None  # before the start; None: no reminder
    busy: BusyClass = BusyClass.BUSY

    def of(self, target: Target) -> tuple[Field, ...]:
        """Return the fields that go there."""
        return {
            Target.SUBJECT: self.subject,
            Target.BODY: self.body,
            Target.LOCATION: self.location,
            Target.CATEGORIES: self.categories,
        }[target]

    def uses(self, field: Field) -> bool:
        """Tell whether a field of ours goes anywhere by itself."""
        return any(field in self.of(target) for target in Target)

    def __str__(self) -> str:
        """Return it in a line, for reports: what differs from the built-in one."""
        if self == BUILT_IN:
            return "default"
        said = _plain(self)
        return "; ".join(
            f"{name.replace('_', ' ')}: {_said(said[name])}" for name in said if said[name] != _plain(BUILT_IN)[name]
        )


BUILT_IN = Mapping()


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What is known of one date of a booking, as far as an entry may show it."""

    first_name: str
    last_name: str
    email: str
    nickname: str
    nickname_allowed: bool  # by the category: without it, the nickname goes nowhere
    title: str
    phone: str
    category: str
    space: str
    location: str
    ref: str
    link: str  # for staff; never the patron's own, which holds a secret
    title_option: TitleOption = TitleOption.NAME


@dataclass(frozen=True, slots=True)
class Rendered:
    """The entry as it shall be, without its time."""

    subject: str
    body: str
    location: str
    categories: tuple[str, ...]
    reminder_minutes: int | None
    busy: BusyClass


def render(mapping: Mapping, facts: BookingFacts) -> Rendered:
    """Return what goes where for one date of a booking."""
    return Rendered(
        subject=_joined(mapping.subject, facts, mapping.separator.sign),
        body=_body(mapping.body, facts),
        location=_joined(mapping.location, facts, ", "),
        categories=_categories(mapping, facts),
        reminder_minutes=mapping.reminder_minutes,
        busy=mapping.busy,
    )


def _joined(chosen: Iterable[Field], facts: BookingFacts, sign: str) -> str:
    return sign.join(filter(None, (_text(field, facts) for field in chosen)))


#: How a line of the body begins. The link stands below a blank line.
_LABELS = {
    Field.NAME: "Booked by",
    Field.EMAIL: "E-mail",
    Field.NICKNAME: "Nickname",
    Field.TITLE: "Title",
    Field.PHONE: "Phone of the location",
    Field.CATEGORY: "Category",
    Field.PLACE: "Room",
    Field.REFERENCE: "Booking",
    Field.LINK: "See or change the booking",
}


#: These lines stand there in any case, if only to say that something is missing.
_ALWAYS = frozenset({Field.NAME, Field.EMAIL})


def _body(chosen: Iterable[Field], facts: BookingFacts) -> str:
    """Return the lines in one order, whatever order they were chosen in."""
    wanted = frozenset(chosen)
    lines: list[str] = []
    for field, label in _LABELS.items():
        text = _text(field, facts)
        if field not in wanted or not (text or field in _ALWAYS):
            continue
        if field is Field.LINK and lines:
            lines.append("")
        lines.append(f"{label}: {text}")
    return "\n".join(lines)


def _categories(mapping: Mapping, facts: BookingFacts) -> tuple[str, ...]:
    """Return each once. Outlook shows a comma or a semicolon as the end of one."""
    texts = (*(_text(field, facts) for field in mapping.categories), *mapping.words)
    clean = (" ".join(text.replace(",", " ").replace(";", " ").split())[:LONGEST_CATEGORY] for text in texts)
    return tuple(dict.fromkeys(filter(None, clean)))


def _text(field: Field, facts: BookingFacts) -> str:
    return {
        Field.EVENT_TITLE: _event_title(facts),
        Field.NAME: titles.full_name(facts.first_name, facts.last_name),
        Field.EMAIL: facts.email,
        Field.NICKNAME: facts.nickname if facts.nickname_allowed else "",
        Field.TITLE: facts.title,
        Field.PHONE: facts.phone,
        Field.CATEGORY: facts.category,
        Field.SPACE: facts.space,
        Field.LOCATION: facts.location,
        Field.PLACE: ", ".join(filter(None, (facts.space, facts.location))),
        Field.REFERENCE: facts.ref,
        Field.LINK: facts.link,
    }[field]


def _event_title(facts: BookingFacts) -> str:
    return titles.subject(
        facts.title_option,
        first_name=facts.first_name,
        last_name=facts.last_name,
        email=facts.email,
        nickname=facts.nickname,
        nickname_allowed=facts.nickname_allowed,
    )


# ------------------------------------------------------------------------------------- entered, stored, read


def checked(wanted: Mapping) -> Mapping:
    """Return the mapping with its words tidied.

    Raises:
        Invalid: a field where it cannot go, twice, or too many; with every mistake by field.
    """
    entries = Entries()
    for target in Target:
        _check_fields(entries, target, wanted.of(target))
    words = _words(entries, wanted.words)
    entries.number("reminder_minutes", wanted.reminder_minutes, least=0, most=LONGEST_REMINDER)
    if wanted.busy not in BUSY_CLASSES:
        entries.wrong("busy", "Choose busy, tentative or away: an entry shown as free would not keep its room.")
    entries.check()
    return Mapping(
        subject=wanted.subject,
        separator=wanted.separator,
        body=tuple(field for field in _LABELS if field in wanted.body),
        location=wanted.location,
        categories=tuple(field for field in OFFERED[Target.CATEGORIES] if field in wanted.categories),
        words=words,
        reminder_minutes=wanted.reminder_minutes,
        busy=wanted.busy,
    )


def _check_fields(entries: Entries, target: Target, chosen: tuple[Field, ...]) -> None:
    strange = [field.value for field in chosen if field not in OFFERED[target]]
    if strange:
        entries.wrong(target.value, f"This cannot go there: {', '.join(strange)}.")
    elif len(set(chosen)) < len(chosen):
        entries.wrong(target.value, "Choose each field once.")
    elif target in {Target.SUBJECT, Target.LOCATION} and len(chosen) > LONGEST_LIST:
        entries.wrong(target.value, f"Choose {LONGEST_LIST} fields at most.")


def _words(entries: Entries, words: Iterable[str]) -> tuple[str, ...]:
    clean = tuple(
        dict.fromkeys(filter(None, (entries.line("words", each, longest=LONGEST_CATEGORY) for each in words)))
    )
    if len(clean) > MOST_WORDS:
        entries.wrong("words", f"Use {MOST_WORDS} at most.")
    return clean


def as_text(mapping: Mapping) -> str:
    """Return the mapping as it is stored; the built-in one is empty, so that it can still grow."""
    return "" if mapping == BUILT_IN else json.dumps(_plain(mapping), ensure_ascii=False)


def from_text(text: str) -> Mapping:
    """Return a mapping as it was stored; names that this version does not know are left out."""
    said: dict[str, Any] = json.loads(text) if text else {}
    if not said:
        return BUILT_IN
    busy = BusyClass(said["busy"]) if said.get("busy") in set(BUSY_CLASSES) else BUILT_IN.busy
    separator = Separator(said["separator"]) if said.get("separator") in set(Separator) else BUILT_IN.separator
    return Mapping(
        **{target.value: _known(said, target) for target in Target},
        separator=separator,
        words=tuple(said.get("words", ())),
        reminder_minutes=said.get("reminder_minutes"),
        busy=busy,
    )


def _known(said: dict[str, Any], target: Target) -> tuple[Field, ...]:
    if target.value not in said:
        return BUILT_IN.of(target)
    return tuple(Field(name) for name in said[target.value] if name in set(OFFERED[target]))


def _plain(mapping: Mapping) -> dict[str, Any]:
    """Return it as plain values, by the names of its fields."""
    return {each.name: _value(getattr(mapping, each.name)) for each in fields(mapping)}


def _value(value: object) -> Any:  # noqa: ANN401 - text, a number, nothing, or a list of texts
    match value:
        case tuple():
            return [str(each) for each in value]
        case StrEnum():
            return value.value
        case _:
            return value


def _said(value: object) -> str:
    match value:
        case None:
            return "none"
        case list():
            return ", ".join(value) or "none"
        case _:
            return str(value)
