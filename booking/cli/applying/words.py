"""Values as people write them in the file: lengths of time, weekdays, dates. Each reader says what would be right."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import available_timezones

from booking.admin.forms import hours
from booking.domain.entries import is_zone
from booking.domain.opening import Hours

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

#: Says of a setting that the next wider place decides.
DEFAULT = "default"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY_DAY = "every-day"
_DAY_MINUTES = 1440
_UNITS = {"min": 1, "h": 60, "day": _DAY_MINUTES, "days": _DAY_MINUTES, "week": 7 * 1440, "weeks": 7 * 1440}
_LENGTH = re.compile(r"(?:\d{1,6} *(?:min|h|days?|weeks?)(?: +(?=\d)|$))+", re.ASCII)
_PART = re.compile(r"(\d+) *([a-z]+)", re.ASCII)


class WrongValue(Exception):
    """This cannot stand there; the message says what can."""


def text(value: object) -> str:
    """Return text as services keep it: composed, without the line end that a text of several lines has."""
    if not isinstance(value, str):
        raise WrongValue(f"This must be text in quotation marks, not {_kind(value)}.")
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()


def truth(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise WrongValue(f"This must be true or false, without quotation marks, not {_kind(value)}.")
    return value


def number(value: object) -> int:
    """Return a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValue(f"This must be a whole number, without quotation marks, not {_kind(value)}.")
    return value


def zone(value: object) -> str:
    """Return the name of a time zone."""
    name = text(value)
    if not is_zone(name):
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Write one like Europe/London."
        raise WrongValue(f'There is no time zone "{name}". {hint}')
    return name


def choice(kind: type[ChoiceT]) -> Callable[[object], ChoiceT]:
    """Return a reader of one of a few words."""

    def read(value: object) -> ChoiceT:
        try:
            return kind(text(value))
        except ValueError:
            known = ", ".join(f'"{each.value}"' for each in kind)
            raise WrongValue(f"This must be one of {known}.") from None

    return read


def minutes(value: object) -> int:
    """Return a length of time such as "1 h 30 min" in minutes."""
    if not isinstance(value, str) or not _LENGTH.fullmatch(value.strip()):
        raise WrongValue(
            f'This must be a length of time with its unit, such as "30 min", "2 h", "1 h 30 min" or "28 days",'
            f" not {_kind(value)}."
        )
    return sum(int(amount) * _UNITS[unit] for amount, unit in _PART.findall(value))


def days(value: object) -> int:
    """Return a length of time such as "28 days" in whole days."""
    found, over = divmod(minutes(value), _DAY_MINUTES)
    if over:
        raise WrongValue('This must be whole days, such as "28 days" or "2 weeks".')
    return found


def or_default(read: Callable[[object], int]) -> Callable[[object], int | None]:
    """Return a reader that also takes "default": the next wider place decides."""
    return lambda value: None if value == DEFAULT else read(value)


def spans(value: object) -> tuple[Hours, ...]:
    """Return the opening hours of one day, written as on the page for staff: "09:00-12:00, 13:00-17:00" or "closed"."""
    if isinstance(value, list):
        value = ", ".join(text(each) for each in value)
    try:
        return hours.parse(text(value))
    except hours.Unreadable as error:
        raise WrongValue(f'{error} Or write "closed".') from error


def weekdays(key: str) -> tuple[int, ...]:
    """Return the weekdays that a key names, Monday as 0: monday, mon, monday-friday, saturday-monday or every-day."""
    if key == _EVERY_DAY:
        return tuple(range(7))
    first, _, last = key.lower().partition("-")
    begin, end = _weekday(first), _weekday(last or first)
    return tuple((begin + number) % 7 for number in range((end - begin) % 7 + 1))


def _weekday(name: str) -> int:
    for number_, day in enumerate(DAYS):
        if name in {day, day[:3]}:
            return number_
    raise WrongValue(f'"{name}" is no day. Write monday, monday-friday, sat-sun or every-day.')


def day(value: object) -> date:
    """Return a date, written 2026-12-24 with or without quotation marks."""
    found = moment(value)
    if isinstance(found, datetime):
        raise WrongValue("This must be a date without a time, such as 2026-12-24.")
    return found


def moment(value: object) -> date | datetime:
    """Return a date, or a time on the location's own clock: 2026-12-24 or 2026-12-24T18:00:00."""
    if isinstance(value, str):
        value = _from_text(value.strip())
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise WrongValue("Times are those of the location's own clock: leave the offset away.")
    if not isinstance(value, date):
        raise WrongValue(
            f"This must be a date such as 2026-12-24, or a time such as 2026-12-24T18:00, not {_kind(value)}."
        )
    return value


def _from_text(value: str) -> object:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(value)
        except ValueError:
            continue
    return value


def _kind(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"' if len(value) < 60 else "that text"  # noqa: PLR2004 - what fits into a line
        case int() | float():
            return f"{value}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"{value}"
