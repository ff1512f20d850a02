"""GetServerTimeZones: the zones that Exchange knows, by their Windows names."""

from collections.abc import Iterator
from datetime import timedelta

from booking.sandbox.exchange.calendar import transitions, zones
from booking.sandbox.exchange.ews import properties
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.xml import Element, find_all, is_true, m, t

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def run(call: Call) -> Element:
    """The zones asked for, or all; with the rules of this year's summer time if wanted."""
    asked = [(element.text or "").strip() for element in find_all(call.body, "m:Ids/t:Id")]
    full = is_true(call.body.get("ReturnFullTimeZoneData", "true"))
    year = call.store.now().year

    def read(_part: Element) -> Iterator[Element]:
        names = [name for name in zones.windows_names() if not asked or name in asked]
        yield m("TimeZoneDefinitions", *(_definition(name, year, full=full) for name in names))

    return call.answer([call.body], read, on_error=lambda: [m("TimeZoneDefinitions")])


def _definition(name: str, year: int, *, full: bool) -> Element:
    shown = f"(UTC) {name}"
    if not full:
        return t("TimeZoneDefinition", Id=name, Name=shown)
    rules = transitions.of_year(zones.iana(name) or "Etc/UTC", year)
    standard, daylight = f"trule:Microsoft/Registry/{name}/1-Standard", f"trule:Microsoft/Registry/{name}/1-Daylight"
    periods = [t("Period", Bias=_bias(rules.standard), Name="Standard", Id=standard)]
    if rules.begins is None or rules.ends is None:
        changes = [t("Transition", _to(standard, "Period"))]
    else:
        periods.append(t("Period", Bias=_bias(rules.daylight), Name="Daylight", Id=daylight))
        changes = [_recurring(rules.begins, daylight), _recurring(rules.ends, standard)]
    return t(
        "TimeZoneDefinition",
        t("Periods", *periods),
        t("TransitionsGroups", t("TransitionsGroup", *changes, Id="0")),
        t("Transitions", t("Transition", _to("0", "Group"))),
        Id=name,
        Name=shown,
    )


def _to(target: str, kind: str) -> Element:
    return t("To", target, Kind=kind)


def _recurring(change: transitions.Change, target: str) -> Element:
    return t(
        "RecurringDayTransition",
        _to(target, "Period"),
        t("TimeOffset", properties.duration(change.time)),
        t("Month", str(change.month)),
        t("DayOfWeek", _DAYS[change.weekday]),
        t("Occurrence", "-1" if change.week == transitions.LAST_WEEK else str(change.week)),
    )


def _bias(offset: timedelta) -> str:
    """The offset the other way round, as Windows has it: what is added to wall time to get UTC."""
    bias = -offset
    return f"-{properties.duration(-bias)}" if bias < timedelta() else properties.duration(bias)
