"""Windows' names of time zones and IANA's, and wall time to UTC and back.

The names are CLDR's windowsZones, as tzlocal carries them.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import tz_win, win_tz

_DAY = timedelta(days=1)


def iana(name: str) -> str | None:
    """The IANA name of a zone that is given by its Windows or its IANA name; None if nobody knows it."""
    if name in win_tz:
        return win_tz[name]
    return name if name in available_timezones() else None


def windows(name: str) -> str:
    """The Windows name of an IANA zone; its own name where Windows has none."""
    return tz_win.get(name, name)


def windows_names() -> list[str]:
    """Every Windows name we know."""
    return sorted(win_tz)


def wall(moment: datetime, zone: str) -> datetime:
    """What the clock on the wall shows there: naive."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def utc(on_the_wall: datetime, zone: str) -> datetime:
    """The moment at which the clock there shows this.

    An hour that comes twice means its first coming; one that is skipped means as much later as the clock jumped.
    """
    return on_the_wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """When that day begins there."""
    return utc(datetime.combine(day, time()), zone)


def whole_days(start: datetime, end: datetime, zone: str) -> tuple[datetime, datetime]:
    """The days that `start` to `end` touches in that zone, as Exchange snaps an all-day item; at least one."""
    first = wall(start, zone).date()
    end_wall = wall(end, zone)
    last = end_wall.date() if end_wall.time() == time() else end_wall.date() + _DAY
    return midnight(first, zone), midnight(max(last, first + _DAY), zone)
