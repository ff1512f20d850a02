"""A repeat rule in EWS's elements, written and read; and plain text as the HTML that EWS gives by default."""

from html import escape

from booking.sandbox.exchange.calendar.recurrence import MONTHS
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, find, local, read_date, t, text
from booking.sandbox.exchange.state.model import Recurrence

_PATTERNS = (
    "RelativeYearlyRecurrence",
    "AbsoluteYearlyRecurrence",
    "RelativeMonthlyRecurrence",
    "AbsoluteMonthlyRecurrence",
    "WeeklyRecurrence",
    "DailyRecurrence",
)


def write(rule: Recurrence) -> Element:
    """The t:Recurrence element of a series."""
    return t("Recurrence", t(rule.pattern, *_pattern_fields(rule)), _range(rule))


def read(element: Element) -> Recurrence:
    """The rule in a t:Recurrence element.

    Raises:
        EwsError: a pattern or range that EWS does not know, or one that makes no sense.
    """
    pattern = next((child for child in element if local(child) in _PATTERNS), None)
    span = next((child for child in element if find(child, "t:StartDate") is not None), None)
    if pattern is None or span is None:
        raise EwsError("ErrorCalendarInvalidRecurrence", "The recurrence pattern is invalid.")
    try:
        return _checked(
            Recurrence(
                pattern=local(pattern),
                first=read_date(text(span, "t:StartDate")),
                interval=int(text(pattern, "t:Interval", "1")),
                days=tuple(text(pattern, "t:DaysOfWeek").split()),
                index=text(pattern, "t:DayOfWeekIndex"),
                day_of_month=int(text(pattern, "t:DayOfMonth", "0")),
                month=text(pattern, "t:Month"),
                first_day_of_week=text(pattern, "t:FirstDayOfWeek", "Sunday"),
                last=None if find(span, "t:EndDate") is None else read_date(text(span, "t:EndDate")),
                count=None if find(span, "t:NumberOfOccurrences") is None else int(text(span, "t:NumberOfOccurrences")),
            )
        )
    except ValueError as error:
        raise EwsError("ErrorCalendarInvalidRecurrence", "The recurrence pattern is invalid.") from error


def as_html(body: str, kind: str) -> str:
    """The body as HTML, which is what EWS gives unless it is asked for text."""
    if kind == "HTML":
        return body
    return f"<html><body><pre>{escape(body)}</pre></body></html>" if body else ""


def _checked(rule: Recurrence) -> Recurrence:
    if rule.pattern == "WeeklyRecurrence" and not rule.days:
        raise ValueError("a weekly pattern names no day")
    if rule.pattern.endswith("YearlyRecurrence") and rule.month not in MONTHS:
        raise ValueError("a yearly pattern names no month")
    if rule.interval < 1 or (rule.count is not None and rule.count < 1):
        raise ValueError("never")
    if rule.last is not None and rule.last < rule.first:
        raise ValueError("ends before it begins")
    return rule


def _pattern_fields(rule: Recurrence) -> list[Element]:
    interval = t("Interval", str(rule.interval))
    days, index = t("DaysOfWeek", " ".join(rule.days)), t("DayOfWeekIndex", rule.index)
    day, month = t("DayOfMonth", str(rule.day_of_month)), t("Month", rule.month)
    return {
        "RelativeYearlyRecurrence": [days, index, month],
        "AbsoluteYearlyRecurrence": [day, month],
        "RelativeMonthlyRecurrence": [interval, days, index],
        "AbsoluteMonthlyRecurrence": [interval, day],
        "WeeklyRecurrence": [interval, days, t("FirstDayOfWeek", rule.first_day_of_week)],
        "DailyRecurrence": [interval],
    }[rule.pattern]


def _range(rule: Recurrence) -> Element:
    first = t("StartDate", rule.first.isoformat())
    if rule.last is not None:
        return t("EndDateRecurrence", first, t("EndDate", rule.last.isoformat()))
    if rule.count is not None:
        return t("NumberedRecurrence", first, t("NumberOfOccurrences", str(rule.count)))
    return t("NoEndRecurrence", first)
