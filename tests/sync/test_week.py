"""A room's week in Outlook and on our page, compared minute by minute after a hundred random actions on both sides.

Each seed lives in a week in which clocks change, in one of four zones, north and south of the equator.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.sandbox.exchange.outlook.edits import CrossesNeighbour
from booking.sandbox.exchange.seen import SeenItem
from booking.services.bookings import Change
from booking.store.database import reading, transaction
from booking.store.models import Booking, Category, Conflict, Occurrence
from booking.store.queries.grid import GridRow
from booking.sync import worker
from tests import build
from tests.sync.beside import ROOM, Beside, beside

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ACTIONS = 100
_DAY, _STEP, _MINUTE = timedelta(days=1), timedelta(minutes=15), timedelta(minutes=1)
#: Mondays of weeks in which clocks go forward or back.
WEEKS = (
    ("Europe/London", date(2026, 10, 19)),
    ("Europe/London", date(2027, 3, 22)),
    ("America/New_York", date(2026, 10, 26)),
    ("America/New_York", date(2027, 3, 8)),
    ("Australia/Sydney", date(2026, 9, 28)),
    ("Australia/Sydney", date(2027, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 19)),
)
COLLEAGUE = "ann@library.example"
_BUSY = ("Busy", "Busy", "Busy", "Tentative", "Free", "OOF", "WorkingElsewhere")


class Week:
    """One seed's week: what people do in it, at random, and what both sides show of it."""

    def __init__(self, room: Beside, seed: int, zone: str, monday: date) -> None:
        self.room, self.zone, self.monday = room, zone, monday
        self.random = Random(seed)
        self.begin, self.end = (self._midnight(monday + number * _DAY) for number in (0, 7))
        self.done: dict[str, int] = {}

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    # ---------------------------------------------------------------- what people do

    def act(self) -> None:
        """Do one thing, on either side; what the rules refuse counts as done."""
        doings: Sequence[tuple[Callable[[], None], int]] = (
            (self.book, 22), (self.move_ours, 8), (self.cancel_ours, 8), (self.meet, 18), (self.meet_all_day, 5),
            (self.meet_for_days, 3), (self.repeat, 5), (self.invite, 4), (self.move_theirs, 10),
            (self.delete_theirs, 9), (self.edit_theirs, 8),
        )  # fmt: skip
        doing = self.random.choices([each for each, _ in doings], [weight for _, weight in doings])[0]
        with suppress(Refused, CrossesNeighbour):
            doing()
            self.done[doing.__name__] = self.done.get(doing.__name__, 0) + 1

    def book(self) -> None:
        self.room.front.place(self.room.wish(self._time()), actor=NOBODY, now=self.room.clock.now)

    def move_ours(self) -> None:
        if found := self._one_of_ours():
            change = Change(when={found.key: self._time()})
            self.room.front.change(found.booking.ref, change, actor=NOBODY, now=self.room.clock.now)

    def cancel_ours(self) -> None:
        if found := self._one_of_ours():
            self.room.front.cancel(found.booking.ref, actor=NOBODY, now=self.room.clock.now)

    def meet(self) -> None:
        self.room.meet(self._time(), busy=self._busy(), private=self._perhaps(0.2), zone=self.zone)

    def meet_all_day(self) -> None:
        self.room.meet(self._days(1), all_day=True, busy=self._busy(), zone=self.zone)

    def meet_for_days(self) -> None:
        """Over midnight, or over days: whole ones or not."""
        whole = self._perhaps(0.5)
        when = self._days(self.random.randint(2, 3))
        if not whole:
            when = Interval(when.start + 22 * timedelta(hours=1), when.end - 15 * timedelta(hours=1))
        self.room.meet(when, all_day=whole, busy=self._busy(), zone=self.zone)

    def repeat(self) -> None:
        """Begin a series, some of them before the week, some without end."""
        daily = self._perhaps(0.4)
        first = self._time(earliest=-6)
        days = self.random.randint(2, 8) if daily else self.random.choice((7, 14, 400))
        until = None if self._perhaps(0.15) else first.start.date() + days * _DAY
        self.room.meet(first, repeat="daily" if daily else "weekly", until=until, busy=self._busy(), zone=self.zone)

    def invite(self) -> None:
        """Invite the room from a colleague's calendar; or cancel such a meeting."""
        theirs = self.room.sandbox.items(COLLEAGUE)
        if theirs and self._perhaps(0.4):
            self.room.sandbox.delete(COLLEAGUE, self.random.choice(theirs).id)
            return
        when = self._time()
        self.room.sandbox.invite(
            COLLEAGUE, rooms=[ROOM], subject="Choir", start=when.start, end=when.end, zone=self.zone
        )

    def move_theirs(self) -> None:
        """Move anything in Outlook, ours too: one date of a series, or the whole series."""
        if found := self._one_of_theirs():
            start = self._time().start
            if found.kind in {"Occurrence", "Exception"}:  # a date of a series must not pass its neighbours
                start = found.start + self.random.randint(-8, 8) * _STEP
            self.room.sandbox.move(ROOM, found.id, start, start + min(found.end - found.start, _DAY))

    def delete_theirs(self) -> None:
        if found := self._one_of_theirs():
            self.room.sandbox.delete(ROOM, found.id)

    def edit_theirs(self) -> None:
        if found := self._one_of_theirs():
            change = self.random.choice(("busy", "private", "subject", "location"))
            values = {"busy": self._busy(), "private": not found.private, "subject": "Other words", "location": "Attic"}
            self.room.sandbox.edit(ROOM, found.id, **{change: values[change]})

    def _one_of_ours(self) -> Occurrence | None:
        query = select(Occurrence).where(Occurrence.holds.is_(True)).order_by(Occurrence.id)
        with reading() as session:
            found = list(session.scalars(query.options(joinedload(Occurrence.booking))))
        return self.random.choice(found) if found else None

    def _one_of_theirs(self) -> SeenItem | None:
        """Return an entry that Outlook shows in the week; now and then a whole series instead of one of its dates."""
        dates = self.room.sandbox.shown(ROOM, self.begin, self.end)
        series = [each for each in self.room.sandbox.items(ROOM) if each.kind == "RecurringMaster"]
        if series and self._perhaps(0.15):
            return self.random.choice(series)
        return self.random.choice(dates) if dates else None

    def _time(self, *, earliest: int = 0) -> Interval:
        """A time of fifteen minutes to four hours; often in the nights and mornings when clocks change."""
        day = self.random.choice((*range(earliest, 7), 6, 6))
        start = self._midnight(self.monday + day * _DAY) + self.random.randrange(92) * _STEP
        return Interval(start, start + self.random.choice((1, 2, 4, 4, 6, 8, 16)) * _STEP)

    def _days(self, number: int) -> Interval:
        first = self.monday + self.random.randrange(-1, 7) * _DAY
        return Interval(self._midnight(first), self._midnight(first + number * _DAY))

    def _busy(self) -> str:
        return self.random.choice(_BUSY)

    def _perhaps(self, share: float) -> bool:
        return self.random.random() < share

    # ---------------------------------------------------------------- what is seen

    def settle(self) -> None:
        """Let all that runs by itself run until nothing is left; staff cancel ours where the sides quarrel."""
        for _ in range(3):
            self.room.pass_time(minutes=2)
        with reading() as session:
            query = (
                select(Booking.ref)
                .join(Occurrence, Occurrence.booking_id == Booking.id)
                .join(Conflict, Conflict.occurrence_id == Occurrence.id)
                .where(Conflict.resolved_at.is_(None), Occurrence.holds.is_(True))
            )
            quarrels = set(session.scalars(query))
        for ref in quarrels:
            self.room.front.cancel(ref, actor=build.ADMINISTRATOR, now=self.room.clock.now)
        for _ in range(2):
            self.room.pass_time(minutes=2)

    def outlook(self) -> list[str]:
        """Return each minute of the week that Outlook shows as taken."""
        shown = self.room.sandbox.shown(ROOM, self.begin, self.end)
        return self._minutes(Interval(each.start, each.end) for each in shown if _takes_the_room(each))

    def site(self) -> list[str]:
        """Return each minute of the week that our page shows as taken."""
        return self._minutes(mark.when for row in self._rows() for mark in row.marks)

    def not_free(self) -> list[str]:
        """Return each minute of the week that our page does not offer."""
        free = set(self._minutes(run for row in self._rows() for run in row.free_runs))
        return [each for each in self._minutes([Interval(self.begin, self.end)]) if each not in free]

    def _rows(self) -> list[GridRow]:
        days = (self.room.grid(self.monday + number * _DAY) for number in range(7))
        return [row for day in days for group in day.groups for row in group.rows]

    def _minutes(self, times: Iterable[Interval]) -> list[str]:
        week = Interval(self.begin, self.end)
        parts = [part for part in (each.clipped(week) for each in times) if part is not None]
        taken = {part.start + number * _MINUTE for part in parts for number in range(part.length // _MINUTE)}
        return [f"{each:%a %d %H:%M}" for each in sorted({each.astimezone(UTC) for each in taken})]


def _takes_the_room(item: SeenItem) -> bool:
    return not item.cancelled and (item.private or item.busy not in {"Free", "Tentative"})


class TestAWeek:
    @pytest.mark.parametrize("seed", range(20))
    def test_is_the_same_in_outlook_and_on_our_page(self, stored: Flask, tmp_path: Path, seed: int) -> None:
        """Points 24 and 27."""
        zone, monday = WEEKS[seed % len(WEEKS)]
        friday = datetime.combine(monday - 3 * _DAY, time(8), UTC)
        with stored.app_context(), beside(tmp_path, now=friday, zone=zone) as room:
            room.sandbox.add_user(COLLEAGUE, "Ann Lee")
            with transaction() as session:
                kind = session.scalars(select(Category)).one()
                kind.step_minutes = kind.shortest_minutes = 5
                kind.longest_minutes = 24 * 60
            week = Week(room, seed, zone, monday)

            for number in range(ACTIONS):
                week.act()
                room.clock.turn(seconds=20)
                worker.push_due(room.engine)
                if number % 20 == 19:
                    room.work()
            week.settle()

            assert week.site() == week.outlook()
            assert week.not_free() == week.outlook()
            assert len(week.outlook()) > 60
            assert sum(week.done.values()) > ACTIONS / 2
