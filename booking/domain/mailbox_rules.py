"""The rules that a room's mailbox has of its own in Exchange, by the names that its administrators know.

Source: learn.microsoft.com/powershell/module/exchange/set-calendarprocessing, for names, values and limits.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

#: What MaximumDurationInMinutes goes up to there; and the number that means that there is no limit.
LARGEST = 2_147_483_647
UNLIMITED = 0
#: Stands in a list for names that PowerShell cut off.
MORE = "…"
_SHORT = 40
_MOST_DIGITS = 12


class Automation(StrEnum):
    """What Exchange does by itself with an invitation to the room."""

    NONE = "None"  # nothing
    AUTO_UPDATE = "AutoUpdate"  # enters it as tentative; a delegate decides
    AUTO_ACCEPT = "AutoAccept"  # accepts or declines by the rules


class Shape(StrEnum):
    """What can be the value of a setting."""

    WORD = "word"  # of `Automation`
    YES_NO = "yes_no"
    NUMBER = "number"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in PowerShell, its field in `MailboxRules`, and whether Exchange Server has it too."""

    name: str
    field: str
    shape: Shape
    most: int = 0
    online_only: bool = False


@dataclass(frozen=True, slots=True)
class MailboxRules:
    """What is known of a mailbox's rules; None where nobody has said it yet."""

    automate_processing: Automation | None = None
    allow_conflicts: bool | None = None
    booking_window_in_days: int | None = None
    maximum_duration_in_minutes: int | None = None
    allow_recurring_meetings: bool | None = None
    delete_subject: bool | None = None
    add_organizer_to_subject: bool | None = None
    remove_private_property: bool | None = None
    remove_canceled_meetings: bool | None = None
    enforce_capacity: bool | None = None
    enable_auto_release: bool | None = None
    all_book_in_policy: bool | None = None
    book_in_policy: tuple[str, ...] | None = None
    all_request_in_policy: bool | None = None
    request_in_policy: tuple[str, ...] | None = None
    all_request_out_of_policy: bool | None = None
    request_out_of_policy: tuple[str, ...] | None = None

    @property
    def number_known(self) -> int:
        """Return how many of them are known."""
        return sum(getattr(self, each.name) is not None for each in fields(self))


def _yes_no(name: str, field: str, *, online_only: bool = False) -> Setting:
    return Setting(name, field, Shape.YES_NO, online_only=online_only)


#: In the order in which people read them. EnforceCapacity, RemoveCanceledMeetings and EnableAutoRelease are Exchange
#: Online's alone. Source: the command's page, "available only in the cloud-based service".
SETTINGS = (
    Setting("AutomateProcessing", "automate_processing", Shape.WORD),
    _yes_no("AllowConflicts", "allow_conflicts"),
    Setting("BookingWindowInDays", "booking_window_in_days", Shape.NUMBER, most=1080),
    Setting("MaximumDurationInMinutes", "maximum_duration_in_minutes", Shape.NUMBER, most=LARGEST),
    _yes_no("AllowRecurringMeetings", "allow_recurring_meetings"),
    _yes_no("DeleteSubject", "delete_subject"),
    _yes_no("AddOrganizerToSubject", "add_organizer_to_subject"),
    _yes_no("RemovePrivateProperty", "remove_private_property"),
    _yes_no("RemoveCanceledMeetings", "remove_canceled_meetings", online_only=True),
    _yes_no("EnforceCapacity", "enforce_capacity", online_only=True),
    _yes_no("EnableAutoRelease", "enable_auto_release", online_only=True),
    _yes_no("AllBookInPolicy", "all_book_in_policy"),
    Setting("BookInPolicy", "book_in_policy", Shape.PEOPLE),
    _yes_no("AllRequestInPolicy", "all_request_in_policy"),
    Setting("RequestInPolicy", "request_in_policy", Shape.PEOPLE),
    _yes_no("AllRequestOutOfPolicy", "all_request_out_of_policy"),
    Setting("RequestOutOfPolicy", "request_out_of_policy", Shape.PEOPLE),
)
BY_NAME: Mapping[str, Setting] = {each.name.lower(): each for each in SETTINGS}
#: Who may book the room from Outlook: all of them have to be known before anybody can call it exclusive.
WHO_MAY_BOOK = SETTINGS[-6:]

Value = Automation | bool | int | tuple[str, ...]


class UnclearError(ValueError):
    """What was written is no value of that setting; the message tells a person what would be."""


#: PowerShell writes True and False in every language; people and translated consoles do not.
_YES = {"true", "$true", "yes", "y", "on", "wahr", "ja", "vrai", "oui", "verdadero", "verdadeiro", "vero", "waar", "sí"}
_NO = {"false", "$false", "no", "n", "off", "falsch", "nein", "faux", "non", "falso", "onwaar", "nee", "nej", "não"}
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+")
#: As PowerShell numbers them where it writes JSON: ConvertTo-Json turns enumerations into numbers.
#: Source: SolidCP's CalendarProcessingFlags, which mirrors Exchange's order; learn.microsoft.com, ConvertTo-Json.
_AUTOMATION_BY_NUMBER = tuple(Automation)


def value_of(setting: Setting, said: str) -> Value:
    """Return the value that somebody wrote for a setting.

    Raises:
        UnclearError: it is none; says what would be.
    """
    match setting.shape:
        case Shape.WORD:
            return _automation(said)
        case Shape.YES_NO:
            return _truth(said)
        case Shape.NUMBER:
            return _number(said, most=setting.most)
        case Shape.PEOPLE:
            return people(said)


def _automation(said: str) -> Automation:
    word = said.strip().strip("'\"").lower()
    for number, each in enumerate(_AUTOMATION_BY_NUMBER):
        if word in {each.value.lower(), str(number)}:
            return each
    message = f"One of None, AutoUpdate and AutoAccept belongs there, not “{_short(said)}”."
    raise UnclearError(message)


def _truth(said: str) -> bool:
    word = said.strip().strip("'\"").lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    message = f"True or False belongs there, not “{_short(said)}”."
    raise UnclearError(message)


def _number(said: str, *, most: int) -> int:
    word = said.strip().strip("'\"")
    digits = re.sub(r"\D", "", word) if _GROUPED.fullmatch(word) else word
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS) or int(digits) > most:
        message = f"A whole number from 0 to {most} belongs there, not “{_short(said)}”."
        raise UnclearError(message)
    return int(digits)


def people(said: str) -> tuple[str, ...]:
    """Return the names or addresses of a list: in braces as Format-List writes it, or one a line as people do."""
    inside = said.strip().removeprefix("@(").removeprefix("{").removesuffix("}").removesuffix(")")
    if inside.strip().lower() in {"", "$null", "null"}:
        return ()
    named = (printable(each).strip().strip("'\"").strip() for each in re.split(r"[,;\n]", inside))
    return tuple(dict.fromkeys(each for each in named if each))


def printable(text: str) -> str:
    """Return it without signs that cannot be shown: half characters, and marks that turn the reading direction."""
    return "".join(sign for sign in text if sign.isprintable() or sign.isspace())


def _short(said: str) -> str:
    plain = " ".join(printable(said).split())
    return plain if len(plain) <= _SHORT else f"{plain[:_SHORT]}…"


def with_values(rules: MailboxRules, values: Mapping[str, Value | None]) -> MailboxRules:
    """Return the rules with these fields changed."""
    changed: dict[str, Any] = dict(values)
    return replace(rules, **changed)


def merged(before: MailboxRules, found: MailboxRules) -> MailboxRules:
    """Return what was found, and what was known before of the settings that it says nothing of."""
    values = {each.field: getattr(found, each.field) for each in SETTINGS}
    return with_values(before, {field: value for field, value in values.items() if value is not None})


def to_plain(rules: MailboxRules) -> dict[str, object]:
    """Return what is known by the settings' own names, for JSON."""
    known = ((each.name, getattr(rules, each.field)) for each in SETTINGS)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in known if value is not None}


def from_plain(stored: Mapping[str, object]) -> MailboxRules:
    """Return what `to_plain` wrote; a name or a value that is not known any more is left out."""
    values: dict[str, Value | None] = {}
    for setting in SETTINGS:
        if setting.name in stored:
            with suppress(UnclearError):
                values[setting.field] = of_json(setting, stored[setting.name])
    return with_values(MailboxRules(), values)


def of_json(setting: Setting, value: object) -> Value | None:
    """Return the value that a JSON document holds for a setting; None if it says nothing.

    Raises:
        UnclearError: it is of another kind.
    """
    if setting.shape is Shape.PEOPLE:
        return tuple(dict.fromkeys(_names(value)))
    if value is None:
        return None
    if isinstance(value, Mapping):  # ConvertTo-Json of a wrapped value
        return of_json(setting, value.get("value", value.get("Value")))
    return value_of(setting, value if isinstance(value, str) else json.dumps(value))


_NAMES = ("PrimarySmtpAddress", "DistinguishedName", "Name", "value", "Value")


def _names(value: object) -> Sequence[str]:
    """Return the people of a JSON value: a list, one name, an object with a name, or nothing."""
    if isinstance(value, Mapping):
        inner = next((value[name] for name in _NAMES if value.get(name)), None)
        return _names(inner) if inner is not None else ()
    if isinstance(value, list):
        return [name for each in value for name in _names(each)]
    text = printable(value).strip() if isinstance(value, str) else ""
    return people(text) if text.startswith("{") else [text] if text else ()
