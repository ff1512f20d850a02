"""The bell: each link to one taker at a time, and no ring lost."""

from booking.sync.bell import Bell


class Far:
    """Remembers what it was called for."""

    def __init__(self) -> None:
        self.called: list[tuple[int, ...]] = []
        self.is_closed = False

    def call(self, link_ids: tuple[int, ...]) -> None:
        self.called.append(link_ids)

    def close(self) -> None:
        self.is_closed = True


class TestABell:
    def test_hands_a_link_out_once(self) -> None:
        bell = Bell()
        bell.ring(1, 1)

        assert (bell.take(0), bell.take(0)) == (1, None)

    def test_keeps_what_is_rung_for_a_link_that_is_being_worked_on(self) -> None:
        bell = Bell()
        bell.ring(1)
        bell.take(0)
        bell.ring(1)

        while_busy = bell.take(0)
        bell.done(1)

        assert (while_busy, bell.take(0)) == (None, 1)

    def test_hands_out_other_links_meanwhile(self) -> None:
        bell = Bell()
        bell.ring(1, 2)
        bell.take(0)

        assert bell.take(0) == 2

    def test_sends_everybody_home_when_it_is_closed(self) -> None:
        bell = Bell()
        bell.ring(1)

        bell.close()

        assert bell.take(60) is None

    def test_is_rung_far_away_where_nobody_listens_here(self) -> None:
        far = Far()
        bell = Bell(far)

        bell.ring(1, 2)

        assert far.called == [(1, 2)]

    def test_is_rung_here_only_where_somebody_listens(self) -> None:
        far = Far()
        bell = Bell(far)
        bell.join()

        bell.ring(1)

        assert (far.called, bell.take(0)) == ([], 1)

    def test_ends_what_it_rings_far_away(self) -> None:
        far = Far()

        Bell(far).close()

        assert far.is_closed
