"""What pages and programs call to book, change and cancel: the rules, the calendar and the wait in one place."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.connectors.port import ConnectorError
from booking.domain.availability import Freshness, beside, unsure_times
from booking.domain.errors import NotCertain, NotFound
from booking.domain.intervals import Interval
from booking.domain.permissions import Actor
from booking.domain.states import BookingState, Channel
from booking.services import bookings, places, profiles
from booking.services.bookings import Change, Wish
from booking.services.retiring import RetirePlan
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.bookings import BookingRow
from booking.store.queries.folders import FolderRow
from booking.store.queries.links import LinkRow
from booking.sync import folder_reading, pull
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.readings import Fate

_LOOK_EVERY = 0.05
#: What is known to stand around a time shows whether a listing of it is true.
_AROUND = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Placed:
    """A booking that stands. `held` while its room's calendar has not agreed yet."""

    ref: str
    secret: str
    held: bool


class Front:
    """The way in. Each call owns its transactions; none is open while a server is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def place(self, wish: Wish, *, actor: Actor, now: datetime, channel: Channel = Channel.WEB) -> Placed:
        """Book, and wait a moment for the room's calendar.

        Raises:
            Refused: the first reason why not; NotCertain if the calendar could not be asked.
        """
        self._be_certain(wish.space_id, wish.times, now=now)
        with transaction() as session:
            booking = bookings.place(session, wish, actor=actor, now=now, channel=channel)
            ref, secret, held = booking.ref, booking.secret, booking.state is BookingState.HELD
        return Placed(ref, secret, self._after(ref, held=held))

    def change(
        self, ref: str, change: Change, *, actor: Actor, now: datetime, channel: Channel = Channel.WEB
    ) -> Placed:
        """Change a booking, and wait a moment for its rooms' calendars: the one it leaves, and the one it goes to.

        Raises:
            Refused: the first reason why not; nothing is changed then.
        """
        found = self._found(ref)
        for each in found.occurrences:
            when, space_id = change.when.get(each.key, each.when), change.space.get(each.key, each.space.id)
            if (when, space_id) != (each.when, each.space.id):
                self._be_certain(space_id, (when,), now=now)
        with transaction() as session:
            booking = bookings.change(session, found.id, change, actor=actor, now=now, channel=channel)
            ref, secret, held = booking.ref, booking.secret, booking.state is BookingState.HELD
        return Placed(ref, secret, self._after(ref, held=held))

    def cancel(
        self,
        ref: str,
        *,
        keys: frozenset[str] | None = None,
        actor: Actor,
        now: datetime,
        channel: Channel = Channel.WEB,
    ) -> None:
        """Cancel a booking or some of its dates, and wait a moment for the room's calendar.

        Raises:
            Refused: the first reason why not.
        """
        found = self._found(ref)
        with transaction() as session:
            bookings.cancel(session, found.id, keys=keys, actor=actor, now=now, channel=channel)
        self._after(found.ref, held=False)

    def retire_space(self, space_id: int, plan: RetirePlan, *, actor: Actor, now: datetime) -> None:
        """Take a space out of use; the dates still to come are cancelled or moved as planned, its pairing leaves.

        Raises:
            Refused: the first reason why not; nothing is changed then.
        """
        with reading() as session:
            coming = queries.bookings.coming(session, space_id, now=now)
        for each in coming:
            if (goal := plan.moves.get(each.key)) is not None:
                self._be_certain(goal, (each.when,), now=now)
        with transaction() as session:
            places.retire_space(session, space_id, actor=actor, now=now, plan=plan)
            links = queries.links.ids_of_spaces(session, {space_id, *plan.moves.values()})
        self._engine.bell.ring(*links)

    def _found(self, ref: str) -> BookingRow:
        with reading() as session:
            found = queries.bookings.by_ref(session, ref)
        if found is None:
            raise NotFound(what="booking")
        return found

    # ---------------------------------------------------------------- certain that it is free

    def _be_certain(self, space_id: int, times: Iterable[Interval], *, now: datetime) -> None:
        """Read the room's calendar, and folders that block it, where what we know is too old or ends too early."""
        with reading() as session:
            link = queries.links.row_of_space(session, space_id)
            folders = queries.folders.of_space(session, space_id)
            if link is None and not folders:
                return
            profile = profiles.effective(session, space_id)
        if not profile.reads:
            return
        for when in times:
            if not self._is_known(link, when, now) and not profile.hold_when_unknown:
                raise NotCertain(wished=when)
            if not self._are_known(folders, when, now):  # no calendar would find out later, so nothing can be held
                raise NotCertain(wished=when)

    def _is_known(self, link: LinkRow | None, when: Interval, now: datetime) -> bool:
        if link is None:
            return True
        unsure = unsure_times(_freshness(link), when, now=now, cadence=self._engine.timing.cadence)
        return not unsure or self._read(link, when)

    def _are_known(self, folders: Iterable[FolderRow], when: Interval, now: datetime) -> bool:
        """Read the folders that block the space too, where what we know of them is too old, or ends too early."""
        for each in folders:
            known = beside(None, read_at=each.read_at, read_until=each.read_until)
            unsure = unsure_times(known, when, now=now, cadence=self._engine.timing.cadence)
            if unsure and not folder_reading.read_now(self._engine, each.id, until=when.end):
                return False
        return True

    def _read(self, link: LinkRow, when: Interval) -> bool:
        """Tell whether the calendar could be read for that time; then what it showed is stored."""
        try:
            around = when.padded(before=_AROUND, after=_AROUND)
            return pull.read_part(self._engine, link.id, around).fate is Fate.APPLIED
        except (ConnectorError, NotNow):
            return False

    # ---------------------------------------------------------------- the short wait

    def _after(self, ref: str, *, held: bool) -> bool:
        """Wake the push pool, wait for what comes of it, and tell whether the booking is still held, if it was."""
        with reading() as session:
            links = queries.push.links_of_booking(session, ref, now=self._engine.now())
        if not links:
            return held
        self._engine.bell.ring(*links)
        if self._engine.bell.heard or self._engine.elsewhere():
            self._wait(ref)
        return self._found(ref).state is BookingState.HELD

    def _wait(self, ref: str) -> None:
        """Watch the rows until nothing is under way, or the time is up. The request to the server is not cut short."""
        deadline = time.monotonic() + self._engine.timing.wait.total_seconds()
        while time.monotonic() < deadline:
            with reading() as session:
                if not queries.push.waits_for_calendar(session, ref):
                    return
            time.sleep(_LOOK_EVERY)


def _freshness(link: LinkRow) -> Freshness:
    return Freshness(
        state=link.state,
        near_read_at=link.near_read_at,
        far_read_at=link.far_read_at,
        read_at=link.read_at,
        read_until=link.read_until,
        watched_at=link.watched_at,
    )
