"""Pairing a space with a mailbox, and everything that staff can do with a pairing.

A pairing's mailbox is never edited: another one means a new pairing, and the old one leaves first.
"""

from datetime import datetime

from booking.connectors.places import RemoteMailbox
from booking.connectors.port import StepResult
from booking.domain import permissions
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Actor, Permission
from booking.domain.states import Authority, Channel, LinkState
from booking.services import audit, pairings, processing
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink
from booking.store.queries.links import LinkRow
from booking.sync import leaving, mailboxes, pull, troubles
from booking.sync.conflicts import Quarrel
from booking.sync.engine import Engine
from booking.sync.trials import Outcome, Step

_ENDED = "This pairing has been ended."


def pair(
    engine: Engine,
    *,
    space_id: int,
    address: str,
    actor: Actor,
    now: datetime,
    authority: Authority | None = None,
) -> Outcome:
    """Save & Test: find the mailbox, see that it is free and that we may read and write; then pair, and read it.

    Pairing the mailbox that the space is paired with already tests it again. `authority` says who may write there;
    without it a new pairing is shared, and one that stands keeps what it has.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such space.
        NotPossible: its location has no connection, or the space is still leaving another mailbox.
    """
    found = mailboxes.tried(engine, space_id=space_id, address=address, actor=actor, now=now)
    if found.mailbox is None:
        return Outcome(found.steps, saved=False)
    current, steps = found.current, found.steps
    if current is not None and current.mailbox == found.mailbox.address:
        _again(engine, current, now=now)
        link_id = current.id
    else:
        if current is not None:
            lost = current.state is LinkState.GONE  # else the space would wait for that mailbox to come back
            disconnect(engine, current.id, leave_entries=lost, actor=actor, now=now)
        link_id = _paired(space_id, found.connection_id, found.mailbox, actor=actor, now=now)
        pull.read_link(engine, link_id)
    if found.seen is not None:
        with transaction() as session:
            processing.keep_traces(session, link_id, found.seen, actor=actor)
    if authority is not None:
        steps += _set_authority(engine, link_id, authority, actor=actor, now=now)
    return Outcome(steps, saved=True, link_id=link_id)


def _set_authority(
    engine: Engine, link_id: int, authority: Authority, *, actor: Actor, now: datetime
) -> tuple[Step, ...]:
    """Do as was chosen, or say why the room stays as it is: the pairing stands either way."""
    try:
        set_authority(engine, link_id, authority, actor=actor, now=now)
    except NotPossible as refusal:
        remedy = "It stays shared. Clear its calendar of what others entered, and mark it as exclusive then."
        return (Step("exclusive", "Only our account writes there", StepResult.WARNING, str(refusal), remedy),)
    return ()


def _again(engine: Engine, link: LinkRow, *, now: datetime) -> None:
    """A good test of a standing pairing makes up for what went wrong before."""
    with transaction() as session:
        found = queries.links.lock(session, link.id)
        if found.state in {LinkState.DEGRADED, LinkState.GONE, LinkState.AUTH_FAILED}:
            troubles.set_state(found, LinkState.ACTIVE, now=now)
        found.next_read_at = None
        found.read_failures = 0
    pull.read_link(engine, link.id)
    engine.bell.ring(link.id)


def _paired(space_id: int, connection_id: int, mailbox: RemoteMailbox, *, actor: Actor, now: datetime) -> int:
    with transaction() as session:
        space = queries.places.lock_space(session, space_id)
        standing = queries.links.of_space(session, space_id)
        if standing is not None:
            return _taken_meanwhile(standing, mailbox)
        other = queries.links.row_of_mailbox(session, mailbox.address)
        if other is not None:
            raise NotPossible(f"{mailbox.address} has just been paired with {other.space_name}, {other.location_name}.")
        link = CalendarLink(
            space_id=space_id,
            connection_id=connection_id,
            mailbox=mailbox.address,
            mailbox_name=mailbox.name[:200],
            authority=Authority.SHARED,
            state=LinkState.ACTIVE,
            state_since=now,
            look_at=now,
            created_at=now,
        )
        session.add(link)
        session.flush()
        _note(session, "link.paired", link, f"{space.name} with {mailbox.address}", actor=actor, now=now)
        return link.id


def _taken_meanwhile(standing: CalendarLink, mailbox: RemoteMailbox) -> int:
    """Return the pairing that somebody else made while we asked the server, if it is the one that was wanted.

    Raises:
        NotPossible: it is another one, or the old one still leaves.
    """
    if standing.state is LinkState.LEAVING:
        raise NotPossible("This space is still being disconnected from its old mailbox. Try again in a moment.")
    if standing.mailbox != mailbox.address:
        raise NotPossible(f"Somebody else has just paired this space with {standing.mailbox}.")
    return standing.id


# --------------------------------------------------------------------------- what staff do with a pairing


def disconnect(engine: Engine, link_id: int, *, leave_entries: bool, actor: Actor, now: datetime) -> None:
    """End a pairing: open writes settle, our entries there are deleted or left, then nothing of it is live.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
        NotPossible: it has been ended already.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        if link.state in {LinkState.LEAVING, LinkState.ENDED}:  # what becomes of its entries was said then
            raise NotPossible(_ENDED)
        pairings.leave(session, link, leave_entries=leave_entries, now=now)
        words = "entries stay there" if leave_entries else "entries are deleted"
        _note(session, "link.disconnected", link, f"{link.mailbox}: {words}", actor=actor, now=now)
    leaving.go_on(engine, link_id)


def pause(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - sync's first argument
    """Stop reading and writing a room's calendar; what is booked meanwhile waits for it.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        if link.state in {LinkState.LEAVING, LinkState.ENDED}:
            raise NotPossible(_ENDED)
        link.state, link.state_since, link.state_reason = LinkState.PAUSED, now, f"Paused by {actor.name}."
        _note(session, "link.paused", link, link.mailbox, actor=actor, now=now)


def resume(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> None:
    """Go on reading and writing a paused room: first a full read, then what waits.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        if link.state is not LinkState.PAUSED:
            return
        link.state, link.state_since, link.state_reason = LinkState.ACTIVE, now, ""
        link.look_at = now
        link.next_read_at = None
        _note(session, "link.resumed", link, link.mailbox, actor=actor, now=now)
    pull.read_link(engine, link_id)
    engine.bell.ring(link_id)


def set_authority(
    engine: Engine,  # noqa: ARG001 - sync's first argument
    link_id: int,
    authority: Authority,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Say whether people may write into a room's calendar too, or our account alone.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
        NotPossible: others' entries stand in a calendar that is said to be ours alone, its own rules let others in,
            or it was never read.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        if link.authority is authority:
            return
        if authority is Authority.EXCLUSIVE:
            _require_alone(session, link, now=now)
        link.authority = authority
        for each in queries.external.open_conflicts(session, link.id):
            if each.kind == Quarrel.NOT_EXCLUSIVE.value:
                each.resolved_at = now
        _note(session, f"link.{authority.value}", link, link.mailbox, actor=actor, now=now)


def _require_alone(session: Session, link: CalendarLink, *, now: datetime) -> None:
    if link.read_at is None:
        raise NotPossible("Its calendar was never read, so who writes into it is not known. Read it first.")
    theirs = sum(each.ends_at > now for each in queries.external.all_of_link(session, link.id))
    if theirs:
        count = "One entry" if theirs == 1 else f"{theirs} entries"
        raise NotPossible(f"{count} of other people stand in its calendar, so others may write there too.")
    alone = processing.alone(session, link)
    if alone.reasons:
        raise NotPossible(f"The mailbox's own rules let others in. {' '.join(alone.reasons)}")


def accept_vanished(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> None:
    """Staff say that what vanished from a frozen room is truly gone: read once more, and follow.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        frozen = link.state is LinkState.FROZEN
        _note(session, "link.vanished_accepted", link, link.mailbox, actor=actor, now=now)
    pull.read_link(engine, link_id, believing=frozen)
    engine.bell.ring(link_id)


def reread(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> None:
    """Read a room's calendar afresh, with all guards; one that was frozen thaws if all is there again.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        link.next_read_at = None
        _note(session, "link.reread", link, link.mailbox, actor=actor, now=now)
    pull.read_link(engine, link_id)


def retry(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> None:
    """Try at once whatever waits or was given up on a link.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
    """
    with transaction() as session:
        link = _to_change(session, link_id, actor)
        leaving.wake(session, link)
        _note(session, "link.retried", link, link.mailbox, actor=actor, now=now)
    engine.bell.ring(link_id)


def _to_change(session: Session, link_id: int, actor: Actor) -> CalendarLink:
    row = queries.links.row(session, link_id)
    if row is None:
        raise NotFound(what="pairing")
    space = queries.places.lock_space(session, row.space_id)
    permissions.require(actor, Permission.PAIR_SPACES, on=queries.places.space_row(space).scope)
    return queries.links.lock(session, link_id)


def _note(session: Session, what: str, link: CalendarLink, detail: str, *, actor: Actor, now: datetime) -> None:
    audit.note(session, what, actor=actor, channel=Channel.STAFF, now=now, subject=f"Pairing {link.id}", detail=detail)
