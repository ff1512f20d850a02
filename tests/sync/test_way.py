"""The main way: what is booked stands in the calendar, what stands in the calendar blocks."""

from booking.domain.states import OccurrenceState, PushState
from tests.sync.library import Library, at


class TestBooking:
    def test_stands_in_the_calendar_a_moment_later(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))

        lib.push()

        assert (lib.entry.when, lib.entry.subject) == (at(10, 11), "Ada Lovelace")
        assert "ada@example.org" in lib.entry.body
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.item(ref).remote_id == lib.entry.id
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert lib.told() == ["confirmed"]
