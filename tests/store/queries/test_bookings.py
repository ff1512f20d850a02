from datetime import UTC, date, datetime, timedelta

import pytest

from booking.domain.intervals import Interval
from booking.domain.permissions import INSTALLATION, Scope
from booking.domain.states import BookingState, LinkState, PushState
from booking.services import calendars
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Booking
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN
from tests.store.counting import statements

HOUR = timedelta(hours=1)


def shifted(hours: float) -> Interval:
    return Interval(TOMORROW_AT_TEN.start + hours * HOUR, TOMORROW_AT_TEN.end + hours * HOUR)


@pytest.mark.usefixtures("in_app")
class TestBusy:
    def test_counts_our_dates_and_what_outlook_blocks(self) -> None:
        with transaction() as session:
            space = build.space(session)
            build.booking(session, space)
            build.outside_event(session, build.link(session, space), shifted(2))

            found = queries.bookings.busy(
                session, space_id=space.id, during=shifted(0).padded(before=HOUR, after=9 * HOUR)
            )

        assert found == [TOMORROW_AT_TEN, shifted(2)]

    def test_counts_what_began_a_day_before(self) -> None:
        with transaction() as session:
            space = build.space(session)
            long = Interval(TOMORROW_AT_TEN.start - 25 * HOUR, TOMORROW_AT_TEN.start + HOUR)
            build.booking(session, space, long)

            assert queries.bookings.busy(session, space_id=space.id, during=TOMORROW_AT_TEN) == [long]

    def test_does_not_count_what_only_touches(self) -> None:
        with transaction() as session:
            space = build.space(session)
            build.booking(session, space, shifted(-1))
            build.booking(session, space, shifted(1))

            assert queries.bookings.busy(session, space_id=space.id, during=TOMORROW_AT_TEN) == []

    def test_does_not_count_what_is_left_out_or_does_not_hold(self) -> None:
        with transaction() as session:
            space = build.space(session)
            mine = build.booking(session, space).occurrences[0]
            build.booking(session, space, shifted(1)).occurrences[0].holds = False
            session.flush()

            during = TOMORROW_AT_TEN.padded(before=HOUR, after=HOUR)
            assert queries.bookings.busy(session, space_id=space.id, during=during, except_occurrences={mine.id}) == []


@pytest.mark.usefixtures("in_app")
class TestByRefAndSecret:
    def test_gives_the_booking_to_whoever_has_its_secret(self) -> None:
        with transaction() as session:
            booking = build.booking(session)

            found = queries.bookings.by_ref_and_secret(session, booking.ref, booking.secret)

            assert found is not None
            assert found.patron_name == "Ada Lovelace"

    @pytest.mark.parametrize("secret", ["", "wrong", "ünwrong"])
    def test_answers_a_wrong_secret_like_an_unknown_reference(self, secret: str) -> None:
        with transaction() as session:
            booking = build.booking(session)

            assert queries.bookings.by_ref_and_secret(session, booking.ref, secret) is None
            assert queries.bookings.by_ref_and_secret(session, "XXXX-XXXX", secret) is None

    def test_shows_the_patron_the_sync_id_but_no_error_of_the_server(self) -> None:
        with transaction() as session:
            space = build.space(session)
            link = build.link(session, space)
            booking = build.booking(session, space)
            row = calendars.new_row(session, booking.occurrences[0], link, now=NOW)
            row.remote_id, row.acked_version, row.state = "AAMkAD=", 1, PushState.CLEAN
            row.last_error = "403 from mail.example.org"
            session.add(row)
            session.flush()

            patron = queries.bookings.by_ref_and_secret(session, booking.ref, booking.secret)
            staff = queries.bookings.by_ref(session, booking.ref)

        assert patron is not None
        assert staff is not None
        assert [each.sync and (each.sync.sync_id, each.sync.last_error) for each in patron.occurrences] == [
            ("AAMkAD=", "")
        ]
        assert [each.sync and each.sync.last_error for each in staff.occurrences] == ["403 from mail.example.org"]

    @pytest.mark.parametrize(
        ("state", "link_state", "words"),
        [
            (PushState.DIRTY, LinkState.ACTIVE, "on its way to the room's calendar"),
            (PushState.UNKNOWN, LinkState.ACTIVE, "finding out whether the calendar has it"),
            (PushState.DIRTY, LinkState.PAUSED, "writing to this room's calendar is paused"),
        ],
    )
    def test_says_why_there_is_no_sync_id_yet(self, state: PushState, link_state: LinkState, words: str) -> None:
        with transaction() as session:
            space = build.space(session)
            link = build.link(session, space, state=link_state)
            booking = build.booking(session, space)
            row = calendars.new_row(session, booking.occurrences[0], link, now=NOW)
            row.state = state
            session.add(row)
            session.flush()

            found = queries.bookings.by_ref_and_secret(session, booking.ref, booking.secret)

        assert found is not None
        assert [each.sync and (each.sync.sync_id, each.sync.waiting_reason) for each in found.occurrences] == [
            ("", words)
        ]


@pytest.mark.usefixtures("in_app")
class TestSearch:
    def test_finds_by_every_word_in_name_title_address_or_reference(self) -> None:
        with transaction() as session:
            build.booking(session, title="Chess club")
            patron = build.person(session, first_name="Grace", last_name="Hopper", email="grace@example.org")
            wanted = build.booking(session, patron=patron, title="Compilers").ref

            def found(text: str) -> list[str]:
                page = queries.bookings.search(session, scopes=[INSTALLATION], text=text)
                return [row.ref for row in page.rows]

            assert found("hopper compil") == found("GRACE@") == found(wanted.lower()) == [wanted]
            assert found("grace chess") == found("100%") == []

    def test_stays_within_the_places_given(self) -> None:
        with transaction() as session:
            here, elsewhere = build.booking(session), build.booking(session)
            place = here.occurrences[0].space

            def found(*scopes: Scope) -> set[str]:
                return {row.ref for row in queries.bookings.search(session, scopes=scopes).rows}

            assert found() == set()
            assert found(Scope(place.location_id)) == {here.ref}
            assert found(Scope(place.location_id, place.category_id)) == {here.ref}
            assert found(Scope(place.location_id, place.category_id + 1000)) == set()
            assert found(INSTALLATION) == {here.ref, elsewhere.ref}

    def test_counts_days_in_the_zone_of_each_location(self) -> None:
        with transaction() as session:
            place = build.location(session, zone="America/New_York")
            space = build.space(session, build.category(session, place))
            late = datetime(2026, 11, 22, 3, tzinfo=UTC)  # 22:00 on the 21st in New York
            wanted = build.booking(session, space, Interval(late, late + HOUR)).ref

            def found(day: date) -> list[str]:
                page = queries.bookings.search(session, scopes=[INSTALLATION], day_from=day, day_to=day)
                return [row.ref for row in page.rows]

            assert found(date(2026, 11, 21)) == [wanted]
            assert found(date(2026, 11, 22)) == []

    def test_takes_the_first_and_the_last_day_there_is(self) -> None:
        with transaction() as session:
            build.booking(session)

            page = queries.bookings.search(session, scopes=[INSTALLATION], day_from=date.min, day_to=date.max)
            nothing = queries.bookings.search(session, scopes=[INSTALLATION], day_from=date.max, day_to=date.max)

        assert (page.total, nothing.total) == (1, 0)

    def test_filters_by_state(self) -> None:
        with transaction() as session:
            build.booking(session)
            build.booking(session).state = BookingState.CANCELLED
            session.flush()

            page = queries.bookings.search(session, scopes=[INSTALLATION], state=BookingState.CANCELLED)

        assert page.total == 1

    def test_comes_in_pages_with_the_same_number_of_statements(self) -> None:
        with transaction() as session:
            space = build.space(session)
            patron = build.person(session)
            for number in range(60):
                build.booking(session, space, shifted(number), patron=patron)

        counts = []
        for page in (1, 2):
            with reading() as session, statements() as sent:
                found = queries.bookings.search(session, scopes=[INSTALLATION], day_from=date(2026, 11, 1), page=page)
                assert (len(found.rows), found.total, found.pages) == ({1: 50, 2: 10}[page], 60, 2)
            counts.append(len(sent))

        assert counts[0] == counts[1]

    def test_puts_the_earliest_first_from_a_day_on(self) -> None:
        with transaction() as session:
            space = build.space(session)
            later, earlier = build.booking(session, space, shifted(5)), build.booking(session, space, shifted(1))

            found = queries.bookings.search(session, scopes=[INSTALLATION], day_from=date(2026, 11, 21))

            assert [row.ref for row in found.rows] == [earlier.ref, later.ref]
            assert session.query(Booking).count() == 2
