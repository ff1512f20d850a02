"""Looking at a room before writing to it: what is written and taken back a moment later, people have seen."""

from booking.domain.states import OccurrenceState
from tests.sync.library import Library, at


class TestARoomThatIsTaken:
    def test_is_never_written_to(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10.5, 12))

        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.REJECTED
        assert (lib.asked("create"), lib.asked("delete")) == (0, 0)

    def test_is_never_moved_to(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(13, 14))

        lib.move(ref, at(13, 14))
        lib.push()

        assert lib.occurrence(ref).when == at(10, 11)
        assert lib.asked("update") == 0
