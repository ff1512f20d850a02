from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.domain.intervals import Interval
from booking.domain.rules import DEFAULTS, OwnRules
from booking.domain.states import BookingState, Channel, HeldReason, LinkState, OccurrenceState, PushState
from booking.http import states
from booking.http.states import Sign
from booking.store.queries.bookings import BookingRow, OccurrenceRow
from booking.store.queries.calendar_entries import SyncView
from booking.store.queries.places import SpaceRow

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
IN_STEP = SyncView(
    state=PushState.CLEAN,
    sync_id="AAMk",
    waiting_reason="",
    last_error="",
    since=NOON,
    link_state=LinkState.ACTIVE,
    version_sent=True,
)
ROOM = SpaceRow(
    id=1,
    name="Gaskell Room",
    slug="gaskell-room",
    capacity=8,
    description="",
    directions="",
    image="",
    accessible=True,
    powered=True,
    position=0,
    retired=False,
    category_id=1,
    category_name="Meeting rooms",
    category_slug="meeting-rooms",
    nickname_allowed=False,
    location_id=1,
    location_name="Central Library",
    location_slug="central-library",
    location_is_public=True,
    zone="Europe/London",
    zone_id=None,
    zone_name="",
    own=OwnRules(),
    rules=DEFAULTS,
)
DATE = OccurrenceRow(
    id=1,
    key="one",
    space=ROOM,
    when=Interval(NOON, NOON + timedelta(hours=1)),
    state=OccurrenceState.CONFIRMED,
    held_reason=None,
    holds=True,
    cancelled_by=None,
    sync=IN_STEP,
)


def booking(*dates: OccurrenceRow, state: BookingState = BookingState.CONFIRMED) -> BookingRow:
    return BookingRow(
        id=1,
        ref="7KQ2-F9XM",
        first_name="Priya",
        last_name="Raman",
        email="priya.raman@example.org",
        title="",
        nickname="",
        state=state,
        channel=Channel.WEB,
        created_at=NOON,
        updated_at=None,
        occurrences=dates,
    )


class TestAnEntry:
    @pytest.mark.parametrize(
        ("state", "link", "sent", "sign"),
        [
            (PushState.CLEAN, LinkState.ACTIVE, True, Sign("in-step", "In Outlook")),
            (PushState.CLEAN, LinkState.PAUSED, True, Sign("in-step", "In Outlook")),
            (PushState.CLEAN, LinkState.ACTIVE, False, Sign("reaching", "Reaching Outlook")),
            (PushState.DIRTY, LinkState.ACTIVE, False, Sign("reaching", "Reaching Outlook")),
            (PushState.DIRTY, LinkState.PAUSED, False, Sign("paused", "Paused")),
            (PushState.DIRTY, LinkState.AUTH_FAILED, False, Sign("failed", "Sign-in failed")),
            (PushState.UNKNOWN, LinkState.ACTIVE, False, Sign("late", "Not certain")),
            (PushState.CONFLICT, LinkState.ACTIVE, False, Sign("conflict", "Conflict")),
            (PushState.GONE, LinkState.ENDED, False, Sign("paused", "No longer in Outlook")),
        ],
    )
    def test_says_in_a_shape_and_words_how_it_stands(
        self, state: PushState, link: LinkState, *, sent: bool, sign: Sign
    ) -> None:
        view = replace(IN_STEP, state=state, link_state=link, version_sent=sent)

        assert states.of_entry(view) == sign


class TestABooking:
    def test_that_is_held_says_for_what_it_waits(self) -> None:
        held = replace(DATE, state=OccurrenceState.HELD, held_reason=HeldReason.CALENDAR)

        sign = states.of_booking(booking(DATE, held, state=BookingState.HELD))

        assert sign == Sign("reaching", "Reserved, reaching Outlook")

    def test_with_a_conflict_says_that_a_date_is_in_question(self) -> None:
        clash = replace(DATE, sync=replace(IN_STEP, state=PushState.CONFLICT))

        assert states.of_booking(booking(DATE, clash)).shape == "conflict"

    def test_waits_only_for_what_goes_on_by_itself(self) -> None:
        under_way = replace(DATE, sync=replace(IN_STEP, state=PushState.INTENT, version_sent=False))
        paused = replace(DATE, sync=replace(IN_STEP, state=PushState.DIRTY, link_state=LinkState.PAUSED))

        assert states.waits(booking(under_way))
        assert not states.waits(booking(DATE))
        assert not states.waits(booking(paused))

    def test_has_another_fingerprint_when_its_calendar_entry_changes(self) -> None:
        before = booking(replace(DATE, sync=replace(IN_STEP, sync_id="")))

        assert states.fingerprint(before) != states.fingerprint(booking(DATE))
        assert states.fingerprint(booking(DATE)) == states.fingerprint(booking(DATE))
