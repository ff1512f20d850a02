"""Opening hours as people write them, "09:00-12:00, 13:00-17:00", to values and back."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from booking.domain.opening import Hours

DAY: Final = 1440  # minutes
_CLOSED: Final = frozenset({"", "-", "\N{EN DASH}", "closed"})
_WHOLE_DAY: Final = frozenset({"24 h", "24h", "24 hours", "open 24 hours", "all day", "always"})
_BETWEEN: Final = re.compile(r"\s*(?:,|;|\band\b|&)\s*", re.IGNORECASE)
_STRETCH: Final = re.compile(r"^(?P<opens>.+?)\s*(?:-|\u2013|\u2014|\bto\b)\s*(?P<closes>.+)$", re.IGNORECASE)
_TIME: Final = re.compile(r"^(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>am|pm)?$", re.IGNORECASE)


class Unreadable(ValueError):
    """The text is not a list of opening hours; the message says which part, and how to write it."""


def parse(text: str) -> tuple[Hours, ...]:
    """Return the intervals of one day, earliest first; none when closed.

    An end that is not after its start belongs to the next day: "18:00-02:00".

    Raises:
        Unreadable: with a sentence for the person who wrote it.
    """
    plain = " ".join(text.split()).lower()
    if plain in _CLOSED:
        return ()
    if plain in _WHOLE_DAY:
        return (Hours(0, DAY),)
    found = sorted((_stretch(part) for part in _BETWEEN.split(plain) if part), key=lambda each: each.opens_minute)
    for earlier, later in pairwise(found):
        if later.opens_minute < earlier.closes_minute:
            raise Unreadable(f"{write((earlier,))} and {write((later,))} overlap. Write them as one, or change one.")
    return tuple(found)


def write(hours: Iterable[Hours]) -> str:
    """Return the intervals as `parse` reads them."""
    return ", ".join(f"{_clock(each.opens_minute)}-{_clock(each.closes_minute)}" for each in hours)


def _stretch(part: str) -> Hours:
    match = _STRETCH.match(part)
    if match is None:
        raise Unreadable(f"“{part}” has no beginning and end. Write it like 09:00-17:00.")
    opens = _minute(match["opens"], part)
    closes = _minute(match["closes"], part)
    if opens == DAY:
        raise Unreadable(f"“{part}” begins at 24:00. That is 00:00 of the next day: write it there.")
    if opens == closes:
        raise Unreadable(f"“{part}” begins and ends at the same time. For the whole day write 00:00-24:00.")
    return Hours(opens, closes if closes > opens else closes + DAY)


def _minute(text: str, part: str) -> int:
    match = _TIME.match(text.strip())
    if match is None:
        raise Unreadable(f"“{text.strip()}” in “{part}” is not a time. Write times like 09:00 or 17:30.")
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of a clock face
            raise Unreadable(f"“{text.strip()}” in “{part}” is not a time. Write times like 9 am or 5:30 pm.")
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    if minute > 59 or hour * 60 + minute > DAY:  # noqa: PLR2004 - the minutes of an hour
        raise Unreadable(f"There is no {text.strip()} on a clock: “{part}”. A day goes from 00:00 to 24:00.")
    return hour * 60 + minute


def _clock(minute: int) -> str:
    """Return "17:30"; 24:00 stays 24:00, and a time past midnight is the next day's."""
    within = minute if minute <= DAY else minute - DAY
    return f"{within // 60:02}:{within % 60:02}"
