"""Outside events: what blocks, and how little of it is kept.

Numbers in comments are those of the list in the design of sync ("every one of these is a test").
"""

from datetime import UTC, datetime, timedelta

import pytest

from booking.connectors.port import RemoteEvent, RemotePerson, RemoteRef
from booking.domain.intervals import Interval, merged
from booking.domain.reconcile import BusyClass
from booking.domain.states import OccurrenceState
from booking.services.profiles import EffectiveProfile
from booking.store.database import transaction
from booking.store.models import CalendarLink
from booking.sync import pull
from booking.sync.outside import Outside
from tests import build
from tests.sync.library import NOW, Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SOON = at(13, 14, days=2)


def profile(lib: Library, **what: object) -> None:
    """Give the room's location a profile of its own."""
    with transaction() as session:
        location_id = session.get_one(CalendarLink, lib.link_id).space_id
        build.profile(session, space_id=location_id, **what)


class TestAnOutsideEvent:
    @pytest.mark.parametrize(
        ("busy", "blocks"),
        [
            (BusyClass.BUSY, True),
            (BusyClass.OOF, True),
            (BusyClass.WORKING_ELSEWHERE, True),
            (BusyClass.NO_DATA, True),
            (BusyClass.UNKNOWN, True),
            (BusyClass.TENTATIVE, False),
            (BusyClass.FREE, False),
        ],
    )
    def test_blocks_by_its_busy_class(self, lib: Library, busy: BusyClass, blocks: bool) -> None:
        lib.server.put(lib.mailbox, when=SOON, busy=busy)

        lib.pull()

        assert lib.blocked() == ([SOON] if blocks else [])

    def test_of_centuries_blocks_all_that_can_be_booked_and_is_kept_in_a_few_rows(self, lib: Library) -> None:
        ages = Interval(datetime(1900, 1, 1, tzinfo=UTC), datetime(4500, 8, 31, tzinfo=UTC))
        lib.server.put(lib.mailbox, when=ages)

        lib.pull()
        lib.clock.turn(days=40)
        lib.pull()

        rows = lib.blocked()
        assert len(rows) < 1000
        (whole,) = merged(rows)
        assert whole.covers(Interval(lib.clock.now - timedelta(days=1), lib.clock.now + timedelta(days=731)))

    def test_of_centuries_is_not_shortened_by_a_look_at_one_hour(self, lib: Library) -> None:
        ages = Interval(datetime(1900, 1, 1, tzinfo=UTC), datetime(4500, 8, 31, tzinfo=UTC))
        lib.server.put(lib.mailbox, when=ages)
        lib.pull()
        before = lib.blocked()

        pull.read_part(lib.engine, lib.link_id, SOON)

        assert lib.blocked() == before

    def test_that_is_tentative_blocks_where_the_profile_says_so(self, lib: Library) -> None:
        profile(lib, tentative_blocks=True)
        lib.server.put(lib.mailbox, when=SOON, busy=BusyClass.TENTATIVE)

        lib.pull()

        assert lib.blocked() == [SOON]

    def test_that_is_private_blocks_even_if_it_is_free_and_tells_nothing(self, lib: Library) -> None:
        profile(lib, keep_titles=True, keep_organizers=True)
        boss = RemotePerson("Grace Hopper", "grace@example.org")
        lib.server.put(lib.mailbox, when=SOON, subject="Dismissal", private=True, organizer=boss, busy=BusyClass.FREE)

        lib.pull()

        (event,) = lib.outside()
        assert (event.blocks, event.title, event.organizer) == (True, "", "")

    def test_keeps_title_and_organiser_only_where_the_profile_asks(self, lib: Library) -> None:
        boss = RemotePerson("Grace Hopper", "grace@example.org")
        lib.server.put(lib.mailbox, when=SOON, subject="Board meeting", organizer=boss)
        lib.pull()
        assert [(each.title, each.organizer) for each in lib.outside()] == [("", "")]

        profile(lib, keep_titles=True, keep_organizers=True)
        lib.pull()

        assert [(each.title, each.organizer) for each in lib.outside()] == [("Board meeting", "")]  # no new event

    def test_that_is_private_is_blanked_here_too(self, lib: Library) -> None:
        leak = RemoteEvent(
            RemoteRef("id", "etag", "uid"),
            SOON,
            private=True,
            subject="Dismissal",
            organizer=RemotePerson("Grace Hopper", "grace@example.org"),
        )
        wants_all = EffectiveProfile(keep_titles=True, keep_organizers=True)

        with transaction() as session:
            link = session.get_one(CalendarLink, lib.link_id)
            Outside(session, link, wants_all, NOW).keep(leak)

        (event,) = lib.outside()
        assert (event.title, event.organizer) == ("", "")

    def test_that_is_cancelled_never_blocks(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=SOON, cancelled=True)

        lib.pull()

        assert lib.blocked() == []

    def test_that_lasts_long_is_stored_in_pieces(self, lib: Library) -> None:
        whole = Interval(SOON.start, SOON.start + timedelta(days=3))
        lib.server.put(lib.mailbox, when=whole, all_day=True)

        lib.pull()

        pieces = lib.blocked()
        assert (pieces[0].start, pieces[-1].end) == (whole.start, whole.end)
        assert all(piece.length <= timedelta(hours=26) for piece in pieces)

    def test_that_grows_shorter_loses_its_pieces(self, lib: Library) -> None:
        event = lib.server.put(lib.mailbox, when=Interval(SOON.start, SOON.start + timedelta(days=3)))
        lib.pull()

        lib.server.move(lib.mailbox, event, SOON)
        lib.pull()

        assert lib.blocked() == [SOON]

    def test_that_repeats_blocks_each_date_in_wall_time(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(9, 10), repeat="weekly", zone="Europe/London")

        lib.pull()

        first, second, *_ = lib.blocked()
        assert first == at(9, 10)
        assert second.start == at(10, 11, days=8).start  # clocks went back in between

    def test_that_moves_blocks_its_new_time(self, lib: Library) -> None:
        event = lib.server.put(lib.mailbox, when=SOON)
        lib.pull()

        lib.server.move(lib.mailbox, event, at(16, 17))
        lib.pull()

        assert lib.blocked() == [at(16, 17)]

    def test_that_is_deleted_frees_its_time(self, lib: Library) -> None:
        event = lib.server.put(lib.mailbox, when=SOON)
        lib.pull()

        lib.server.remove(lib.mailbox, event)
        lib.pull()

        assert lib.blocked() == []

    def test_over_a_confirmed_booking_is_flagged_and_both_stay(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10.5, 12))

        lib.pull()
        lib.pull()

        assert lib.conflicts() == ["overlap"]
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_over_a_held_booking_wins(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10.5, 12))

        lib.pull()

        assert lib.occurrence(ref).state is OccurrenceState.REJECTED
        assert lib.told() == ["rejected"]

    def test_that_goes_away_settles_its_conflict(self, lib: Library) -> None:
        lib.written(at(10, 11))
        event = lib.server.put(lib.mailbox, when=at(10.5, 12))
        lib.pull()

        lib.server.remove(lib.mailbox, event)
        lib.pull()

        assert lib.conflicts() == []

    def test_is_refused_to_the_next_booking(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=SOON)
        lib.pull()

        with pytest.raises(Exception, match="taken"):
            lib.place(SOON)
