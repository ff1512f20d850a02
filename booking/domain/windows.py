"""How far back sync looks: which of the items that have ended are still its business, in the location's own time."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

FEWEST_DAYS, MOST_DAYS = 1, 180


class SyncWindow(StrEnum):
    """Items are synced that ended on or after..."""

    TODAY = "today"  # today, 00:00
    LAST_MONTH = "last_month"  # the first day of last month
    DAYS = "days"  # so many days ago


def begins(window: SyncWindow, days_back: int, *, zone: str, now: datetime) -> datetime:
    """Return the moment, in UTC, on or after which an item must have ended: always a midnight of the location.

    A midnight that summer time skips is the first moment of its day; one that comes twice is the earlier one.
    """
    here = ZoneInfo(zone)
    day = _first_day(window, days_back, today=now.astimezone(here).date())
    return datetime.combine(day, time(), here).astimezone(UTC)


def _first_day(window: SyncWindow, days_back: int, *, today: date) -> date:
    match window:
        case SyncWindow.TODAY:
            return today
        case SyncWindow.LAST_MONTH:
            return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        case SyncWindow.DAYS:
            return today - timedelta(days=days_back)
