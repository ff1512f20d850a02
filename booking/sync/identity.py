"""Which of two copies is the server: what was found, and what follows from either answer.

An installation knows itself by an id that lies in its database and in its folder, and stands in every entry it
writes. Whoever restores a backup or clones a server ends up with two that bear one id: then all writes wait until
an administrator says "this is the server" or "this is a copy".
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from booking.domain import permissions, states
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.states import Channel, LinkState
from booking.services import audit, bookings, installation, profiles
from booking.store import queries
from booking.store.database import Session, server_now, transaction
from booking.store.models import CalendarLink, PushItem
from booking.store.queries.identity import Extent, StoppedConnection, Strange
from booking.sync import rows
from booking.sync.engine import Engine

_BECOMING = "This installation is being made a copy of its own. Until that is done, nothing is written to calendars."

_GONE = (
    "Bookings whose entries are no longer there are treated as deleted in Outlook, with the usual care: if many are "
    "gone from one room, nothing is cancelled before somebody has looked."
)


@dataclass(frozen=True, slots=True)
class IdentityStatus:
    """Whether calendars are written to; if not, why, since when, what was found, and what either answer would do."""

    install_id: str
    stopped: str  # why the whole installation is stopped; empty: it is not
    since: datetime | None
    connections: tuple[StoppedConnection, ...]  # stopped by the restore guard
    rooms: tuple[Strange, ...]
    if_server: tuple[str, ...]
    if_copy: tuple[str, ...]

    @property
    def writes_go(self) -> bool:
        """Tell whether nothing waits for a decision."""
        return not self.stopped and not self.connections

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why nothing is written, each reason once."""
        found = [self.stopped, *(each.reason for each in self.connections)]
        return tuple(dict.fromkeys(reason for reason in found if reason))

    @property
    def unknown(self) -> int:
        """Return how many entries of ours the database does not know."""
        return sum(each.unknown for each in self.rooms)

    @property
    def newer(self) -> int:
        """Return how many bookings have an entry that is newer than the database."""
        return sum(each.newer for each in self.rooms)


def status(session: Session, *, now: datetime | None = None) -> IdentityStatus:
    """Return how this installation stands to its calendars, with both answers previewed in words.

    Without `now` the database's own clock says what is still to come.
    """
    found = queries.installation.the_one(session)
    connections = queries.identity.stopped_connections(session)
    rooms = queries.identity.strange(session)
    sinces = [found.stopped_since, *(each.since for each in rooms)]
    return IdentityStatus(
        install_id=found.install_id,
        stopped=found.stopped,
        since=min((each for each in sinces if each), default=None) if found.stopped or connections else None,
        connections=connections,
        rooms=rooms,
        if_server=_if_server(rooms),
        if_copy=_if_copy(queries.identity.extent(session, now=now or server_now(session))),
    )


# ------------------------------------------------------------------------------------- "this is the server"


def this_is_the_server(engine: Engine, *, actor: Actor, now: datetime, folder: Path | None = None) -> None:
    """Go on as the server: each room that was stopped is read whole first, and taken as it stands there.

    Args:
        engine: of this process.
        actor: who decides.
        now: the present moment.
        folder: of this machine; it is told the database's id, should it say another.

    Raises:
        Forbidden: only administrators decide.
    """
    permissions.require(actor, Permission.EDIT_INSTALLATION, on=INSTALLATION)
    with transaction() as session:
        found = queries.installation.to_change(session)
        stopped = tuple(each.id for each in queries.identity.stopped_connections(session))
        whole = bool(found.stopped)
        for connection_id in sorted(stopped):
            queries.connections.lock(session, connection_id).writes_stopped = ""
        links = queries.identity.live_links(session, connection_ids=None if whole else stopped)
        for link_id, _ in links:
            _recover(session, queries.links.lock(session, link_id), now=now)
        reason, found.stopped, found.stopped_since = found.stopped, "", None
        _note(session, "identity.server", actor, now, f"{len(links)} pairings are read afresh. {reason}".strip())
        install_id = found.install_id
    if folder is not None:
        installation.keep(folder, install_id)
    for link_id, _ in links:
        engine.bell.ring(link_id)


def _recover(session: Session, link: CalendarLink, *, now: datetime) -> None:
    """Have a room read whole before anything is written there. What is never read is not waited for."""
    if link.state is LinkState.LEAVING or not profiles.effective(session, link.space_id).active:
        return
    link.recovering = True
    link.look_at = now
    link.next_read_at = None


def _if_server(rooms: tuple[Strange, ...]) -> tuple[str, ...]:
    unknown, newer = sum(each.unknown for each in rooms), sum(each.newer for each in rooms)
    return (
        f"{_entries(unknown)} in {_rooms(sum(bool(each.unknown) for each in rooms))} that this database does not know "
        "will take the room like anybody else's. Each is shown as a conflict: delete it there, or say that it stays."
        if unknown
        else "Entries of ours that this database does not know, should any turn up, are shown to you as conflicts.",
        f"{_bookings(newer)} whose entry is newer than this database will follow it, as if it had been changed in "
        "Outlook."
        if newer
        else "Bookings whose entry turns out to be newer than this database follow it, as if changed in Outlook.",
        _GONE,
        "Every room is read whole first. Then writing goes on.",
    )


# ----------------------------------------------------------------------------------------- "this is a copy"


def this_is_a_copy(engine: Engine, folder: Path, *, actor: Actor, now: datetime) -> None:
    """Become an installation of its own: a new id, and nothing of the old one is ever touched again.

    Writing stops first, then the pairings end one by one, the folder gets the new id and at last the database: a
    crash anywhere leaves everything stopped, and the decision to be made again.

    Raises:
        Forbidden: only administrators decide.
    """
    permissions.require(actor, Permission.EDIT_INSTALLATION, on=INSTALLATION)
    with transaction() as session:
        found = queries.installation.to_change(session)
        found.stopped, found.stopped_since = found.stopped or _BECOMING, found.stopped_since or now
        queries.outbox.forget_waiting(session)  # the original tells people
        links = queries.identity.live_links(session)
    for link_id, space_id in links:
        with transaction() as session:
            queries.places.lock_space(session, space_id)
            _cut_off(session, queries.links.lock(session, link_id), now=now)
    install_id = installation.new_id()
    installation.keep(folder, install_id)
    with transaction() as session:
        found = queries.installation.to_change(session)
        for each in queries.connections.rows(session):
            connection = queries.connections.lock(session, each.id)
            connection.paused, connection.writes_stopped, connection.updated_at = True, "", now
        before, found.install_id = found.install_id, install_id
        found.stopped, found.stopped_since = "", None
        _note(session, "identity.copy", actor, now, f"{len(links)} pairings ended. It was {before} before.")
    for link_id, _ in links:
        engine.bell.ring(link_id)


def _cut_off(session: Session, link: CalendarLink, *, now: datetime) -> None:
    """End a pairing here and now, and forget where our entries stand: they belong to the other installation."""
    link.state, link.state_since = LinkState.ENDED, now
    link.state_reason = "This installation was made a copy. Its entries belong to the one it was copied from."
    link.fence += 1  # whoever still works on it finds that out, and stops
    link.claimed_by, link.claimed_until = "", None
    link.recovering, link.look_at = False, None
    session.flush()
    for row in queries.push.all_of_link(session, link.id):
        _let_go(row, now=now)
    for event in queries.external.all_of_link(session, link.id):
        event.gone_at = now
    for conflict in queries.external.open_conflicts(session, link.id):
        conflict.resolved_at = now
    session.flush()
    for row in queries.push.all_of_link(session, link.id):
        occurrence = row.occurrence
        if states.waits_for_calendar(occurrence.state, occurrence.held_reason):
            bookings.confirm(session, occurrence, now=now)  # its room has no calendar any more
    queries.outbox.forget_waiting(session)


def _let_go(row: PushItem, *, now: datetime) -> None:
    row.want_present = False
    row.remote_id = row.remote_etag = row.remote_uid = row.remote_text_hash = ""
    row.sent_starts_at = row.sent_ends_at = row.intent_op = None
    row.sent_text_hash = row.last_error = ""
    rows.gone(row, now=now)


def _if_copy(extent: Extent) -> tuple[str, ...]:
    return (
        "This installation gets an identity of its own. The one it was copied from goes on as before.",
        f"{_pairings(extent.pairings)} and nothing in the calendars is touched. {_standing(extent.entries)}",
        f"Connections are paused: {', '.join(extent.connections)}. Resume them only to test against other mailboxes."
        if extent.connections
        else "There is no connection to a calendar server that would have to be paused.",
        "All bookings stay here. Those that waited for a calendar are confirmed.",
        "Mail that waits to go out is dropped: the other installation sends it.",
        _forgotten(extent.outside),
    )


# ------------------------------------------------------------------------------------------------- words


def _entries(number: int) -> str:
    return "One entry of ours" if number == 1 else f"{number:,} entries of ours"


def _rooms(number: int) -> str:
    return "one room" if number == 1 else f"{number:,} rooms"


def _bookings(number: int) -> str:
    return "One booking" if number == 1 else f"{number:,} bookings"


def _forgotten(events: int) -> str:
    if not events:
        return "No event from Outlook takes a room here."
    if events == 1:
        return "The one event from Outlook that takes a room here is forgotten; its time is free to book."
    return f"The {events:,} events from Outlook that take rooms here are forgotten; their times are free to book."


def _pairings(number: int) -> str:
    if not number:
        return "No space is paired,"
    return "The one pairing ends," if number == 1 else f"The {number:,} pairings end,"


def _standing(number: int) -> str:
    if not number:
        return "No entry of ours is still to come there."
    if number == 1:
        return "The one entry of ours that is still to come stays there, and belongs to the other installation."
    return f"The {number:,} entries of ours that are still to come stay there, and belong to the other installation."


def _note(session: Session, what: str, actor: Actor, now: datetime, detail: str) -> None:
    audit.note(session, what, actor=actor, channel=Channel.STAFF, now=now, subject="This installation", detail=detail)
