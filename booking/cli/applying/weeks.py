"""Opening hours as the file says: weeks, exceptions and closures of a location or a space."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from booking.admin.forms import hours as hour_words
from booking.cli.applying import plan, words
from booking.cli.applying.said import ClosureSaid, DaySaid, OpeningSaid
from booking.cli.applying.tables import Said
from booking.cli.applying.working import Subject, View, Work
from booking.domain import opening as domain_opening
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.opening import Hours
from booking.domain.rules import times, wall_time
from booking.http import words as refusals
from booking.services import opening
from booking.store import queries
from booking.store.queries.opening import ClosureRow

_DAY_NAMES = {f"day_{number}": name.capitalize() for number, name in enumerate(words.DAYS)}


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A location, or one of its spaces, with the clock on its wall."""

    what: str
    location_id: int
    space_id: int | None
    zone: str


def settle(work: Work, said: OpeningSaid, place: OpenPlace) -> None:
    """Settle all that a file says of when a place is open."""
    if said.week is not None:
        _settle_week(work, said, said.week, place)
    for each in said.exceptions:
        _settle_exception(work, each, place)
    _settle_closures(work, said.closures, place)


def _settle_week(work: Work, said: OpeningSaid, week: Mapping[int, tuple[Hours, ...]], place: OpenPlace) -> None:
    if place.space_id is not None and week and not any(week.values()):
        work.refuse(said.path, 'A space that is never open is retired; for the hours of its location write "default".')
        return
    days = {f"day_{number}": path for number, path in said.days.items()}
    subject = Subject(place.what, Said(said.path, {f"day_{day}": each for day, each in week.items()}, days), _DAY_NAMES)

    def act(values: Mapping[str, Any]) -> None:
        wanted = {int(name.removeprefix("day_")): spans for name, spans in values.items()}
        opening.set_week(work.session, place.location_id, place.space_id, wanted, actor=work.actor, now=work.now)

    before = len(work.changes)
    work.settle(subject, view=lambda: _week(work, place), act=act)
    work.changes[before:] = plan.by_days(work.changes[before:])


def _week(work: Work, place: OpenPlace) -> View:
    found = queries.opening.hours_of(work.session, place.location_id, place.space_id)
    if place.space_id is not None and not found.own:
        return dict.fromkeys(_DAY_NAMES, "as its location")
    return {f"day_{day}": in_words(found.week.get(day, ())) for day in range(7)}


def in_words(hours: Iterable[Hours]) -> str:
    """Return the hours of a day as the file has them."""
    return hour_words.write(hours) or "closed"


def _settle_exception(work: Work, said: DaySaid, place: OpenPlace) -> None:
    name = f"{said.day}"

    def view() -> View:
        rows = queries.opening.hours_of(work.session, place.location_id, place.space_id).exceptions
        found = next((row for row in rows if row.day == said.day), None)
        if found is None:
            return {name: "as usual"}
        return {name: f"{in_words(found.hours)} ({found.note})" if found.note else in_words(found.hours)}

    def act(_values: Mapping[str, Any]) -> None:
        where = (work.session, place.location_id, place.space_id, said.day)
        if said.hours is None:
            opening.remove_exception(*where, actor=work.actor, now=work.now)
        else:
            opening.set_exception(*where, said.hours, note=said.note, actor=work.actor, now=work.now)

    places = dict.fromkeys((name, "hours", "note"), said.path)
    work.settle(Subject(place.what, Said(said.path, {}, places)), view=view, act=act)


def _settle_closures(work: Work, closures: Iterable[ClosureSaid], place: OpenPlace) -> None:
    wanted = [(said, when) for said in closures if (when := _when(work, said, place))]
    left = [row for row in queries.opening.closures(work.session, place.location_id) if row.space_id == place.space_id]
    known: dict[int, ClosureRow] = {}
    for meant in (_same_times, _same_reason):
        for number, (said, when) in enumerate(wanted):
            found = next((row for row in left if meant(row, said, when)), None)
            if found is not None and number not in known:
                known[number] = found
                left.remove(found)
    for number, (said, when) in enumerate(wanted):
        _settle_closure(work, said, when, known.get(number), place)


def _same_times(row: ClosureRow, _said: ClosureSaid, when: Interval) -> bool:
    return row.when == when


def _same_reason(row: ClosureRow, said: ClosureSaid, when: Interval) -> bool:
    """Tell whether it is the closure of that reason, given other times: else an edited one would close twice."""
    return row.reason == said.reason and row.when.overlaps(when)


def _settle_closure(work: Work, said: ClosureSaid, when: Interval, known: ClosureRow | None, place: OpenPlace) -> None:
    def same(row: ClosureRow) -> bool:
        return row.when == when and row.space_id == place.space_id and row.reason == said.reason

    def view() -> View:
        rows = queries.opening.closures(work.session, place.location_id)
        if known is not None:
            found = next((row for row in rows if row.id == known.id), None)
        else:
            found = next((row for row in rows if same(row)), None)
        return {"closure": closure_in_words(found, place.zone) if found else "none"}

    def act(_values: Mapping[str, Any]) -> None:
        if said.removed:
            if known is not None:
                opening.remove_closure(work.session, known.id, actor=work.actor, now=work.now)
            return
        save = (
            partial(opening.add_closure, work.session, place.location_id, place.space_id)
            if known is None
            else partial(opening.change_closure, work.session, known.id)
        )
        save(start=when.start, end=when.end, reason=said.reason, actor=work.actor, now=work.now)

    places = {"closure": said.path, "reason": (*said.path, "reason")}
    work.settle(Subject(place.what, Said(said.path, {}, places)), view=view, act=act)


def closure_in_words(row: ClosureRow, zone: str) -> str:
    """Return a closure on the clock of its place."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (row.when.start, row.when.end))
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}, {row.reason}"


def names(closures: Iterable[ClosureSaid], row: ClosureRow, place: OpenPlace) -> bool:
    """Tell whether the file names a closure, once it is settled; one that cannot be names none."""
    return any(_can_be(said, place) == row.when for said in closures)


def _can_be(said: ClosureSaid, place: OpenPlace) -> Interval | None:
    try:
        return _interval(said, place)
    except Refused:
        return None  # a mistake, and remembered as one


def _when(work: Work, said: ClosureSaid, place: OpenPlace) -> Interval | None:
    """Return when a closure is; what cannot be is remembered."""
    try:
        found = _interval(said, place)
    except Refused as refusal:
        work.refuse(said.path, refusals.sentence(refusal))
        return None
    return found


def _interval(said: ClosureSaid, place: OpenPlace) -> Interval:
    """Return when a closure is.

    Raises:
        Refused: NoSuchTime or EndsBeforeItStarts.
    """
    return times(_begin(said.begins, place.zone), _end(said.ends, place.zone))


def _begin(value: date | datetime, zone: str) -> datetime:
    return _moment(value, zone) if isinstance(value, datetime) else domain_opening.local_day(value, zone).start


def _end(value: date | datetime, zone: str) -> datetime:
    """Return a time on the wall clock of `zone`; a day without a time counts to its end."""
    return _moment(value, zone) if isinstance(value, datetime) else domain_opening.local_day(value, zone).end


def _moment(value: datetime, zone: str) -> datetime:
    return wall_time(value.date(), value.time(), zone)
