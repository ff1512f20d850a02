"""When a zone's summer time begins and ends in one year, as the rules that Windows and EWS use."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)
_DAYS_OF_WEEK = 7
_DAYS_OF_YEAR = 366
LAST_WEEK = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the clock: the n-th such weekday of a month (5: the last), at a time on the wall before it."""

    month: int
    week: int
    weekday: int
    time: timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """Offsets from UTC, and the two changes; without them the zone has no summer time that year."""

    standard: timedelta
    daylight: timedelta
    begins: Change | None
    ends: Change | None


@cache
def of_year(zone: str, year: int) -> Rules:
    """The rules of a zone; a year with more than two changes counts as having none."""
    info = ZoneInfo(zone)
    start = datetime(year, 1, 1, tzinfo=UTC)
    changes = [change for day in range(_DAYS_OF_YEAR) for change in _changes(start + timedelta(days=day), info)]
    forward = [_change(moment, before) for moment, before, after in changes if after > before]
    back = [_change(moment, before) for moment, before, after in changes if after < before]
    known = {_offset(start, info), *(after for _, _, after in changes)}
    if len(forward) != 1 or len(back) != 1:
        return Rules(_offset(start, info), _offset(start, info), None, None)
    return Rules(min(known), max(known), forward[0], back[0])


def _changes(day: datetime, info: ZoneInfo) -> list[tuple[datetime, timedelta, timedelta]]:
    """The moments of that day at which the offset changes, with the offsets before and after."""
    if _offset(day, info) == _offset(day + timedelta(days=1), info):
        return []
    hours = [day + _HOUR * hour for hour in range(25)]
    steps = [(after, _offset(before, info), _offset(after, info)) for before, after in pairwise(hours)]
    return [step for step in steps if step[1] != step[2]]


def _offset(moment: datetime, info: ZoneInfo) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta()


def _change(moment: datetime, before: timedelta) -> Change:
    wall = (moment + before).replace(tzinfo=None)
    last = (wall + timedelta(days=_DAYS_OF_WEEK)).month != wall.month
    week = LAST_WEEK if last else (wall.day - 1) // _DAYS_OF_WEEK + 1
    return Change(wall.month, week, wall.weekday(), timedelta(hours=wall.hour, minutes=wall.minute))
