"""One room rehearsed: what is read is taken in, and what would be written is prepared, in a transaction never kept.

The very functions that sync runs decide, so that a rehearsal cannot differ from what follows it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from booking.connectors.port import ConnectorError
from booking.domain.states import LinkState, PushOp, PushState
from booking.services import calendars, profiles
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.database import reading as reading_session
from booking.store.models import CalendarLink, PushItem
from booking.store.queries.links import WORKING, LinkRow
from booking.sync import applying, contrasting, jobs, obstacles, pull, stops
from booking.sync.calls import NotNow
from booking.sync.contrasting import Line
from booking.sync.engine import Engine
from booking.sync.findings import MOST_LINES, Finding, Kind, Side, SpaceRehearsal, added
from booking.sync.jobs import Job, Todo
from booking.sync.readings import Reading

Answer = TypeVar("Answer")

_OPEN_INTENT = frozenset({PushState.INTENT, PushState.UNKNOWN, PushState.WRITTEN})
_NOT_LOOKED_AT: Mapping[LinkState, str] = {
    LinkState.PAUSED: "This pairing is paused: nothing is read and nothing is written until it is resumed.",
    LinkState.LEAVING: "This pairing is on its way out: its calendar is not read any more.",
    LinkState.ENDED: "This pairing has been ended.",
}
_SWITCHED_OFF = "The sync profile that applies here is not active: nothing is read and nothing is written."
_ALARM = (
    "It holds an entry of ours that this database cannot know, as after a restore: all writing would stop until an "
    "administrator says which server this is."
)


class _NeverKept(Exception, Generic[Answer]):
    """Rolls a rehearsal back, and carries what it found out of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def undone(do: Callable[[Session], Answer]) -> Answer:
    """Return what `do` finds in a transaction with every lock and check of a real one, of which nothing is kept."""

    def rehearsed() -> None:
        with transaction() as session:
            raise _NeverKept(do(session))

    try:
        rehearsed()
    except _NeverKept as end:
        answer: Answer = end.answer
        return answer
    raise AssertionError


def room(engine: Engine, link: LinkRow, *, importing: bool = False) -> SpaceRehearsal:
    """Return what sync would do in a room now; with `importing` after an import of all that is booked.

    What stands in the way of reading it is said as its problem, and remembered nowhere.
    """
    with reading_session() as session:
        active = profiles.effective(session, link.space_id).active
    if link.state not in WORKING or not active:
        return unread(blank(link), _NOT_LOOKED_AT.get(link.state, _SWITCHED_OFF))
    looking = engine.looking()
    try:
        seen = pull.look_at(looking, link, pull.full_window(looking, link), full=True)
    except (ConnectorError, NotNow) as failure:
        return unread(blank(link), str(failure))
    return undone(lambda session: on_stage(engine, session, seen, link, importing=importing))


def blank(link: LinkRow) -> SpaceRehearsal:
    """Return what stands for a room before anything is found."""
    return SpaceRehearsal(
        link.id, link.space_id, link.space_name, link.space_slug, link.location_name, link.zone, link.mailbox
    )


def unread(room: SpaceRehearsal, problem: str) -> SpaceRehearsal:
    """Return the room as one that could not be looked at."""
    return replace(room, problem=problem)


def on_stage(engine: Engine, session: Session, seen: Reading, row: LinkRow, *, importing: bool) -> SpaceRehearsal:
    """Take a reading in on that link and prepare every write; return what that changed."""
    queries.places.lock_space(session, row.space_id)
    link = queries.links.lock(session, row.id)
    seen = replace(seen, link=row)
    scene = _Scene(engine, session, link, seen, engine.now())
    before = contrasting.of(session, link, seen.window)
    if importing:
        scene.have_all_written()
    alarmed, strays = scene.take_in()
    written = () if alarmed else tuple(scene.write())
    session.flush()
    after = contrasting.of(session, link, seen.window)
    found = contrasting.differences(before, after, written) + strays
    listed = sorted(found, key=lambda each: (each.when.start, each.kind))
    return replace(
        blank(row),
        findings=tuple(listed[:MOST_LINES]),
        counts=added({each.kind: 1} for each in listed),
        items=len(seen.events),
        ours=sum(each.stamp is not None and each.stamp.install_id == scene.install_id for each in seen.events),
        to_import=len(queries.push.unwritten(session, link, now=scene.now)),
        under_way=sum(row.state in _OPEN_INTENT for row in queries.push.all_of_link(session, link.id)),
        standing_conflicts=len(before.conflicts.keys() & after.conflicts.keys()),
        warnings=tuple(_warnings(link, seen, alarmed=alarmed)),
    )


def _warnings(link: CalendarLink, seen: Reading, *, alarmed: bool) -> Iterable[str]:
    if alarmed:
        yield _ALARM
    if seen.too_many or seen.uncertain:
        yield link.state_reason


@dataclass(frozen=True, slots=True)
class _Scene:
    engine: Engine
    session: Session
    link: CalendarLink
    seen: Reading
    now: datetime

    @property
    def install_id(self) -> str:
        return queries.connections.install_id(self.session)

    def have_all_written(self) -> None:
        """Do as an import does."""
        for each in queries.push.unwritten(self.session, self.link, now=self.now):
            self.session.add(calendars.new_row(self.session, each, self.link, now=self.now))
        self.session.flush()

    def take_in(self) -> tuple[bool, tuple[Finding, ...]]:
        """Take the reading in; return whether it alarms, and the entries of ours that would be deleted."""
        taken = applying.rehearse(self.session, self.engine, self.link, self.seen)
        if taken.alarmed:
            return True, ()
        shown = {event.ref.id: event.when for event in self.seen.events}
        words = "An entry of ours that should not stand there would be deleted."
        return False, tuple(
            Finding(Kind.CANCEL, Side.OUTLOOK, shown[ref.id], words) for ref in taken.strays if ref.id in shown
        )

    def write(self) -> Iterable[Line]:
        """Yield what would be written, after each look at what stands in the way."""
        profile = profiles.effective(self.session, self.link.space_id)
        if not stops.may_write(self.session, self.link):
            return
        for row in queries.push.all_of_link(self.session, self.link.id):
            if row.state is not PushState.DIRTY or self._needs_no_call(row):
                continue
            if row.want_present and not profile.writes:
                continue
            job = jobs.job(self.engine, row, self.link, profile, todo=Todo.SEND, install_id=self.install_id)
            if (job.fields or job.op is not PushOp.UPDATE) and not self._is_blocked(row, job):
                yield contrasting.write(row, job)

    def _needs_no_call(self, row: PushItem) -> bool:
        """Tell whether such a row is settled without asking the server, as `push.pick` does."""
        if row.remote_id:
            return False
        return not row.want_present or row.occurrence.ends_at <= self.now

    def _is_blocked(self, row: PushItem, job: Job) -> bool:
        if not job.moves or job.op is PushOp.DELETE:
            return False
        seen = [event for event in self.seen.events if event.when.overlaps(job.when)]
        return obstacles.block(self.session, self.link, row, job, seen, now=self.now)
