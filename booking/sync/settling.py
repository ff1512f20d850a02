"""Settling conflicts: what staff chose is done in one transaction; what their server must do is asked for after it.

A decision that needs their server stays an open conflict until a reading shows the result. So an answer that is
lost, or a process that dies, loses nothing: `clearing` goes on with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from booking import services
from booking.domain import permissions
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Actor, Permission
from booking.domain.states import Channel, PushState
from booking.services import audit, calendars, moves
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Booking, Conflict, Occurrence, PushItem
from booking.store.queries.conflicts import ConflictRow
from booking.sync import clearing, edits
from booking.sync.choices import Chosen, Option, Options, options
from booking.sync.conflicts import ABOUT_OUR_ENTRY, ABOUT_TIME, Choice, Quarrel
from booking.sync.engine import Engine

__all__ = ["Choice", "Chosen", "Option", "Options", "Settled", "options", "settle"]

_AGAIN = "Look at it again and decide then. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a decision, in words for whoever made it. `open`: the conflict stays until the calendar follows."""

    words: str
    open: bool = False


def settle(engine: Engine, conflict_id: int, choice: Chosen, *, actor: Actor, now: datetime) -> Settled:
    """Do what staff chose about a conflict.

    Raises:
        Refused: Forbidden, NotFound; NotPossible when it was settled or changed meanwhile; Taken or Closed when the
            time that was chosen cannot be had any more. Nothing is changed then.
    """
    with transaction() as session:
        case = _locked(session, conflict_id, choice, actor=actor, now=now)
        settled = _way(case.row)[choice.choice](case)
        session.flush()
        audit.note(
            session,
            "conflict.settled",
            actor=actor,
            channel=Channel.STAFF,
            now=now,
            booking=session.get(Booking, case.row.ours.booking_id) if case.row.ours else None,
            subject=f"Conflict {conflict_id}, {case.row.space_name}"[:200],
            detail=settled.words,
        )
    engine.bell.ring(case.row.link_id)
    if not settled.open:
        return settled
    answer = clearing.clear(engine, conflict_id)
    with reading() as session:
        left = queries.conflicts.row(session, conflict_id)
    is_open = left is not None and left.resolved_at is None
    return Settled(f"{settled.words} {answer}".strip(), open=is_open)


@dataclass(slots=True)
class _Case:
    """A conflict with its spaces locked, as it is about to be settled."""

    session: Session
    row: ConflictRow
    conflict: Conflict
    chosen: Chosen
    actor: Actor
    now: datetime

    def close(self) -> None:
        self._decide()
        self.conflict.resolved_at = self.now

    def keep_open(self) -> None:
        self._decide()
        self.conflict.tried_at, self.conflict.answer = None, ""

    def _decide(self) -> None:
        self.conflict.decision = self.chosen.choice.value
        self.conflict.decided_by = self.actor.name[:200]

    def close_all(self) -> None:
        """Close it, and whatever else is open about the time of the same date."""
        self.close()
        for each in queries.external.open_conflicts(self.session, self.row.link_id):
            if each.occurrence_id == self.conflict.occurrence_id and each.kind in ABOUT_TIME:
                each.resolved_at = self.now

    @property
    def occurrence(self) -> Occurrence:
        found = self.session.get(Occurrence, self.conflict.occurrence_id) if self.conflict.occurrence_id else None
        if found is None:
            raise NotPossible(f"There is no booking behind this conflict. {_AGAIN}")
        return found

    def push_row(self) -> PushItem | None:
        """Return the row of our entry, its link locked."""
        queries.links.lock(self.session, self.row.link_id)
        rows = queries.push.of_occurrence(self.session, self.occurrence.id)
        return next((each for each in rows if each.link_id == self.row.link_id), None)


def _locked(session: Session, conflict_id: int, chosen: Chosen, *, actor: Actor, now: datetime) -> _Case:
    """Lock all spaces that it is about, and return the conflict as it stands then, if it is still as it was shown."""
    row = queries.conflicts.row(session, conflict_id)
    if row is None:
        raise NotFound(what="conflict")
    permissions.require(actor, Permission.CANCEL_BOOKINGS, on=row.scope)
    into = {row.space_id} | ({chosen.space_id} if chosen.space_id is not None else set())
    if row.ours is not None:
        moves.lock(session, row.ours.booking_id, into)
    else:
        queries.places.lock_spaces(session, into)
    conflict = queries.conflicts.for_change(session, conflict_id)
    row = queries.conflicts.row(session, conflict_id)
    if conflict is None or row is None:
        raise NotFound(what="conflict")
    _require_as_shown(session, row, chosen, now=now)
    return _Case(session, row, conflict, chosen, actor, now)


def _require_as_shown(session: Session, row: ConflictRow, chosen: Chosen, *, now: datetime) -> None:
    if row.resolved_at is not None:
        who = f"{row.decided_by} has settled this conflict already" if row.decided_by else "This conflict is over"
        raise NotPossible(f"{who}. Nothing was changed.")
    if chosen.stand and chosen.stand != row.stand:
        who = f"{row.decided_by} decided about this conflict" if row.decided_by else "This conflict has changed"
        raise NotPossible(f"{who} after you opened it. {_AGAIN}")
    offered = options(session, row.id, now)
    if chosen.choice not in {each.chosen.choice for each in offered.options} and chosen.choice is not Choice.MOVE:
        raise NotPossible(offered.note or f"That cannot be done about this conflict. {_AGAIN}")


# ------------------------------------------------------------------- two who want one room at one time


def _ours_stays(case: _Case) -> Settled:
    case.keep_open()
    item = case.push_row()
    if item is not None and item.state is PushState.CONFLICT:
        calendars.make_due(item)
    return Settled("Our booking stays.", open=True)


def _ours_gives_way(case: _Case) -> Settled:
    why = "somebody else's entry in the room's calendar was given the time"
    services.bookings.give_way(
        case.session, case.occurrence, actor=case.actor, channel=Channel.STAFF, now=case.now, why=why
    )
    case.close_all()
    who = case.row.ours.patron_name if case.row.ours else "The patron"
    return Settled(f"Our booking was cancelled. {who} is told, with other times.")


def _both_stay(case: _Case) -> Settled:
    case.close()
    item = case.push_row()
    if item is not None and item.state is PushState.CONFLICT:
        calendars.make_due(item)
    return Settled("Both stay. This is not shown again while both times stay as they are.")


def _ours_moves(case: _Case) -> Settled:
    ours, when, space_id = case.row.ours, case.chosen.when, case.chosen.space_id
    if ours is None or when is None or space_id is None:
        raise NotPossible(f"Choose the time to which it moves. {_AGAIN}")
    change = services.bookings.Change(
        when={ours.key: when}, space={ours.key: space_id} if space_id != ours.space_id else {}
    )
    services.bookings.change(
        case.session, ours.booking_id, change, actor=case.actor, now=case.now, channel=Channel.STAFF
    )
    case.close_all()
    return Settled(f"Our booking was moved. {ours.patron_name} is told the new time.")


# ----------------------------------------------------------------------------------- our own entry


def _put_back(case: _Case) -> Settled:
    item = case.push_row()
    if item is None:
        raise NotPossible(f"Nothing of this booking is to stand in that calendar. {_AGAIN}")
    item.put_backs = 0
    if case.row.theirs.when is None:  # it was deleted: written as a new entry
        item.want_version += 1
        calendars.begin_anew(item, now=case.now)
    elif item.remote_id == case.conflict.remote_id:
        item.remote_etag = case.conflict.remote_etag  # over just that state of it: a later edit is judged anew
        edits.put_back(item, now=case.now)
    else:
        return _replace(case, item)
    case.close()
    return Settled("Our entry is being put back.")


def _replace(case: _Case, item: PushItem) -> Settled:
    """Write our entry anew, and have removed what somebody made of it: a series cannot be made single again."""
    case.keep_open()
    case.conflict.kind = Quarrel.UNREMOVABLE.value
    case.conflict.detail = "What was made of this booking's entry in Outlook is being removed."
    item.want_version += 1
    calendars.begin_anew(item, now=case.now)
    return Settled("Our entry is being written anew.", open=True)


def _follow(case: _Case) -> Settled:
    ours, theirs = case.row.ours, case.row.theirs.when
    if ours is None or theirs is None or theirs == ours.when:
        return _follow_end(case)
    occurrence = case.occurrence
    for block in queries.conflicts.blocks_of(case.session, case.row.link_id, case.row.remote_id):
        block.gone_at = case.now  # until now our own entry took that time like anybody else's
    case.session.flush()
    services.bookings.follow_move(case.session, occurrence, theirs, now=case.now)
    item = case.push_row()
    if item is not None and item.remote_id == case.conflict.remote_id:
        item.remote_etag = case.conflict.remote_etag
        item.sent_starts_at, item.sent_ends_at = theirs.start, theirs.end
        item.put_backs = 0
    case.close_all()
    return Settled(f"Our booking took the time in Outlook. {ours.patron_name} is told.")


def _follow_end(case: _Case) -> Settled:
    if case.row.theirs.when is None:
        services.bookings.follow_cancel(case.session, case.occurrence, now=case.now)
    else:
        why = "its entry was changed in the room's calendar"
        services.bookings.give_way(
            case.session, case.occurrence, actor=case.actor, channel=Channel.STAFF, now=case.now, why=why
        )
    case.close_all()
    who = case.row.ours.patron_name if case.row.ours else "The patron"
    return Settled(f"Our booking was cancelled. {who} is told.")


# --------------------------------------------------------------------- an entry that should not be there


def _clear_away(case: _Case) -> Settled:
    case.keep_open()
    return Settled("The entry is to be deleted.", open=True)


def _let_stand(case: _Case) -> Settled:
    case.close()
    return Settled("The entry stays, and takes the room.")


_Way = Mapping[Choice, Callable[[_Case], Settled]]
_TIME: _Way = {
    Choice.OURS: _ours_stays,
    Choice.THEIRS: _ours_gives_way,
    Choice.BOTH: _both_stay,
    Choice.MOVE: _ours_moves,
}
_ENTRY: _Way = {Choice.OURS: _put_back, Choice.THEIRS: _follow}
_ANOTHER: _Way = {Choice.OURS: _clear_away, Choice.BOTH: _let_stand}


def _way(row: ConflictRow) -> _Way:
    if row.kind in ABOUT_TIME:
        return _TIME
    return _ENTRY if row.kind in ABOUT_OUR_ENTRY else _ANOTHER
