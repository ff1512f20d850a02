"""T3: both sides of a room compared entry by entry and brought into step, with a report of what was found.

Every room nightly, each at a time of its own; and after a reset, after a guard, and when a room thaws.
"""

import json
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from booking.connectors.port import ConnectorError
from booking.domain.states import LinkState, Tier
from booking.services import calendars, profiles
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.database import reading as reading_session
from booking.store.models import CalendarLink, SyncRun
from booking.store.queries.links import LinkRow
from booking.sync import apart, comparing, pull
from booking.sync.calls import NotNow
from booking.sync.comparing import Compared, Difference, What
from booking.sync.engine import Engine
from booking.sync.readings import Fate, Reading

log = logging.getLogger(__name__)

#: Rooms compared in one run of the task, so that a thousand of them never go in one go.
_AT_ONCE = 20
#: The night begins at one, by the clock on the room's wall; each room has its own moment within four hours.
_NIGHT = time(1)
_JITTER = timedelta(hours=4)
#: Lines in a report; what is more is only counted.
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One difference in a report. `repaired`: the sides agree now, or what will make them agree is on its way."""

    what: What
    words: str
    ref: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What comparing both sides of a room found. Never a title."""

    link_id: int
    started_at: datetime
    ended_at: datetime
    outcome: str  # "done", "dropped" (written to meanwhile: it comes again), "failed"
    bookings: int = 0
    events: int = 0
    found: int = 0
    repaired: int = 0
    left: int = 0
    lines: tuple[Line, ...] = ()
    problem: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many differences of each kind there were."""
        return dict(Counter(line.what.value for line in self.lines))


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A stored report, and whose it is."""

    run_id: int
    space_name: str
    mailbox: str
    report: Report


def due(engine: Engine) -> int:
    """Compare the rooms whose time has come; return how many there were."""
    now = engine.now()
    with reading_session() as session:
        links = queries.links.readable(session, now=now)
    wanted = [link.id for link in links if is_due(engine, link, now)][:_AT_ONCE]
    apart.each(wanted, partial(reconcile, engine))
    return len(wanted)


def is_due(engine: Engine, link: LinkRow, now: datetime) -> bool:
    """Tell whether a room is to be compared: at night, when it was never, and when its calendar is well again."""
    if link.read_at is None or link.state is not LinkState.ACTIVE:
        return False
    last = link.reconciled_at
    if last is None or last > now or last < link.state_since <= now:
        return True
    if link.first_written_at is not None and last < link.first_written_at <= now:  # the first sync is done: is it so?
        return True
    return now - last >= engine.timing.reconcile_every / 2 and last < _latest_night(engine, link, now)


def _latest_night(engine: Engine, link: LinkRow, now: datetime) -> datetime:
    """Return the last moment at which this room was to be compared."""
    zone = ZoneInfo(link.zone)
    # A room's own moment is the same each night, and that of the next room is far from it.
    jitter = timedelta(seconds=link.id * 2654435761 % _JITTER.total_seconds())
    today = datetime.combine(now.astimezone(zone).date(), _NIGHT, zone) + jitter
    return today if today <= now else today - engine.timing.reconcile_every


def reconcile(engine: Engine, link_id: int) -> Report | None:
    """Compare both sides of a room, repair what differs, and keep the report; None for a room that is not read now.

    A failure is remembered and never raised: the report says so.
    """
    begun = engine.now()
    seen: list[Reading] = []

    def look(link: LinkRow) -> Reading:
        seen[:] = [pull.look_at(engine, link, pull.full_window(engine, link), full=True)]
        with reading_session() as session:
            before[:] = [_compare(session, seen[0], begun)]
        return seen[0]

    before: list[Compared] = []
    try:
        applied = pull.until_applied(engine, link_id, look)
    except (ConnectorError, NotNow) as failure:
        pull.failed(engine, link_id, failure, operation="reconcile")
        return _kept(Report(link_id, begun, engine.now(), "failed", problem=str(failure)))
    if applied.fate is Fate.IDLE:
        return None
    if applied.fate is Fate.DROPPED:
        return _kept(Report(link_id, begun, engine.now(), "dropped", problem="The room was written to meanwhile."))
    report = _repaired(engine, link_id, seen[0], before[0], begun=begun)
    engine.bell.ring(link_id)
    return report


def _compare(session: Session, reading: Reading, now: datetime) -> Compared:
    return comparing.compare(session, reading, install_id=queries.connections.install_id(session), now=now)


def _repaired(engine: Engine, link_id: int, reading: Reading, before: Compared, *, begun: datetime) -> Report:
    """Repair what taking the reading in left as it was, and keep the report of it all."""
    now = engine.now()
    with transaction() as session:
        queries.places.lock_space(session, reading.link.space_id)
        link = queries.links.lock(session, link_id)
        _make_due(session, link, now=now)
        session.flush()
        after = _compare(session, reading, now)
        link.reconciled_at = now
        report = _report(link_id, before, after, began=begun, ended=now)
        _keep(session, report)
    log.info("link %s: %s differences, %s repaired", link_id, report.found, report.repaired, extra={"link": link_id})
    return report


def _make_due(session: Session, link: CalendarLink, *, now: datetime) -> None:
    """Have written what should stand there and is not on its way."""
    if not profiles.effective(session, link.space_id).writes:
        return
    for occurrence in queries.reconciling.forgotten(session, link.id, now=now):
        session.add(calendars.new_row(session, occurrence, link, now=now))
    for row in queries.reconciling.without_entry(session, link.id, now=now):
        calendars.make_due(row)


def _report(link_id: int, before: Compared, after: Compared, *, began: datetime, ended: datetime) -> Report:
    left = set(after.differences)
    found = list(dict.fromkeys((*before.differences, *after.differences)))
    repaired = sum(each not in left for each in found)
    return Report(
        link_id,
        began,
        ended,
        "done",
        bookings=before.bookings,
        events=before.events,
        found=len(found),
        repaired=repaired,
        left=len(found) - repaired,
        lines=tuple(_line(each, repaired=each not in left) for each in found[:_MOST_LINES]),
    )


def _line(difference: Difference, *, repaired: bool) -> Line:
    return Line(difference.what, difference.words, difference.ref, repaired)


# ------------------------------------------------------------------------------------------ kept reports


def _kept(report: Report) -> Report:
    with transaction() as session:
        _keep(session, report)
    return report


def _keep(session: Session, report: Report) -> None:
    told = {
        "bookings": report.bookings,
        "events": report.events,
        "found": report.found,
        "repaired": report.repaired,
        "left": report.left,
        "problem": report.problem,
        "lines": [[line.what, line.words, line.ref, line.repaired] for line in report.lines],
    }
    session.add(
        SyncRun(
            link_id=report.link_id,
            tier=Tier.T3,
            kind="reconcile",
            started_at=report.started_at,
            ended_at=report.ended_at,
            outcome=report.outcome,
            report=json.dumps(told),
        )
    )


def reports(session: Session, link_id: int | None = None, *, at_most: int = 50) -> tuple[ReportRow, ...]:
    """Return the last reports, of one pairing or of all, newest first."""
    rows = queries.runs.reconciled(session, link_id=link_id, at_most=at_most)
    return tuple(ReportRow(each.run.id, each.space_name, each.mailbox, _read(each.run)) for each in rows)


def _read(run: SyncRun) -> Report:
    told = json.loads(run.report)
    return Report(
        link_id=run.link_id or 0,
        started_at=run.started_at,
        ended_at=run.ended_at or run.started_at,
        outcome=run.outcome,
        bookings=told["bookings"],
        events=told["events"],
        found=told["found"],
        repaired=told["repaired"],
        left=told["left"],
        problem=told["problem"],
        lines=tuple(Line(What(what), words, ref, repaired) for what, words, ref, repaired in told["lines"]),
    )
