"""What staff see before they pair, pair again, disconnect or import: with the same functions that then do it."""

from dataclasses import dataclass
from datetime import datetime

from booking.connectors.places import RemoteMailbox
from booking.connectors.port import ConnectorError
from booking.domain.errors import NotFound
from booking.domain.intervals import Interval
from booking.domain.permissions import Actor
from booking.domain.states import Authority, LinkState, PushState
from booking.services import pairings
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.models import CalendarLink, ExternalEvent, PushItem
from booking.store.queries.links import LinkRow
from booking.sync import mailboxes, pull, rehearsal
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.findings import SpaceRehearsal
from booking.sync.mailboxes import Tried
from booking.sync.trials import Step

__all__ = [
    "Entry", "ImportPlan", "Leaving", "LeavingProgress", "Pairing", "Taken", "importing", "leaving",
    "leaving_progress", "pairing",
]  # fmt: skip

_UNDER_WAY = frozenset({PushState.INTENT, PushState.UNKNOWN, PushState.WRITTEN})
_TAKEN = "somebody else's entry stands there"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of ours in a calendar, or a booking that would be written there."""

    ref: str
    when: Interval
    obstacle: str = ""  # why it would not be written


@dataclass(frozen=True, slots=True)
class Taken:
    """A time that an event in Outlook takes of the space."""

    when: Interval
    private: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a pairing leaves when it ends: our entries that are still to come, and the times that others' take."""

    mailbox: str
    entries: tuple[Entry, ...]
    blocks: tuple[Taken, ...]
    waiting: int  # bookings that wait to be written there, and will not be
    under_way: int  # requests that are under way just now: they are brought to their end first


@dataclass(frozen=True, slots=True)
class Pairing:
    """What pairing a space with a mailbox would do. `rehearsal` is empty when a step failed."""

    steps: tuple[Step, ...]
    mailbox: str = ""
    again: bool = False  # it is paired with that mailbox already
    rehearsal: SpaceRehearsal | None = None
    leaves: Leaving | None = None  # what becomes of the mailbox that it is paired with now


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would write, and what stands in the way of what it would not, as far as is known here."""

    bookings: tuple[Entry, ...]

    @property
    def writable(self) -> tuple[Entry, ...]:
        """Return what would be written."""
        return tuple(each for each in self.bookings if not each.obstacle)

    @property
    def blocked(self) -> tuple[Entry, ...]:
        """Return what would not."""
        return tuple(each for each in self.bookings if each.obstacle)


# -------------------------------------------------------------------------- what a pairing leaves


def leaving(session: Session, link_id: int, *, now: datetime) -> Leaving:
    """Return what a pairing leaves when it ends now.

    Raises:
        NotFound: there is no such pairing.
    """
    link = queries.links.row(session, link_id)
    if link is None:
        raise NotFound(what="pairing")
    every = queries.push.all_of_link(session, link_id)
    rows = [row for row in every if _stands(row, now)]
    events = [each for each in queries.external.all_of_link(session, link_id) if each.blocks and each.ends_at > now]
    return Leaving(
        link.mailbox,
        tuple(Entry(row.occurrence.booking.ref, row.occurrence.when) for row in sorted(rows, key=_start)),
        tuple(Taken(each.when, each.private) for each in sorted(events, key=_begin)),
        sum(row.state is PushState.DIRTY and row.want_present and not row.remote_id for row in every),
        sum(row.state in _UNDER_WAY for row in every),
    )


@dataclass(frozen=True, slots=True)
class LeavingProgress:
    """How far a pairing on its way out is: `done` of `total` writes have settled."""

    done: int
    total: int


def leaving_progress(session: Session, link: LinkRow) -> LeavingProgress:
    """Return how far a pairing on its way out is."""
    rows = queries.push.all_of_link(session, link.id)
    done = sum(row.gone_at is not None and row.gone_at >= link.state_since for row in rows)
    return LeavingProgress(done, done + queries.push.still_open(session, link.id))


def _stands(row: PushItem, now: datetime) -> bool:
    return bool(row.remote_id) and row.state is not PushState.GONE and row.occurrence.ends_at > now


def _start(row: PushItem) -> datetime:
    return row.occurrence.starts_at


def _begin(event: ExternalEvent) -> datetime:
    return event.starts_at


# ----------------------------------------------------------------------------- what an import writes


def importing(session: Session, link_id: int, *, now: datetime) -> ImportPlan:
    """Return what an import would write, each booking held against what the last reading showed.

    Raises:
        NotFound: there is no such pairing.
    """
    link = queries.links.model(session, link_id)
    if link is None:
        raise NotFound(what="pairing")
    theirs = [each.when for each in queries.external.all_of_link(session, link_id) if each.blocks]
    return ImportPlan(
        tuple(
            Entry(each.booking.ref, each.when, _TAKEN if any(each.when.overlaps(one) for one in theirs) else "")
            for each in queries.push.unwritten(session, link, now=now)
        )
    )


# ------------------------------------------------------------------------- what a pairing brings


def pairing(engine: Engine, *, space_id: int, address: str, actor: Actor, now: datetime) -> Pairing:
    """Return what pairing a space with a mailbox would do, its first reading and an import included.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such space.
        NotPossible: its location has no connection, or the space is still leaving another mailbox.
    """
    found = mailboxes.tried(engine, space_id=space_id, address=address, actor=actor, now=now)
    if found.mailbox is None:
        return Pairing(found.steps)
    current = found.current
    if current is not None and current.mailbox == found.mailbox.address:
        seen = rehearsal.room(engine, current, importing=True)
        return Pairing(found.steps, current.mailbox, again=True, rehearsal=seen)
    leaves = None
    if current is not None:
        with reading() as session:
            leaves = leaving(session, current.id, now=now)
    seen = _first_sync(engine, found, found.mailbox, space_id=space_id, now=now)
    return Pairing(found.steps, found.mailbox.address, rehearsal=seen, leaves=leaves)


def _first_sync(
    engine: Engine, found: Tried, mailbox: RemoteMailbox, *, space_id: int, now: datetime
) -> SpaceRehearsal:
    """Rehearse what the first reading and an import would do, on a pairing that is never kept."""

    def paired(session: Session) -> LinkRow:
        return _on_stage(session, found, mailbox, space_id=space_id, now=now)

    link = rehearsal.undone(paired)
    looking = engine.looking()
    try:
        seen = pull.look_at(looking, link, pull.full_window(looking, link), full=True)
    except (ConnectorError, NotNow) as failure:
        return rehearsal.unread(rehearsal.blank(link), str(failure))
    return rehearsal.undone(lambda session: rehearsal.on_stage(engine, session, seen, paired(session), importing=True))


def _on_stage(session: Session, found: Tried, mailbox: RemoteMailbox, *, space_id: int, now: datetime) -> LinkRow:
    """Pair a space as `links.pair` does, its old pairing ended before."""
    queries.places.lock_space(session, space_id)
    if found.current is not None:
        old = queries.links.lock(session, found.current.id)
        pairings.leave(session, old, leave_entries=False, now=now)
        old.state = LinkState.ENDED
        session.flush()
    made = CalendarLink(
        space_id=space_id,
        connection_id=found.connection_id,
        mailbox=mailbox.address,
        mailbox_name=mailbox.name[:200],
        authority=Authority.SHARED,
        state=LinkState.ACTIVE,
        state_since=now,
        created_at=now,
    )
    session.add(made)
    session.flush()
    row = queries.links.row(session, made.id)
    if row is None:
        raise NotFound(what="pairing")
    return row
