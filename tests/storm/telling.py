"""How the world looks when something is wrong: for whoever has to find out why."""

from collections.abc import Iterator

from sqlalchemy import select

from booking.domain.intervals import Interval
from booking.store.database import Session, reading
from booking.store.models import Booking, Conflict, ExternalEvent, Occurrence, OutboxMessage, PushItem, SyncError
from tests.storm.world import World

_LAST_ERRORS = 8


def picture(world: World) -> str:
    """Return both sides in words."""
    with reading() as session:
        lines = [
            f"now {world.clock.now}, latest {world.memory.latest}",
            *(f"link {each.id}: {each.mailbox} {each.state} {each.state_reason}" for each in world.links()),
            *_dates(session),
            *_rows(session),
            *_conflicts(session),
            *_rest(session),
        ]
    return "\n".join((*lines, *_there(world)))


def _hours(when: Interval) -> str:
    return f"{when.start:%d %H:%M} to {when.end:%d %H:%M}"


def _dates(session: Session) -> Iterator[str]:
    for date, booking in session.execute(select(Occurrence, Booking).join(Booking).order_by(Occurrence.id)):
        state = f"{date.state} ({date.held_reason})" if date.held_reason else date.state
        yield f"date {date.id} {date.key} of {booking.ref}, space {date.space_id}: {_hours(date.when)} {state}"


def _rows(session: Session) -> Iterator[str]:
    for row in session.scalars(select(PushItem).order_by(PushItem.id)):
        yield (
            f"row {row.id} of date {row.occurrence_id}, link {row.link_id}: {row.state} want {row.want_version} "
            f"{row.want_present} acked {row.acked_version} generation {row.generation} id {row.remote_id[-8:]} "
            f"intent {row.intent_op} next {row.next_at} put back {row.put_backs}: {row.last_error}"
        )


def _conflicts(session: Session) -> Iterator[str]:
    for each in session.scalars(select(Conflict).order_by(Conflict.id)):
        yield (
            f"conflict {each.kind} of date {each.occurrence_id}, link {each.link_id}, found {each.found_at}, "
            f"over {each.resolved_at}, decided {each.decision}, accepted {each.accepted_at}: {each.detail}"
        )


def _rest(session: Session) -> Iterator[str]:
    for event in session.scalars(select(ExternalEvent).order_by(ExternalEvent.id)):
        gone = f" gone {event.gone_at}" if event.gone_at else ""
        yield f"outside on link {event.link_id}: {_hours(event.when)} {event.busy} id {event.remote_id[-8:]}{gone}"
    for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
        yield f"told {message.kind}: date {message.occurrence_id} of booking {message.booking_id}"
    for error in session.scalars(select(SyncError).order_by(SyncError.id.desc()).limit(_LAST_ERRORS)):
        yield f"error {error.at} {error.operation} {error.kind} {error.message}"


def _there(world: World) -> Iterator[str]:
    for room in world.mailboxes():
        for thing in world.far.things(room):
            words = f"{' copied' if thing.copied else ''}{' recurring' if thing.recurring else ''}"
            yield f"there in {room}: {_hours(thing.when)} {thing.mark[-40:]} {thing.id[-8:]}{words}"
