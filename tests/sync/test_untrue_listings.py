"""A calendar server that shows what is not so, on both databases and over real HTTP.

Whatever it shows, or does not: no booking is cancelled, no time is freed, staff read what is wrong and why, and all
is well again by itself. Only what staff confirm is believed gone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking import clock, services
from booking.app import create_app
from booking.config import Settings
from booking.domain.errors import NotCertain, Taken
from booking.domain.intervals import Interval
from booking.domain.permissions import Role
from booking.domain.states import LinkState, OccurrenceState
from booking.sandbox.exchange import ExchangeSandbox
from booking.store.database import db, transaction
from booking.sync import links
from booking.sync.status import Code
from tests import build
from tests.support.pages import Visitor, words
from tests.sync.beside import ACCOUNT, PASSWORD, ROOM, Beside, beside, slug_of

#: How long the trouble lasts before anybody looks: longer than a near reading is believed.
_LASTS = timedelta(minutes=4)
_STAFF, _SECRET = "grace@example.org", "correct horse battery"
_SERIES = 5


def day_after(days: int = 1) -> date:
    return clock.now().date() + timedelta(days=days)


def at(start: float, end: float, *, days: int = 1) -> Interval:
    """Hours (UTC) of tomorrow, or of another day."""
    midnight = datetime.combine(day_after(days), time(), UTC)
    return Interval(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


BOOKED, MEETING, LATER, FREE = at(10, 11), at(13, 14), at(16, 17), at(19, 20)


@dataclass(frozen=True)
class Story:
    """The room with what stands in it, and how patrons and staff see it on their pages."""

    room: Beside
    ref: str
    patron: FlaskClient
    staff: FlaskClient

    def book(self, when: Interval) -> str:
        return self.room.place(when, email="somebody.else@example.org")

    def is_refused(self, when: Interval) -> bool:
        """Tell whether somebody else cannot book then, since it is taken or may be."""
        try:
            self.book(when)
        except (Taken, NotCertain):
            return True
        return False

    def open_times(self) -> list[Interval]:
        return self.room.free(day_after())

    def health_page(self) -> str:
        """Return what staff read on the page about sync."""
        return words(self.staff.get("/admin/sync").text)

    def day_page(self) -> str:
        """Return the room's own page of that day, as patrons get it."""
        return self.patron.get(f"/spaces/{slug_of(self.room.space_id)}?date={day_after()}").text


@pytest.fixture
def story(settings: Settings, app: Flask, tmp_path: Path) -> Iterator[Story]:
    """Give a room with a booking, a meeting and a series, all known; its clock is so far behind as trouble lasts."""
    pages = create_app(settings)  # another application than the open one: each request gets a context of its own
    begin = clock.now() - _LASTS
    with app.app_context(), beside(tmp_path / "mail", now=begin) as room:
        with transaction() as session:
            services.people.add_staff(
                session, email=_STAFF, first_name="Grace", last_name="Hopper", password=_SECRET,
                role=Role.ADMINISTRATOR, location_id=None, now=begin,
            )  # fmt: skip
        room.meet(MEETING)
        first = at(8, 9)
        room.meet(first, repeat="daily", until=day_after(_SERIES), zone="Etc/UTC")
        room.work()
        ref = room.place(BOOKED)
        assert room.date_of(ref).state is OccurrenceState.CONFIRMED
        staff = pages.test_client()
        assert Visitor(staff).signs_in(_STAFF, _SECRET).status_code == 303
        yield Story(room, ref, pages.test_client(), staff)
        with pages.app_context():
            db.engine.dispose()


Disturb = Callable[[ExchangeSandbox], None]


@dataclass(frozen=True)
class Trouble:
    """One way in which a calendar shows what is not so, or nothing.

    `code` and `says` are what staff are told while it lasts; `after` is how long it takes at most until all is well
    once the server is.
    """

    begins: Disturb
    ends: Disturb
    code: Code
    says: str
    after: timedelta = timedelta(minutes=6)


def _clear(sandbox: ExchangeSandbox) -> None:
    sandbox.clear_faults()


def _empty(sandbox: ExchangeSandbox) -> None:
    sandbox.fault(operation="FindItem", empty_listing=True)
    sandbox.fault(operation="GetUserAvailability", empty_listing=True)


def _half(sandbox: ExchangeSandbox) -> None:
    sandbox.fault(operation="FindItem", truncated_listing=True, silently=True)
    sandbox.fault(operation="GetUserAvailability", truncated_listing=True, silently=True)


def _second_part_fails(sandbox: ExchangeSandbox) -> None:
    """Show half, and say so; then show the first part of two, and fail at the second."""
    sandbox.fault(operation="GetUserAvailability", empty_listing=True)
    sandbox.fault(operation="FindItem", truncated_listing=True, count=1)
    sandbox.fault(operation="FindItem", skip=2, error="ErrorInternalServerTransientError")


def _mailbox_gone(sandbox: ExchangeSandbox) -> None:
    sandbox.fault(mailbox_gone=True)


def _rights_lost(sandbox: ExchangeSandbox) -> None:
    sandbox.fault(rights_lost=True)


def _blind(sandbox: ExchangeSandbox) -> None:
    """Show nothing, and answer "not found" to whoever asks for one entry, as to somebody who may not look."""
    _empty(sandbox)
    sandbox.fault(operation="GetItem", rights_lost=True)
    sandbox.fault(operation="GetFolder", rights_lost=True)


def _rights_taken(sandbox: ExchangeSandbox) -> None:
    sandbox.grant(ACCOUNT, ROOM, "none")


def _rights_given(sandbox: ExchangeSandbox) -> None:
    sandbox.grant(ACCOUNT, ROOM, "impersonate")
    sandbox.grant(ACCOUNT, ROOM, "author")


def _password_changed(sandbox: ExchangeSandbox) -> None:
    sandbox.set_password(ACCOUNT, "somebody changed it")


def _password_back(sandbox: ExchangeSandbox) -> None:
    sandbox.set_password(ACCOUNT, PASSWORD)


LATE, RIGHT = Code.NOT_READ_LATELY, Code.RIGHT_MISSING
TROUBLES = {
    "falsely-empty": Trouble(_empty, _clear, LATE, "left out"),
    "half-empty": Trouble(_half, _clear, LATE, "left out"),
    "second-part-failing": Trouble(_second_part_fails, _clear, LATE, "cannot answer"),
    "mailbox-gone": Trouble(_mailbox_gone, _clear, Code.MAILBOX_GONE, "knows no mailbox", timedelta(hours=1)),
    "rights-lost": Trouble(_rights_lost, _clear, RIGHT, f"may not read the calendar of {ROOM}"),
    "empty-and-blind": Trouble(_blind, _clear, RIGHT, "may not read the calendar"),
    "rights-taken": Trouble(_rights_taken, _rights_given, RIGHT, "needs the ApplicationImpersonation role"),
    "password-changed": Trouble(
        _password_changed, _password_back, Code.SIGN_IN_FAILED, "does not accept the user name", timedelta(minutes=15)
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
class TestAnUntrueListing:
    def test_frees_and_cancels_nothing_and_mends_itself(self, story: Story, trouble: Trouble) -> None:
        """Points 14, 15, 20 and 22."""
        room, wrong_before = story.room, _refused_sign_ins(story)
        trouble.begins(room.sandbox)
        room.meet(LATER)  # life goes on in Outlook
        room.pass_time(minutes=1)
        room.pass_time(minutes=3)

        # Nothing is lost, nothing is free, and nobody gets what may be taken.
        assert room.date_of(story.ref).state is OccurrenceState.CONFIRMED
        assert story.open_times() == []
        for when in (BOOKED, MEETING, LATER, FREE):
            assert story.is_refused(when)
        assert room.told() == ["confirmed"]
        assert _refused_sign_ins(story) - wrong_before <= 1
        page = story.day_page()
        assert "Not certain" in page or "not certain" in page

        # Staff see what, and why.
        health = room.health()
        assert health.code is trouble.code
        assert trouble.says in health.problem
        assert trouble.says in story.health_page()

        # And all is well by itself.
        trouble.ends(room.sandbox)
        room.pass_time(seconds=trouble.after.total_seconds())
        assert room.health().code is Code.IN_STEP
        assert room.link().state is LinkState.ACTIVE
        assert room.date_of(story.ref).state is OccurrenceState.CONFIRMED
        assert not any(free.overlaps(when) for free in story.open_times() for when in (BOOKED, MEETING, LATER))
        assert any(free.covers(FREE) for free in story.open_times())
        assert room.date_of(story.book(FREE)).state is OccurrenceState.CONFIRMED
        assert room.told() == ["confirmed", "confirmed"]


def _refused_sign_ins(story: Story) -> int:
    return sum(each.outcome == "401" for each in story.room.sandbox.sign_ins())


class TestATrulyEmptiedCalendar:
    def test_freezes_the_room_until_staff_confirm_it(self, story: Story) -> None:
        """Point 15."""
        room = story.room
        for day in range(2, 10):
            room.meet(at(13, 14, days=day))
        second = room.place(at(10, 11, days=2))
        room.pass_time(minutes=1)
        for item in room.sandbox.items(ROOM):
            room.sandbox.delete(ROOM, item.id)

        room.pass_time(minutes=1)
        room.pass_time(minutes=2)

        assert room.health().code is Code.FROZEN
        assert "Nothing was freed or cancelled" in story.health_page()
        assert room.holding() == 2
        assert all(story.is_refused(when) for when in (BOOKED, MEETING))
        assert room.told() == ["confirmed", "confirmed"]

        links.accept_vanished(room.engine, room.link_id, actor=build.ADMINISTRATOR, now=room.clock.now)
        for _ in range(3):
            room.pass_time(minutes=5)

        assert room.health().code is Code.IN_STEP
        assert [room.date_of(ref).state for ref in (story.ref, second)] == [OccurrenceState.CANCELLED] * 2
        assert story.open_times() == [Interval(at(0, 1).start, at(0, 1, days=2).start)]
        assert room.told() == ["confirmed", "confirmed", "cancelled_in_outlook", "cancelled_in_outlook"]
        assert room.date_of(story.book(MEETING)).state is OccurrenceState.CONFIRMED

    def test_thaws_by_itself_when_it_was_not_true_after_all(self, story: Story) -> None:
        room = story.room
        for day in range(2, 10):
            room.meet(at(13, 14, days=day))
        room.pass_time(minutes=1)
        room.sandbox.fault(operation="GetUserAvailability", empty_listing=True)
        room.sandbox.fault(operation="FindItem", empty_listing=True)
        room.sandbox.fault(operation="GetItem", error="ErrorItemNotFound")

        room.pass_time(minutes=2)
        assert room.health().code is Code.FROZEN
        room.sandbox.clear_faults()
        room.pass_time(minutes=2)

        assert room.health().code is Code.IN_STEP
        assert room.date_of(story.ref).state is OccurrenceState.CONFIRMED
        assert story.is_refused(MEETING)
