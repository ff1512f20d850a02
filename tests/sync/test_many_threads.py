"""Many threads that edit and write at once."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from booking.domain.states import PushState
from booking.sync import worker
from tests.sync.library import Library, at


class TestManyThreads:
    def test_that_edit_while_others_write_lose_nothing(self, lib: Library, stored: Flask) -> None:
        refs = [lib.place(at(hour, hour + 1)) for hour in (8, 10, 12)]

        def edit(ref: str) -> None:
            with stored.app_context():
                for number in range(6):
                    lib.rename(ref, f"Title {number}")
                lib.cancel(ref)

        def write(_: int) -> None:
            with stored.app_context():
                for _ in range(8):
                    worker.push_due(lib.engine)

        with ThreadPoolExecutor(5) as pool:
            done = [*pool.map(edit, refs), *pool.map(write, range(2))]
        lib.clock.turn(minutes=3)
        lib.push()

        assert len(done) == 5
        assert lib.entries == []
        assert {lib.item(ref).state for ref in refs} == {PushState.GONE}
