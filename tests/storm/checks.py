"""What must hold: at every moment of the storm, and when it is over."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from booking.connectors.port import RemoteEvent
from booking.domain.intervals import Interval
from booking.domain.states import Channel, OccurrenceState, PushState
from booking.store import queries
from booking.store.database import reading
from booking.store.models import (
    CalendarLink,
    Conflict,
    ExternalEvent,
    Installation,
    Occurrence,
    OutboxMessage,
    PushItem,
)
from booking.sync import calls
from tests.storm.far import Thing
from tests.storm.world import World

_RESTING = {PushState.CLEAN, PushState.GONE, PushState.CONFLICT, PushState.DEAD}


def always(world: World) -> None:
    """Check what holds at every moment."""
    dates = world.occurrences()
    _no_two_in_one_space(dates)
    _cancelled_only_by_people(world, dates)
    _nothing_freed_that_stands(world)


def _no_two_in_one_space(all_dates: list[Occurrence]) -> None:
    by_space: dict[int, list[Occurrence]] = defaultdict(list)
    for each in all_dates:
        if each.holds:
            by_space[each.space_id].append(each)
    for dates in by_space.values():
        dates.sort(key=lambda each: each.starts_at)
        for before, after in itertools.pairwise(dates):
            assert before.ends_at <= after.starts_at, f"double booking: {before.key} and {after.key}"


def _cancelled_only_by_people(world: World, all_dates: list[Occurrence]) -> None:
    if world.memory.restored:
        return  # what we had deleted ourselves since the backup looks like somebody's delete
    for each in all_dates:
        if each.state is OccurrenceState.CANCELLED and each.cancelled_by is Channel.OUTLOOK:
            assert world.memory.deleted[each.key], f"cancelled, though nobody deleted its entry: {each.key}"


def _nothing_freed_that_stands(world: World) -> None:
    """An outside event that truly stands in a calendar is never let go of, whatever a listing showed."""
    live = {link.id: link.mailbox for link in world.links() if link.state not in {"leaving", "paused"}}
    read = live.keys() & world.reading_links
    with reading() as session:
        rows = [
            row
            for row in session.scalars(select(ExternalEvent).where(ExternalEvent.link_id.in_(read)))
            if row.space_id not in world.memory.one_way
        ]
    kept = {(row.link_id, row.remote_id) for row in rows if row.gone_at is None}
    foreign = {
        (link_id, thing.id)
        for link_id, room in live.items()
        for thing in world.far.things(room)
        if not thing.mark and not thing.recurring
    }
    for row in rows:
        at = (row.link_id, row.remote_id)
        assert at not in foreign or at in kept or row.ends_at < world.clock.now, (
            f"freed, though it stands there: {row.when}"
        )


# --------------------------------------------------------------------------------------- when it is over


@dataclass
class Room:
    """One paired room when all is over: what stands on either side."""

    link: CalendarLink
    things: list[Thing]
    events: list[RemoteEvent]
    dates: list[Occurrence]
    kept: list[ExternalEvent]
    busy: list[Interval]


def after_all(world: World) -> None:
    """Check that both sides agree, nothing is lost, double, stranded, or unflagged, and nobody was told twice."""
    always(world)
    with reading() as session:
        install_id = session.scalars(select(Installation.install_id)).one()
        conflicts = list(session.scalars(select(Conflict).where(Conflict.resolved_at.is_(None))))
        rows = list(session.scalars(select(PushItem)))
    excused = {each.occurrence_id for each in conflicts if each.kind != "overlap"}
    flagged = {each.occurrence_id for each in conflicts}
    dates = {each.key: each for each in world.occurrences()}
    rooms = [_room(world, link) for link in world.links()]
    for room in rooms:
        _each_date_stands_there_once(world, room, install_id, excused)
        _what_blocks_there_blocks_here(world, room)
        _what_blocks_here_stands_there(world, room)
        _no_overlap_unflagged(world, room, flagged, install_id, dates)
    _nothing_left_behind(world, rooms, install_id, dates, excused)
    _all_at_rest(world, rows, excused, {each.id: each for each in dates.values()})
    _told_once(world)


def _room(world: World, link: CalendarLink) -> Room:
    window = Interval(world.memory.latest, world.horizon)
    snapshot = calls.ask(world.engine, link.connection_id, "window", lambda line: line.window(link.mailbox, window))
    with reading() as session:
        kept = list(
            session.scalars(
                select(ExternalEvent).where(ExternalEvent.link_id == link.id, ExternalEvent.gone_at.is_(None))
            )
        )
        busy = list(queries.bookings.busy(session, space_id=link.space_id, during=window))
    dates = [each for each in world.occurrences() if each.space_id == link.space_id and each.holds]
    return Room(link, world.far.things(link.mailbox), list(snapshot.events), dates, kept, busy)


def _each_date_stands_there_once(world: World, room: Room, install_id: str, excused: set[int | None]) -> None:
    for date in room.dates:
        if date.starts_at <= world.memory.latest or date.id in excused:
            continue
        mine = [each for each in room.things if each.key == date.key and each.mark.startswith(install_id)]
        own = [each for each in mine if not each.copied and not each.recurring] or mine  # those are people's doing
        assert len(own) == 1, f"{date.key} stands in the calendar {len(own)} times: {own}"
        assert own[0].when == date.when, f"{date.key} at {date.when} here, at {own[0].when} there"
        assert date.state is OccurrenceState.CONFIRMED, f"{date.key} is {date.state}, {date.held_reason}"


def _what_blocks_there_blocks_here(world: World, room: Room) -> None:
    for event in room.events:
        if event.blocks(tentative_blocks=False) and event.when.start > world.memory.latest:
            free = list(_uncovered(event.when, room.busy))
            assert not free, f"free here, though Outlook blocks {event.when}"


def _uncovered(when: Interval, busy: list[Interval]) -> Iterator[Interval]:
    start = when.start
    for taken in sorted(busy):
        if taken.end <= start or taken.start >= when.end:
            continue
        if taken.start > start:
            yield Interval(start, taken.start)
        start = max(start, taken.end)
    if start < when.end:
        yield Interval(start, when.end)


def _what_blocks_here_stands_there(world: World, room: Room) -> None:
    there = {event.ref.id for event in room.events}
    for row in room.kept:
        if row.starts_at > world.memory.latest and row.ends_at < world.horizon:
            assert row.remote_id in there, f"blocks here, though it stands nowhere: {row.when}"


def _no_overlap_unflagged(
    world: World, room: Room, flagged: set[int | None], install_id: str, dates: dict[str, Occurrence]
) -> None:
    """Somebody else's entry over a booking is known to staff, and no proper entry of ours passes for somebody's."""
    own = {row.remote_id for row in world.rows(room.link.id) if row.remote_id and row.want_present}
    for event in room.events:
        if event.ref.id in own or not event.blocks(tentative_blocks=False):
            continue
        for each in room.dates:
            if each.when.overlaps(event.when) and each.starts_at > world.memory.latest:
                assert each.id in flagged, f"nobody was told that {event.when} overlaps {each.key} at {each.when}"
    foreign = {row.remote_id for row in room.kept}
    for event in room.events:
        stamp = event.stamp
        if stamp is None or stamp.install_id != install_id or event.ref.id not in foreign & own:
            continue
        date = dates.get(stamp.key)
        proper = date is not None and date.holds and date.space_id == room.link.space_id
        assert not proper or date in flagged_dates(dates, flagged), f"our own entry of {stamp.key} taken for foreign"


def flagged_dates(dates: dict[str, Occurrence], flagged: set[int | None]) -> list[Occurrence]:
    """Return the dates about which staff are asked something."""
    return [each for each in dates.values() if each.id in flagged]


def _nothing_left_behind(
    world: World, rooms: list[Room], install_id: str, dates: dict[str, Occurrence], excused: set[int | None]
) -> None:
    """Nothing of ours stands where it should not, unless staff know, or said that it may."""
    live = {room.link.mailbox: room.link for room in rooms}
    for mailbox in world.mailboxes():
        link = live.get(mailbox)
        if mailbox in world.memory.left:
            continue
        for thing in world.far.things(mailbox):
            if (
                not thing.mark.startswith(install_id)
                or thing.copied
                or thing.recurring
                or thing.when.start <= world.memory.latest
            ):
                continue
            date = dates.get(thing.key)
            right = date is not None and date.holds and link is not None and date.space_id == link.space_id
            known = date is not None and date.id in excused
            assert right or known or date is None, f"left behind in {mailbox}: {thing}"


def _all_at_rest(world: World, rows: list[PushItem], excused: set[int | None], dates: dict[int, Occurrence]) -> None:
    live = {link.id for link in world.links()}
    for row in rows:
        date = dates[row.occurrence_id]
        if row.link_id not in live or date.ends_at <= world.clock.now:
            continue
        asked = date.id in excused and row.state is PushState.DIRTY  # rests until staff have decided
        assert row.state in _RESTING or asked, f"stranded: {row.state} of {date.key}, {row.last_error}"
        if row.state in {PushState.CONFLICT, PushState.DEAD} and date.starts_at > world.memory.latest:
            assert date.id in excused, f"stranded: {row.state} of {date.key} without a conflict, {row.last_error}"


def _told_once(world: World) -> None:
    if world.memory.restored:
        return
    dates = {each.id: each.key for each in world.occurrences()}
    with reading() as session:
        told = session.execute(
            select(OutboxMessage.kind, OutboxMessage.booking_id, OutboxMessage.occurrence_id, func.count()).group_by(
                OutboxMessage.kind, OutboxMessage.booking_id, OutboxMessage.occurrence_id
            )
        ).all()
    for kind, booking_id, occurrence_id, number in told:
        if kind == "rejected" and occurrence_id is None:
            continue  # several dates of one booking
        key = dates.get(occurrence_id or 0, "")
        most = {
            "confirmed": 1 + sum(world.memory.undone.values()),
            "rejected": 1,
            "cancelled_in_outlook": world.memory.deleted[key],
            # Whoever deletes the one that was moved, when a lost create has landed late beside it, has moved it back.
            "moved_in_outlook": world.memory.moved[key] + world.memory.deleted[key],
        }.get(kind)
        assert most is None or number <= most, f"told {number} times, {most} at most: {kind} of booking {booking_id}"
