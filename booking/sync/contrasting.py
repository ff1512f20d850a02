"""How a room stands on our side, as plain values; and in which lines two of them differ."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from booking.connectors.port import EventField
from booking.domain.intervals import Interval
from booking.domain.states import HOLDING, OccurrenceState, PushOp, PushState
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Conflict, ExternalEvent, Occurrence, PushItem
from booking.sync.conflicts import Choice
from booking.sync.findings import Finding, Kind, Side
from booking.sync.jobs import Job

EventKey = tuple[str, str]  # what an outside event is kept under: UID, and which date of its series

_OURS = Choice.OURS.value
_LOST: Mapping[OccurrenceState, str] = {
    OccurrenceState.REJECTED: "The booking would be refused: somebody else's entry stands there.",
    OccurrenceState.CANCELLED: "The booking would be cancelled: somebody else's entry stands there, and wins.",
}
_DELETED = "The booking would be cancelled: its entry was deleted in Outlook."
#: Of several lines about one booking the first of these is the one that is told.
_WEIGHT = (Kind.CANCEL, Kind.CONFLICT, Kind.CHANGE, Kind.CREATE, Kind.BLOCK, Kind.FREE)


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a booking."""

    ref: str
    when: Interval
    state: OccurrenceState
    gone_there: bool  # its entry is not in the calendar any more


@dataclass(frozen=True, slots=True)
class Event:
    """An outside event, all its pieces together. `remote_id` is that of its entry."""

    when: Interval
    blocks: bool
    remote_id: str


@dataclass(frozen=True, slots=True)
class Quarrel:
    """An open conflict."""

    when: Interval
    ref: str
    remote_id: str
    words: str
    key: str  # of the occurrence
    decision: str  # what was decided about it, by staff or by the profile


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a room: dates by occurrence, events by what they are kept under, conflicts by number."""

    dates: Mapping[str, Date]
    events: Mapping[EventKey, Event]
    conflicts: Mapping[int, Quarrel]


def of(session: Session, link: CalendarLink, window: Interval) -> Standing:
    """Return how a room stands in this session, what is not committed included."""
    session.flush()
    rows = {row.occurrence_id: row for row in queries.push.all_of_link(session, link.id)}
    dates = {row.occurrence.id: row.occurrence for row in rows.values()}
    dates |= {each.id: each for each in queries.external.holding(session, link.space_id, during=window)}
    return Standing(
        {
            each.key: Date(each.booking.ref, each.when, each.state, _is_gone(rows.get(number)))
            for number, each in dates.items()
        },
        events(queries.external.all_of_link(session, link.id)),
        {each.id: _quarrel(each, dates, window) for each in queries.external.open_conflicts(session, link.id)},
    )


def _is_gone(row: PushItem | None) -> bool:
    return row is not None and row.state is PushState.GONE


def events(rows: Iterable[ExternalEvent]) -> dict[EventKey, Event]:
    """Return outside events as they are kept, the pieces of each together."""
    found: dict[EventKey, Event] = {}
    for row in rows:
        key = (row.uid, row.original_start)
        known = found.get(key)
        if known is None:
            found[key] = Event(row.when, row.blocks, row.remote_id)
            continue
        start, end = min(row.starts_at, known.when.start), max(row.ends_at, known.when.end)
        found[key] = Event(Interval(start, end), row.blocks or known.blocks, row.remote_id)
    return found


def _quarrel(conflict: Conflict, dates: Mapping[int, Occurrence], window: Interval) -> Quarrel:
    ours = _interval(conflict.ours_starts_at, conflict.ours_ends_at)
    theirs = _interval(conflict.theirs_starts_at, conflict.theirs_ends_at)
    date = dates.get(conflict.occurrence_id or 0)
    return Quarrel(
        ours or theirs or window,
        date.booking.ref if date else "",
        conflict.remote_id,
        conflict.detail,
        date.key if date else "",
        conflict.decision,
    )


def _interval(start: datetime | None, end: datetime | None) -> Interval | None:
    return Interval(start, end) if start is not None and end is not None else None


# ------------------------------------------------------------------------------------------ differences


@dataclass(frozen=True, slots=True)
class Line:
    """A finding, and the key of the occurrence that it is about; empty if it is about none."""

    key: str
    finding: Finding


def write(row: PushItem, job: Job) -> Line:
    """Return the line about something that would be written to the calendar."""
    when, kind, words = job.when, Kind.CREATE, "The booking would be written into the calendar."
    if job.op is PushOp.DELETE:
        kind, words = Kind.CANCEL, "The entry of a booking that does not stand any more would be deleted."
        when = row.sent_when or when
    elif job.op is PushOp.UPDATE:
        what = "time" if EventField.TIME in job.fields else "text"
        kind, words = Kind.CHANGE, f"The entry of the booking would be given its {what} anew."
    return Line(row.occurrence.key, Finding(kind, Side.OUTLOOK, when, words, job.booking_ref))


def differences(before: Standing, after: Standing, written: Iterable[Line]) -> tuple[Finding, ...]:
    """Return one line for each booking and each outside event that differs: of several the weightiest."""
    quarrels = [each for number, each in after.conflicts.items() if before.conflicts.get(number) != each]
    told: dict[str, Finding] = {}
    alone: list[Finding] = []
    for line in (*_dates(before.dates, after.dates), *map(_conflict, quarrels), *written):
        if not line.key:
            alone.append(line.finding)
        elif line.key not in told or _weight(line.finding) < _weight(told[line.key]):
            told[line.key] = line.finding
    quarrelling = frozenset(each.remote_id for each in quarrels if each.remote_id)
    return (*told.values(), *alone, *of_events(before.events, after.events, quarrelling))


def _weight(finding: Finding) -> int:
    return _WEIGHT.index(finding.kind)


def _dates(before: Mapping[str, Date], after: Mapping[str, Date]) -> Iterator[Line]:
    for key, now in after.items():
        then = before.get(key)
        if then is None:
            continue
        if then.state in HOLDING and now.state not in HOLDING:
            words = _DELETED if now.gone_there else _LOST.get(now.state, "The booking would be let go.")
            yield Line(key, Finding(Kind.CANCEL, Side.HERE, then.when, words, now.ref))
        elif then.when != now.when:
            words = "The booking would move to this time, as its entry was moved in Outlook."
            yield Line(key, Finding(Kind.CHANGE, Side.HERE, now.when, words, now.ref, before=then.when))
        elif (then.state, now.state) == (OccurrenceState.HELD, OccurrenceState.CONFIRMED):
            words = "The booking would be confirmed: its entry stands in the calendar."
            yield Line(key, Finding(Kind.CHANGE, Side.HERE, now.when, words, now.ref))


def _conflict(quarrel: Quarrel) -> Line:
    decided = " The profile decides for ours, and theirs would be declined." if quarrel.decision == _OURS else ""
    finding = Finding(Kind.CONFLICT, Side.HERE, quarrel.when, quarrel.words + decided, quarrel.ref)
    return Line(quarrel.key, finding)


def of_events(
    before: Mapping[EventKey, Event], after: Mapping[EventKey, Event], quarrelling: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """Yield what outside events would take and let go; those in a conflict are told of there."""
    for key in dict.fromkeys((*before, *after)):
        then, now = before.get(key), after.get(key)
        blocked, blocks = then is not None and then.blocks, now is not None and now.blocks
        if now is not None and now.remote_id in quarrelling:
            continue
        if now is not None and blocks and not blocked:
            yield Finding(Kind.BLOCK, Side.HERE, now.when, "An event in Outlook would take this time.")
        elif then is not None and blocked and not blocks:
            words = "This time would be free again: the event in Outlook that took it is gone, or shows as free."
            yield Finding(Kind.FREE, Side.HERE, then.when, words)
        elif then is not None and now is not None and blocks and then.when != now.when:
            words = "An event in Outlook would take this time, and no longer another one."
            yield Finding(Kind.CHANGE, Side.HERE, now.when, words, before=then.when)
