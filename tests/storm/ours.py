"""What people do on our side: book, change, cancel, at once, twice, and while the process dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import PushState
from booking.services import bookings
from booking.services.bookings import Change, Wish
from booking.services.people import Patron
from booking.store.database import reading, transaction
from booking.store.models import Booking, Occurrence
from booking.sync.front import Front
from tests.storm.strikes import Crash
from tests.storm.throws import CHANGE, Acts, Throw
from tests.storm.visits import VISITS

_OPEN = {PushState.DIRTY, PushState.INTENT, PushState.UNKNOWN, PushState.WRITTEN}
ADA = Patron("Ada", "Lovelace", "ada@example.org")


class Ours(Acts):
    """Somebody who books."""

    def _wish(self, throw: Throw, *times: Interval) -> Wish:
        return Wish(self.world.spaces[throw.pick % 2], times or (throw.when,), ADA)

    def place(self, throw: Throw) -> None:
        """Book, as a page does."""
        with self.under(throw.weather()):
            Front(self.world.engine).place(self._wish(throw), actor=NOBODY, now=self.world.clock.now)

    def place_series(self, throw: Throw) -> None:
        """Book three days at the same hour."""
        when, day = throw.when, timedelta(days=1)
        times = [Interval(when.start + number * day, when.end + number * day) for number in range(3)]
        with self.under(throw.weather(share=0)):
            Front(self.world.engine).place(self._wish(throw, *times), actor=NOBODY, now=self.world.clock.now)

    def place_and_die(self, throw: Throw) -> None:
        """Book, and die before anybody hears of it."""
        with self.under(throw.weather()), transaction() as session:
            bookings.place(session, self._wish(throw), actor=NOBODY, now=self.world.clock.now)
            VISITS.note(2)
        self.world.die()

    def place_and_die_first(self, throw: Throw) -> None:
        """Book, and die before it is committed: then nothing was booked."""
        before = self._count()
        with self.under(throw.weather()):
            self._place_and_die(throw)
        assert self._count() == before

    def _place_and_die(self, throw: Throw) -> None:
        with transaction() as session:
            bookings.place(session, self._wish(throw), actor=NOBODY, now=self.world.clock.now)
            VISITS.note(1)
            raise Crash

    def race(self, throw: Throw) -> None:
        """Two ask for one slot at once: one gets it at most."""

        def ask(_: int) -> bool:
            with self.world.app.app_context():
                try:
                    with transaction() as session:
                        bookings.place(session, self._wish(throw), actor=NOBODY, now=self.world.clock.now)
                except Refused:
                    return False
                return True

        with ThreadPoolExecutor(2) as pool:
            got = list(pool.map(ask, range(2)))
        assert sum(got) <= 1
        VISITS.note(18)

    def move(self, throw: Throw) -> None:
        """Move one date."""
        found = self.standing(throw)
        if found is not None:
            with self.under(throw.weather()):
                self._change(found, Change(when={found.key: throw.when}))
                self.world.memory.moved[found.key] += 1  # it goes back where its calendar turns out to be taken
                if (found.starts_at < CHANGE) != (throw.when.start < CHANGE):
                    VISITS.note(24)
                if self._dates(found) > 1:
                    VISITS.note(27)

    def move_space(self, throw: Throw) -> None:
        """Move one date to the other space, whatever is under way."""
        found = self.standing(throw)
        if found is None:
            return
        other = self.world.spaces[1 if found.space_id == self.world.spaces[0] else 0]
        is_open = any(
            row.occurrence_id == found.id and row.state in _OPEN
            for row in self.world.rows(*(each.id for each in self.world.links()))
        )
        with self.under(throw.weather()):
            self._change(found, Change(space={found.key: other}))
            if is_open:
                VISITS.note(26)

    def rename(self, throw: Throw) -> None:
        """Give a booking another title."""
        found = self.standing(throw)
        if found is not None:
            with self.under(throw.weather()):
                self._change(found, Change(title=f"Title {throw.seed}"))

    def cancel(self, throw: Throw) -> None:
        """Cancel a booking, or one date of it."""
        found = self.standing(throw)
        if found is None:
            return
        keys = frozenset({found.key}) if throw.seed % 2 else None
        with self.under(throw.weather()):
            Front(self.world.engine).cancel(self._ref(found), keys=keys, actor=NOBODY, now=self.world.clock.now)
            if keys and self._dates(found) > 1:
                VISITS.note(27)

    def _change(self, found: Occurrence, change: Change) -> None:
        Front(self.world.engine).change(self._ref(found), change, actor=NOBODY, now=self.world.clock.now)

    def _ref(self, found: Occurrence) -> str:
        with reading() as session:
            return session.scalars(select(Booking.ref).where(Booking.id == found.booking_id)).one()

    def _dates(self, found: Occurrence) -> int:
        with reading() as session:
            query = select(func.count()).where(Occurrence.booking_id == found.booking_id)
            return session.scalars(query).one()

    def _count(self) -> int:
        with reading() as session:
            return session.scalars(select(func.count()).select_from(Booking)).one()
