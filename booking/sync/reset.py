"""Reset: a pairing forgets which entry is whose and finds them all again, by their stamps.

Bookings and entries stay as they are: nothing is written to the calendar and nothing is cancelled by it. What is
not found again keeps what was known of it, and goes the way of everything that a calendar does not show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from booking.connectors.port import ConnectorError, RemoteEvent
from booking.domain import permissions
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Actor, Permission
from booking.domain.states import Channel, LinkState, PushState
from booking.services import audit
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import CalendarLink, PushItem
from booking.store.queries.links import WORKING, LinkRow
from booking.sync import applying, claims, judging, pull, reconciling
from booking.sync.calls import NotNow
from booking.sync.claims import Claim
from booking.sync.engine import Engine
from booking.sync.readings import Fate, Reading
from booking.sync.reconciling import Report

_BUSY = "Something is being written to this calendar just now. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reset would do: how much it forgets and looks for again."""

    link_id: int
    mailbox: str
    entries: int  # of our bookings
    events: int  # of others

    @property
    def words(self) -> str:
        """Return it for staff."""
        return (
            f"Forgets which entries of {self.mailbox} belong to which of {self.entries} bookings, reads the whole "
            f"calendar, and finds them again by their stamps; {self.events} entries of other people are read afresh. "
            "No booking is changed and nothing is written to Outlook."
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a reset did. `not_found` are references of bookings whose entries bear no stamp of theirs any more."""

    forgotten: int
    found: int
    same: int  # of those found, under the id that was known before
    not_found: tuple[str, ...]
    report: Report | None


def preview(session: Session, link_id: int, *, now: datetime) -> Plan:
    """Return what a reset would do.

    Raises:
        NotFound: there is no such pairing.
    """
    link = queries.links.row(session, link_id)
    if link is None:
        raise NotFound(what="pairing")
    coming = [row for row in _at_rest(session, link_id) if row.occurrence.ends_at > now]
    return Plan(link_id, link.mailbox, len(coming), len(queries.external.all_of_link(session, link_id)))


def _unwatched(_: int) -> None:
    """Nobody wants to know how far it is."""


def reset(
    engine: Engine, link_id: int, *, actor: Actor, now: datetime, tell: Callable[[int], None] = _unwatched
) -> Result:
    """Forget and find again, and compare both sides afterwards.

    Nobody writes to the calendar meanwhile. The calendar is read first, so that nothing is forgotten that cannot be
    looked for. `tell` is given the number of the step that begins: 2 finding, 3 comparing.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
        NotPossible: the calendar could not be read, or is being written to; then nothing was forgotten.
    """
    with reading() as session:
        to_reset(session, link_id, actor)
    claim = claims.take(engine, link_id)
    if claim is None:
        raise NotPossible(_BUSY)
    try:
        result = _found_again(engine, claim, tell, actor=actor, now=now)
    except claims.Lost:
        raise NotPossible(_BUSY) from None
    finally:
        claims.let_go(claim)
    tell(3)
    report = reconciling.reconcile(engine, link_id)
    engine.bell.ring(link_id)
    return Result(result.forgotten, result.found, result.same, result.not_found, report)


def to_change(session: Session, link_id: int, actor: Actor) -> LinkRow:
    """Return the pairing, if the actor may pair its space.

    Raises:
        Forbidden: they may not.
        NotFound: there is no such pairing.
    """
    link = queries.links.row(session, link_id)
    if link is None:
        raise NotFound(what="pairing")
    space = queries.places.space(session, link.space_id)
    if space is None:
        raise NotFound(what="space")
    permissions.require(actor, Permission.PAIR_SPACES, on=space.scope)
    return link


def to_reset(session: Session, link_id: int, actor: Actor) -> LinkRow:
    """Return the pairing, if the actor may reset it and its calendar is read at all.

    Raises:
        Forbidden, NotFound: as `to_change`.
        NotPossible: its calendar is not read now, or staff must first say something else.
    """
    link = to_change(session, link_id, actor)
    if link.state not in WORKING:
        raise NotPossible("Resume this pairing first; its calendar is not read now.")
    if link.state is LinkState.FROZEN:
        raise NotPossible("Say first whether what vanished from this calendar is truly gone.")
    return link


def _found_again(engine: Engine, claim: Claim, tell: Callable[[int], None], *, actor: Actor, now: datetime) -> Result:
    with reading() as session:
        link = queries.links.row(session, claim.link_id)
    if link is None:
        raise NotFound(what="pairing")
    seen = _look(engine, link)
    tell(2)
    with transaction() as session:
        queries.places.lock_space(session, link.space_id)
        locked = claims.held(session, engine, claim)
        result = _exchange(session, locked, seen)
        what = f"Pairing {link.id}"
        audit.note(
            session, "link.reset", actor=actor, channel=Channel.STAFF, now=now, subject=what, detail=link.mailbox
        )
    if applying.apply(engine, seen).fate is not Fate.APPLIED:
        raise NotPossible(_BUSY)
    return result


def _look(engine: Engine, link: LinkRow) -> Reading:
    try:
        return pull.look_at(engine, link, pull.full_window(engine, link), full=True)
    except (ConnectorError, NotNow) as failure:
        raise NotPossible(f"The calendar could not be read, so nothing was forgotten: {failure}") from failure


def _exchange(session: Session, link: CalendarLink, seen: Reading) -> Result:
    """Give each row the entry that bears its stamp, whatever was noted before."""
    stamped = _by_stamp(seen, install_id=queries.connections.install_id(session))
    rows = [row for row in _at_rest(session, link.id) if row.occurrence.ends_at > seen.read_at]
    found, same, not_found = 0, 0, []
    for row in rows:
        events = stamped.get((row.occurrence.key, row.generation), [])
        event = next((each for each in events if each.ref.id == row.remote_id), next(iter(events), None))
        if event is None:
            not_found.append(row.occurrence.booking.ref)
            continue
        found += 1
        same += event.ref.id == row.remote_id
        row.remote_id, row.remote_etag = event.ref.id, ""  # an unknown state: the next look compares it in full
        row.remote_uid = event.ref.uid or row.remote_uid
    link.near_digest = link.far_digest = link.rest_digest = ""
    link.reconciled_at = None
    return Result(len(rows), found, same, tuple(not_found), None)


def _by_stamp(seen: Reading, *, install_id: str) -> dict[tuple[str, int], list[RemoteEvent]]:
    stamped: dict[tuple[str, int], list[RemoteEvent]] = {}
    for event in seen.events:
        if event.stamp and event.stamp.install_id == install_id and not judging.is_copy(event):
            stamped.setdefault((event.stamp.key, event.stamp.generation), []).append(event)
    return stamped


def _at_rest(session: Session, link_id: int) -> list[PushItem]:
    """Return the rows that nothing is under way for: what is, knows its entry best itself."""
    rows = queries.push.all_of_link(session, link_id)
    return [row for row in rows if row.state is PushState.CLEAN and row.want_present]
