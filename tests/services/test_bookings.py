import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from booking.domain.errors import (
    Closed,
    Forbidden,
    Invalid,
    NotFound,
    NotPossible,
    Taken,
    TooLong,
)
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import (
    BookingState,
    Channel,
    HeldReason,
    OccurrenceState,
    PushState,
)
from booking.services import bookings
from booking.services.bookings import Change, Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Booking, Category, Location, Occurrence, OutboxMessage, Person, PushItem, Space
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN

ADA = Patron("Ada", "Lovelace", "ada@example.org")
HOUR = timedelta(hours=1)


def shifted(hours: float, when: Interval = TOMORROW_AT_TEN) -> Interval:
    return Interval(when.start + hours * HOUR, when.end + hours * HOUR)


@dataclass
class Room:
    """One space and what happens in it; each act is a transaction of its own."""

    id: int

    def place(self, *times: Interval, **how: object) -> int:
        wish = Wish(self.id, times or (TOMORROW_AT_TEN,), how.pop("patron", ADA), **how)  # type: ignore[arg-type]  # by name
        with transaction() as session:
            return bookings.place(session, wish, actor=NOBODY, now=NOW).id

    def change(self, booking_id: int, change: Change, *, now: datetime = NOW) -> None:
        with transaction() as session:
            bookings.change(session, booking_id, change, actor=NOBODY, now=now)

    def cancel(self, booking_id: int, *, keys: frozenset[str] | None = None, now: datetime = NOW) -> None:
        with transaction() as session:
            bookings.cancel(session, booking_id, keys=keys, actor=NOBODY, now=now)


@pytest.fixture
def room(in_app: object) -> Room:  # noqa: ARG001 - opens the database
    with transaction() as session:
        space_id = build.space(session).id
    return Room(space_id)


@pytest.fixture
def paired(room: Room) -> Room:
    """The same room with a calendar."""
    with transaction() as session:
        build.link(session, session.get_one(Space, room.id))
    return room


def stored(booking_id: int) -> Booking:
    with reading() as session:
        return queries.bookings.for_change(session, booking_id)


def date(booking_id: int) -> Occurrence:
    (only,) = stored(booking_id).occurrences
    return only


def messages(booking_id: int) -> list[OutboxMessage]:
    with reading() as session:
        found = select(OutboxMessage).where(OutboxMessage.booking_id == booking_id).order_by(OutboxMessage.id)
        return list(session.scalars(found))


def kinds(booking_id: int) -> list[str]:
    return [message.kind for message in messages(booking_id)]


def done(booking_id: int) -> list[str]:
    with reading() as session:
        return [row.what for row in queries.bookings.history(session, booking_id)]


def push_rows(booking_id: int) -> list[PushItem]:
    with reading() as session:
        found = select(PushItem).join(Occurrence).where(Occurrence.booking_id == booking_id)
        return list(session.scalars(found))


def occurrence_of(session: Session, booking_id: int) -> Occurrence:
    return session.scalars(select(Occurrence).where(Occurrence.booking_id == booking_id)).one()


class TestPlace:
    def test_confirms_at_once_where_no_calendar_is_paired(self, room: Room) -> None:
        booking_id = room.place()

        assert stored(booking_id).state is BookingState.CONFIRMED
        assert kinds(booking_id) == ["confirmed"]
        assert done(booking_id) == ["booking.placed"]
        assert push_rows(booking_id) == []

    def test_holds_for_the_calendar_where_one_is_paired(self, paired: Room) -> None:
        booking_id = paired.place()

        assert date(booking_id).held_reason is HeldReason.CALENDAR
        assert kinds(booking_id) == []
        assert [(row.state, row.want_present) for row in push_rows(booking_id)] == [(PushState.DIRTY, True)]

    def test_gives_a_reference_without_letters_that_look_alike(self, room: Room) -> None:
        ref = stored(room.place()).ref

        assert len(ref) == 9
        assert not set(ref) & set("01OILl")

    def test_gives_each_booking_another_long_secret(self, room: Room) -> None:
        secrets = {stored(room.place(shifted(hours))).secret for hours in range(3)}

        assert len(secrets) == 3
        assert min(map(len, secrets)) >= 22

    def test_refuses_a_second_booking_of_the_time(self, room: Room) -> None:
        room.place()

        with pytest.raises(Taken):
            room.place(shifted(0.5))

    def test_refuses_what_outlook_blocks(self, paired: Room) -> None:
        with transaction() as session:
            link = queries.links.of_space(session, paired.id)
            assert link is not None
            build.outside_event(session, link)

        with pytest.raises(Taken):
            paired.place(shifted(0.5))

    @pytest.mark.parametrize("event", [{"blocks": False}, {"gone_at": NOW}])
    def test_allows_what_outlook_shows_as_free_or_no_more(self, paired: Room, event: dict[str, object]) -> None:
        with transaction() as session:
            link = queries.links.of_space(session, paired.id)
            assert link is not None
            build.outside_event(session, link, **event)  # type: ignore[arg-type]  # by name

        assert paired.place()

    def test_says_why_the_place_is_closed(self, room: Room) -> None:
        with transaction() as session:
            location = session.get_one(Space, room.id).location_id
            build.closure(session, _location(session, location), TOMORROW_AT_TEN, reason="Painting work")

        with pytest.raises(Closed) as caught:
            room.place(shifted(0.5))
        assert caught.value.reason == "Painting work"

    def test_returns_the_same_booking_for_a_form_that_is_sent_twice(self, room: Room) -> None:
        first = room.place(request_key="one form")

        assert room.place(request_key="one form") == first
        assert kinds(first) == ["confirmed"]

    def test_books_anew_when_somebody_went_back_to_the_form_and_asks_for_another_time(self, room: Room) -> None:
        first = room.place(request_key="one form")

        second = room.place(shifted(2), request_key="one form")

        assert second != first
        assert [each.when for each in stored(second).occurrences] == [shifted(2)]

    def test_books_anew_when_the_first_was_cancelled_meanwhile(self, room: Room) -> None:
        first = room.place(request_key="one form")
        room.cancel(first)

        assert room.place(request_key="one form") != first

    def test_keeps_what_is_too_long_for_one_date_in_several(self, room: Room) -> None:
        with transaction() as session:
            session.get_one(Space, room.id).longest_minutes = 3 * 1440
        days = Interval(TOMORROW_AT_TEN.start, TOMORROW_AT_TEN.start + 2 * timedelta(days=1))

        booking_id = room.place(days)

        parts = [each.when for each in stored(booking_id).occurrences]
        assert parts == [
            Interval(days.start, days.start + 26 * HOUR),
            Interval(days.start + 26 * HOUR, days.end),
        ]
        with pytest.raises(Taken):
            room.place(shifted(47))

    def test_books_all_times_of_a_wish_or_none(self, room: Room) -> None:
        room.place(shifted(3))

        with pytest.raises(Taken):
            room.place(TOMORROW_AT_TEN, shifted(3))
        assert room.place(TOMORROW_AT_TEN)

    def test_refuses_times_of_one_wish_that_overlap(self, room: Room) -> None:
        with pytest.raises(Taken):
            room.place(TOMORROW_AT_TEN, shifted(0.5))

    @pytest.mark.parametrize(
        ("field", "patron"),
        [
            ("first_name", Patron("", "Lovelace", "ada@example.org")),
            ("last_name", Patron("Ada", " ", "ada@example.org")),
            ("email", Patron("Ada", "Lovelace", "ada")),
            ("email", Patron("Ada", "Lovelace", "ada@example.org\nBcc: all@example.org")),
            ("first_name", Patron("A" * 101, "Lovelace", "ada@example.org")),
            ("first_name", Patron("Ada\x00", "Lovelace", "ada@example.org")),
        ],
    )
    def test_refuses_a_patron_without_proper_name_or_address(self, room: Room, field: str, patron: Patron) -> None:
        with pytest.raises(Invalid) as caught:
            room.place(patron=patron)
        assert list(caught.value.fields) == [field]

    def test_ignores_a_nickname_where_none_is_allowed(self, room: Room) -> None:
        assert not stored(room.place(nickname="Chess club")).nickname

    def test_keeps_a_nickname_where_one_is_allowed(self, room: Room) -> None:
        with transaction() as session:
            queries.places.lock_space(session, room.id).category.nickname_allowed = True

        assert stored(room.place(nickname="Chess club")).nickname == "Chess club"

    def test_knows_a_guest_again(self, room: Room) -> None:
        first = stored(room.place())
        again = stored(room.place(shifted(2), patron=Patron("Ada", "Lovelace", "ADA@example.org")))

        assert first.patron_id == again.patron_id

    def test_never_writes_into_an_account(self, room: Room) -> None:
        with transaction() as session:
            account_id = build.staff(session, email="ada@example.org").id

        booking = stored(room.place())

        assert booking.patron_id != account_id
        with reading() as session:
            assert session.get_one(Person, account_id).first_name == "Mina"

    def test_hides_a_space_of_a_location_that_is_not_public(self, room: Room) -> None:
        with transaction() as session:
            queries.places.lock_space(session, room.id).location.is_public = False

        with pytest.raises(NotFound):
            room.place()

    def test_lets_staff_book_where_the_public_may_not(self, room: Room) -> None:
        with transaction() as session:
            location = queries.places.lock_space(session, room.id).location
            location.is_public = False
            librarian = build.librarian(location)

        with transaction() as session:
            wish = Wish(room.id, (TOMORROW_AT_TEN,), ADA)
            made = bookings.place(session, wish, actor=librarian, now=NOW, channel=Channel.STAFF)

            assert made.channel is Channel.STAFF

    @pytest.mark.parametrize("what", ["space", "category", "location"])
    def test_refuses_a_space_that_was_retired_or_lies_in_what_was(self, room: Room, what: str) -> None:
        with transaction() as session:
            space = session.get_one(Space, room.id)
            category = session.get_one(Category, space.category_id)
            location = session.get_one(Location, space.location_id)
            places: dict[str, Space | Category | Location] = {
                "space": space,
                "category": category,
                "location": location,
            }
            places[what].retired = True

        with pytest.raises(NotFound):
            room.place()


class TestChange:
    def test_moves_a_date_and_tells_what_it_was(self, room: Room) -> None:
        booking_id = room.place()

        room.change(booking_id, Change({date(booking_id).key: shifted(0.5)}))

        assert date(booking_id).when == shifted(0.5)
        assert kinds(booking_id) == ["confirmed", "changed"]
        (before,) = json.loads(messages(booking_id)[1].facts)["before"]
        assert datetime.fromisoformat(before["start"]) == TOMORROW_AT_TEN.start

    def test_frees_the_old_time(self, room: Room) -> None:
        booking_id = room.place()
        room.change(booking_id, Change({date(booking_id).key: shifted(3)}))

        assert room.place()

    def test_onto_somebody_else_is_refused_and_changes_nothing(self, room: Room) -> None:
        room.place(shifted(1))
        booking_id = room.place()

        with pytest.raises(Taken):
            room.change(booking_id, Change({date(booking_id).key: shifted(0.5)}, title="Moved"))
        assert date(booking_id).when == TOMORROW_AT_TEN
        assert not stored(booking_id).title
        assert kinds(booking_id) == ["confirmed"]

    def test_shifts_two_neighbours_at_once(self, room: Room) -> None:
        booking_id = room.place(TOMORROW_AT_TEN, shifted(1))
        first, second = stored(booking_id).occurrences

        room.change(booking_id, Change({first.key: shifted(1), second.key: shifted(2)}))

        assert [each.when for each in stored(booking_id).occurrences] == [shifted(1), shifted(2)]

    def test_swaps_two_neighbours(self, room: Room) -> None:
        booking_id = room.place(TOMORROW_AT_TEN, shifted(1))
        first, second = stored(booking_id).occurrences

        room.change(booking_id, Change({first.key: second.when, second.key: first.when}))

        assert [each.key for each in stored(booking_id).occurrences] == [second.key, first.key]

    def test_refuses_to_lay_a_date_over_another_of_the_same_booking(self, room: Room) -> None:
        booking_id = room.place(TOMORROW_AT_TEN, shifted(1))
        first, _ = stored(booking_id).occurrences

        with pytest.raises(Taken):
            room.change(booking_id, Change({first.key: shifted(0.5)}))

    def test_of_nothing_tells_nobody(self, room: Room) -> None:
        booking_id = room.place(title="Engines")

        room.change(booking_id, Change({date(booking_id).key: TOMORROW_AT_TEN}, title="Engines"))

        assert kinds(booking_id) == ["confirmed"]
        assert done(booking_id) == ["booking.placed"]

    def test_has_the_calendar_follow(self, paired: Room) -> None:
        booking_id = paired.place()
        (before,) = push_rows(booking_id)

        paired.change(booking_id, Change({date(booking_id).key: shifted(2)}))

        (after,) = push_rows(booking_id)
        assert after.want_version > before.want_version

    def test_has_the_calendar_follow_a_new_title(self, paired: Room) -> None:
        booking_id = paired.place()
        (before,) = push_rows(booking_id)

        paired.change(booking_id, Change(title="Engines"))

        (after,) = push_rows(booking_id)
        assert after.want_version > before.want_version

    def test_while_held_waits_for_the_confirmation_to_tell(self, paired: Room) -> None:
        booking_id = paired.place()

        paired.change(booking_id, Change({date(booking_id).key: shifted(2)}))

        assert kinds(booking_id) == []

    def test_of_what_has_begun_is_refused(self, room: Room) -> None:
        booking_id = room.place()

        with pytest.raises(NotPossible):
            room.change(booking_id, Change({date(booking_id).key: shifted(3)}), now=TOMORROW_AT_TEN.start + HOUR / 2)

    def test_of_an_unknown_date_is_refused(self, room: Room) -> None:
        with pytest.raises(NotFound):
            room.change(room.place(), Change({"nonsense": shifted(1)}))

    def test_cannot_make_one_date_longer_than_the_longest(self, room: Room) -> None:
        booking_id = room.place()
        with transaction() as session:
            session.get_one(Space, room.id).longest_minutes = 3 * 1440

        with pytest.raises(TooLong):
            room.change(
                booking_id,
                Change({date(booking_id).key: Interval(TOMORROW_AT_TEN.start, TOMORROW_AT_TEN.start + 30 * HOUR)}),
            )


class TestCancel:
    def test_frees_the_time_and_tells_once(self, room: Room) -> None:
        booking_id = room.place()

        room.cancel(booking_id)
        room.cancel(booking_id)

        assert stored(booking_id).state is BookingState.CANCELLED
        assert kinds(booking_id) == ["confirmed", "cancelled"]
        assert room.place()

    def test_of_one_date_leaves_the_others(self, room: Room) -> None:
        booking_id = room.place(TOMORROW_AT_TEN, shifted(2))
        first, second = stored(booking_id).occurrences

        room.cancel(booking_id, keys=frozenset({first.key}))

        assert [each.holds for each in stored(booking_id).occurrences] == [False, True]
        assert stored(booking_id).state is BookingState.CONFIRMED
        assert messages(booking_id)[-1].occurrence_id == first.id
        assert second.holds

    def test_has_the_calendar_follow(self, paired: Room) -> None:
        booking_id = paired.place()

        paired.cancel(booking_id)

        assert [row.want_present for row in push_rows(booking_id)] == [False]

    def test_of_what_is_over_is_refused(self, room: Room) -> None:
        booking_id = room.place()

        with pytest.raises(NotPossible):
            room.cancel(booking_id, now=TOMORROW_AT_TEN.end)

    def test_by_staff_needs_the_right_in_that_location(self, room: Room) -> None:
        booking_id = room.place()
        with transaction() as session:
            stranger = build.librarian(build.location(session))

        with pytest.raises(Forbidden), transaction() as session:
            bookings.cancel(session, booking_id, actor=stranger, now=NOW, channel=Channel.STAFF)


class TestConfirm:
    def test_tells_the_patron_once(self, paired: Room) -> None:
        booking_id = paired.place()

        for _ in range(2):
            with transaction() as session:
                bookings.confirm(session, occurrence_of(session, booking_id), now=NOW)

        assert stored(booking_id).state is BookingState.CONFIRMED
        assert kinds(booking_id) == ["confirmed"]

    def test_waits_for_the_last_date(self, paired: Room) -> None:
        booking_id = paired.place(TOMORROW_AT_TEN, shifted(2))
        first, second = (each.id for each in stored(booking_id).occurrences)

        with transaction() as session:
            bookings.confirm(session, session.get_one(Occurrence, first), now=NOW)
        assert kinds(booking_id) == []
        with transaction() as session:
            bookings.confirm(session, session.get_one(Occurrence, second), now=NOW)

        assert kinds(booking_id) == ["confirmed"]

    def test_leaves_a_cancelled_date_alone(self, paired: Room) -> None:
        booking_id = paired.place()
        paired.cancel(booking_id)

        with transaction() as session:
            bookings.confirm(session, occurrence_of(session, booking_id), now=NOW)

        assert stored(booking_id).state is BookingState.CANCELLED


class TestReject:
    def test_offers_other_times(self, paired: Room) -> None:
        booking_id = paired.place()

        with transaction() as session:
            occurrence = occurrence_of(session, booking_id)
            bookings.reject(session, occurrence, now=NOW, why="a meeting was there first")

        assert stored(booking_id).state is BookingState.REJECTED
        assert date(booking_id).state is OccurrenceState.REJECTED
        (message,) = messages(booking_id)
        facts = json.loads(message.facts)
        assert message.kind == "rejected"
        assert facts["offers"]
        assert facts["why"] == "a meeting was there first"


class TestFollowCancel:
    def test_cancels_and_tells_once(self, room: Room) -> None:
        booking_id = room.place()

        for _ in range(2):
            with transaction() as session:
                bookings.follow_cancel(session, occurrence_of(session, booking_id), now=NOW)

        assert date(booking_id).cancelled_by is Channel.OUTLOOK
        assert kinds(booking_id) == ["confirmed", "cancelled_in_outlook"]


class TestFollowMove:
    def test_takes_the_new_time_off_every_step_and_tells_once(self, room: Room) -> None:
        booking_id = room.place()
        goal = shifted(1.1)

        for _ in range(2):
            with transaction() as session:
                bookings.follow_move(session, occurrence_of(session, booking_id), goal, now=NOW)

        assert date(booking_id).when == goal
        assert kinds(booking_id) == ["confirmed", "moved_in_outlook"]

    def test_into_somebody_elses_time_is_refused(self, room: Room) -> None:
        room.place(shifted(1))
        booking_id = room.place()

        with pytest.raises(Taken), transaction() as session:
            bookings.follow_move(session, occurrence_of(session, booking_id), shifted(0.5), now=NOW)
        assert date(booking_id).when == TOMORROW_AT_TEN

    def test_outside_opening_hours_is_refused(self, room: Room) -> None:
        booking_id = room.place()
        with transaction() as session:
            space = session.get_one(Space, room.id)
            build.closure(session, _location(session, space.location_id), shifted(4))

        with pytest.raises(Closed), transaction() as session:
            bookings.follow_move(session, occurrence_of(session, booking_id), shifted(4), now=NOW)


class TestSummerTime:
    def test_lets_the_night_that_is_an_hour_longer_be_booked_twice_at_one_wall_time(self, room: Room) -> None:
        half_past_one = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # clocks in London show 01:30, and again an hour on
        before = datetime(2026, 10, 20, tzinfo=UTC)
        with transaction() as session:
            for start in (half_past_one, half_past_one + HOUR):
                wish = Wish(room.id, (Interval(start, start + HOUR / 2),), ADA)
                bookings.place(session, wish, actor=NOBODY, now=before)


def _location(session: Session, location_id: int) -> Location:
    return session.get_one(Location, location_id)
