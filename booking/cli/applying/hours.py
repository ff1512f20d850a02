"""Reads when a place is open: its week, its exceptions, its closures."""

from booking.cli.applying import keys, words
from booking.cli.applying.lines import Path
from booking.cli.applying.said import ClosureSaid, DaySaid, OpeningSaid
from booking.cli.applying.tables import Table
from booking.cli.applying.words import WrongValue
from booking.domain.opening import Hours

#: Keys of a place that this module reads.
KEYS = frozenset({"hours", "exceptions", "closures"})
_AS_USUAL = "as usual"


def read(place: Table, *, wider: bool) -> OpeningSaid:
    """Return what a table says of opening hours.

    Args:
        place: of a location or a space.
        wider: whether a wider place decides where this one says nothing: so for a space.
    """
    week, days = _week(place, wider=wider)
    exceptions = place.table("exceptions")
    return OpeningSaid(
        path=(*place.path, "hours"),
        week=week,
        days=days,
        exceptions=tuple(found for key in exceptions.data if (found := _exception(exceptions, key))),
        closures=tuple(closed for each in place.tables("closures") if (closed := _closure(each))),
    )


def _week(place: Table, *, wider: bool) -> tuple[dict[int, tuple[Hours, ...]] | None, dict[int, Path]]:
    days: dict[int, Path] = {}
    if "hours" not in place.data:
        return None, days
    if wider and place.data["hours"] == words.DEFAULT:
        return {}, days
    table, week = place.table("hours"), dict[int, tuple[Hours, ...]]()
    for key, value in table.data.items():
        try:
            named, spans = words.weekdays(key), words.spans(value)
        except WrongValue as error:
            table.wrong(key, str(error))
            continue
        for day in named:
            if day in days:
                table.wrong(key, f"{words.DAYS[day].capitalize()} has its hours already, from {days[day][-1]}.")
            week[day], days[day] = spans, (*table.path, key)
    # The file says the whole week; a day it leaves out is closed. One closed all week still has a week of its own.
    return {day: week.get(day, ()) for day in range(7)}, days


def _exception(table: Table, key: str) -> DaySaid | None:
    value = table.data[key]
    path = (*table.path, key)
    try:
        day = words.day(key)
        if value == _AS_USUAL:
            return DaySaid(path, day, None, "")
        if not isinstance(value, dict):
            return DaySaid(path, day, words.spans(value), "")
    except WrongValue as error:
        table.wrong(key, str(error))
        return None
    inner = table.table(key)
    said = inner.said(keys.EXCEPTION)
    if "hours" not in value:
        table.wrong(key, 'Say which hours: hours = "10:00-14:00", or hours = "closed".')
    if "hours" not in said.values:
        return None
    return DaySaid(path, day, said.values["hours"], said.values.get("note", ""))


def _closure(table: Table) -> ClosureSaid | None:
    said = table.said(keys.CLOSURE)
    for key, words_ in (("from", "when it begins"), ("to", "when it ends"), ("reason", "why: patrons read it")):
        if key not in table.data:
            table.wrong(key, f"Say {words_}, with {key} = ...")
    if not {"begins", "ends", "reason"} <= said.values.keys():
        return None
    return ClosureSaid(
        path=table.path,
        begins=said.values["begins"],
        ends=said.values["ends"],
        reason=said.values["reason"],
        removed=said.values.get("removed", False),
    )
