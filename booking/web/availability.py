"""Whether the time in a form can be booked, said before the button is pressed, and what is free instead."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from werkzeug.datastructures import MultiDict

from booking.domain import availability, opening, rules
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.opening import OpeningPlan
from booking.http import days, words
from booking.http.wiring import cadence
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.places import SpaceRow
from booking.web import spaces
from booking.web.forms import TimeForm

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Check:
    """An answer to "can I have it": `kind` is the ground of a notice, `shape` that of a sign."""

    code: str
    kind: str
    shape: str
    heading: str
    sentence: str


FREE = Check(
    "free", "plain", "in-step", "Free", "It is checked again while this page is open, and once more when you book."
)
UNSURE = Check(
    "unsure",
    "unsure",
    "late",
    "Not certain",
    "We have not seen the calendar of this room for a while. When you book we look again; if it still does not "
    "answer, you are told at once.",
)
YOURS = Check(
    "yours",
    "plain",
    "in-step",
    "Yours already",
    "You have booked this room then. The confirmation holds the link to your booking.",
)
OPEN_QUESTION = Check("", "plain", "paused", "Choose a day and times", "Then it is checked here.")


def check(session: Session, space: SpaceRow, when: Interval, *, now: datetime) -> Check:
    """Say whether a time can be booked, as known now."""
    plan = plan_around(session, space, when)
    busy = queries.bookings.busy(session, space_id=space.id, during=space.rules.kept_free(when))
    try:
        open_times = opening.open_during(plan, when.padded(before=_DAY, after=_DAY))
        rules.check(when, space.rules, open_times=open_times, busy=busy, now=now, zone=space.zone)
    except Refused as refusal:
        return YOURS if is_yours(session, refusal, space, when) else _refused(refusal, space.zone)
    fresh = queries.free.freshness(session, [space.id]).get(space.id)
    unsure = availability.unsure_times(fresh, when, now=now, cadence=cadence())
    return UNSURE if unsure else FREE


def is_yours(session: Session, refusal: Refused, space: SpaceRow, when: Interval) -> bool:
    """Tell whether a time is refused because this very browser has booked it."""
    mine = spaces.mine()
    if refusal.code != "taken" or not mine:
        return False
    return queries.bookings.is_taken_by(session, mine, space_id=space.id, during=when)


def check_form(session: Session, space: SpaceRow, form: TimeForm, *, now: datetime) -> Check:
    """Say the same about the times in a form, filled in or not."""
    if not form.is_filled:
        return OPEN_QUESTION
    try:
        return check(session, space, wished(session, space, form), now=now)
    except Refused as refusal:
        return _refused(refusal, space.zone)


def wished(session: Session, space: SpaceRow, form: TimeForm) -> Interval:
    """Return the time a form asks for; past midnight where the space stays open so long.

    Raises:
        Refused: there is no such time.
    """
    day = form.day
    plan = queries.opening.plan_for(session, space.id, around=days.around(day, space.zone))
    return form.when(space.zone, late=_stays_open(plan, day))


def chosen(session: Session, query: MultiDict[str, str], space: SpaceRow, *, now: datetime) -> Interval:
    """Return the time that the address names; for what it leaves open, a first guess that is free if there is one."""
    start, end = _moment(query.get("start")), _moment(query.get("end"))
    if start and end and end > start:
        return Interval(start, end)
    day = days.local_date(start or now, space.zone)
    runs = queries.free.runs(session, space=space, day=day, now=now, cadence=cadence())
    if start is None:
        start = runs[0].start if runs else rules.step_at_or_after(now + space.rules.lead, space.rules.step, space.zone)
    guess = Interval(start, start + _usual_length(space))
    left = next((run.end - start for run in runs if run.start <= start < run.end), guess.length)
    whole_steps = left // space.rules.step * space.rules.step
    return Interval(start, start + whole_steps) if space.rules.shortest <= whole_steps < guess.length else guess


def offered(text: str | None) -> Interval | None:
    """Return the time on the button of an offer."""
    first, _, last = (text or "").partition("/")
    start, end = _moment(first), _moment(last)
    return Interval(start, end) if start and end and start < end else None


def plan_around(session: Session, space: SpaceRow, when: Interval) -> OpeningPlan:
    """Return when the space is open around a time."""
    return queries.opening.plan_for(session, space.id, around=when.padded(before=2 * _DAY, after=2 * _DAY))


def _usual_length(space: SpaceRow) -> timedelta:
    """Return what a first guess lasts: an hour, as far as the rules let it."""
    whole_steps = -(-_HOUR // space.rules.step) * space.rules.step
    return min(max(whole_steps, space.rules.shortest), space.rules.longest)


def _stays_open(plan: OpeningPlan, day: date) -> bool:
    midnight = opening.local_day(day, plan.zone).end
    return any(each.end > midnight for each in opening.open_on(plan, day))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    sensible = moment.tzinfo is not None and moment.year in days.YEARS
    return moment.astimezone(UTC).replace(second=0, microsecond=0) if sensible else None


def _refused(refusal: Refused, zone: str) -> Check:
    heading = "Taken" if refusal.code == "taken" else "Not possible"
    sentence = "Somebody has the room then." if refusal.code == "taken" else words.sentence(refusal, zone=zone)
    return Check(f"{refusal.code}", "bad", "conflict", heading, sentence)
