import pytest

from booking.domain import states
from booking.domain.states import BookingState, OccurrenceState

HELD, CONFIRMED, CANCELLED, REJECTED = (
    OccurrenceState.HELD,
    OccurrenceState.CONFIRMED,
    OccurrenceState.CANCELLED,
    OccurrenceState.REJECTED,
)


class TestOverall:
    @pytest.mark.parametrize(
        ("dates", "expected"),
        [
            ([CONFIRMED], BookingState.CONFIRMED),
            ([CONFIRMED, HELD], BookingState.HELD),
            ([CONFIRMED, CANCELLED, REJECTED], BookingState.CONFIRMED),
            ([CANCELLED, REJECTED], BookingState.REJECTED),
            ([CANCELLED, CANCELLED], BookingState.CANCELLED),
        ],
    )
    def test_is_held_while_a_date_waits_else_the_best(
        self, dates: list[OccurrenceState], expected: BookingState
    ) -> None:
        assert states.overall(dates) is expected


class TestMayMove:
    def test_never_leads_back_from_a_rejection(self) -> None:
        assert not any(states.may_move(REJECTED, state) for state in OccurrenceState)
