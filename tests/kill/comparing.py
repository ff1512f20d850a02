"""Entry by entry: what patrons were promised, what the database holds, and what stands in Exchange."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from tests.kill.patrons import Kept

MARK = "BookingStamp"
_UNSETTLED = """
    SELECT lower(state::text), count(*) FROM push_item WHERE lower(state::text) NOT IN ('clean', 'gone') GROUP BY 1
    UNION ALL SELECT 'held', count(*) FROM occurrence WHERE lower(state::text) = 'held' HAVING count(*) > 0
"""
_DATES = """
    SELECT booking.ref, occurrence.key, lower(occurrence.state::text), space.slug, occurrence.starts_at,
        occurrence.ends_at
    FROM occurrence JOIN booking ON booking.id = occurrence.booking_id JOIN space ON space.id = occurrence.space_id
"""


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a booking as the database holds it."""

    ref: str
    key: str
    state: str
    room: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Differences:
    """What is not as it should be; all empty when all is well."""

    forgotten: list[str]  # promised to a patron, and not so in the database
    lost: list[str]  # in the database, and not in Exchange as it should be
    duplicate: list[str]
    stranded: list[str]  # in Exchange, and not in the database


def unsettled(database: psycopg.Connection) -> dict[str, int]:
    """Return how many entries are still on their way, by state."""
    return {str(state): int(number) for state, number in database.execute(_UNSETTLED).fetchall()}


def dates(database: psycopg.Connection) -> list[Date]:
    return [Date(*row) for row in database.execute(_DATES).fetchall()]


def compare(
    kept: Sequence[Kept], found: Sequence[Date], items: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Differences:
    """Hold all three against each other. `items`: what stands in Exchange, by room."""
    standing = {each.key: each for each in found if each.state == "confirmed"}
    there = [(room, key_of(item), item) for room, ours in items.items() for item in ours]
    numbers = Counter(key for _, key, _ in there)
    right = {key for room, key, item in there if key in standing and _is_right(standing[key], room, item)}
    return Differences(
        forgotten=_forgotten(kept, found),
        lost=[str(each) for key, each in standing.items() if key not in right],
        duplicate=[key for key, number in numbers.items() if number > 1],
        stranded=[f"{room} {item['start']} {key}" for room, key, item in there if key not in standing],
    )


def _forgotten(kept: Sequence[Kept], found: Sequence[Date]) -> list[str]:
    by_ref = {each.ref: each for each in found}
    wrong = [str(each) for each in kept if not _is_kept(each, by_ref.get(each.ref))]
    return wrong + [f"nobody booked {ref}" for ref in by_ref.keys() - {each.ref for each in kept}]


def _is_kept(promise: Kept, date: Date | None) -> bool:
    if date is None:
        return False
    if promise.cancelled:
        return date.state == "cancelled"
    return (date.state, date.room, date.start) == ("confirmed", promise.room, promise.start)


def _is_right(date: Date, room: str, item: Mapping[str, Any]) -> bool:
    start, end = datetime.fromisoformat(item["start"]), datetime.fromisoformat(item["end"])
    return (room, start, end) == (date.room, date.start, date.end) and end - start == timedelta(hours=1)


def key_of(item: Mapping[str, Any]) -> str:
    """Return the key of the date that an item is marked with; empty without a mark."""
    return str(item["extended"].get(MARK, "::")).split(":")[1]
