"""When a mailbox's owner works, as GetUserAvailability tells with each view of free and busy times.

Source: learn.microsoft.com, EWS reference, WorkingHours.
"""

from datetime import timedelta

from booking.sandbox.exchange.calendar import transitions
from booking.sandbox.exchange.calendar.transitions import Change
from booking.sandbox.exchange.ews.xml import Element, t
from booking.sandbox.exchange.state.model import Mailbox

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NEVER = Change(month=0, week=0, weekday=6, time=timedelta())


def of(mailbox: Mailbox, year: int) -> Element:
    """The t:WorkingHours element, with the zone's rules of that year."""
    rules, hours = transitions.of_year(mailbox.zone, year), mailbox.processing
    return t(
        "WorkingHours",
        t(
            "TimeZone",
            t("Bias", _minutes(-rules.standard)),
            _rule("StandardTime", timedelta(), rules.ends),
            _rule("DaylightTime", rules.standard - rules.daylight, rules.begins),
        ),
        t(
            "WorkingPeriodArray",
            t(
                "WorkingPeriod",
                t("DayOfWeek", " ".join(hours.work_days)),
                t("StartTimeInMinutes", str(hours.working_hours_start_minutes)),
                t("EndTimeInMinutes", str(hours.working_hours_end_minutes)),
            ),
        ),
    )


def _rule(name: str, bias: timedelta, change: Change | None) -> Element:
    when = change or _NEVER
    hours, seconds = divmod(int(when.time.total_seconds()), 3600)
    return t(
        name,
        t("Bias", _minutes(bias)),
        t("Time", f"{hours:02}:{seconds // 60:02}:00"),
        t("DayOrder", str(when.week)),
        t("Month", str(when.month)),
        t("DayOfWeek", _DAYS[when.weekday]),
    )


def _minutes(length: timedelta) -> str:
    return str(int(length / timedelta(minutes=1)))
