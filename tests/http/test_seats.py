import pytest

from booking.http import seats


class TestThePlan:
    @pytest.mark.parametrize("capacity", range(1, 9))
    def test_of_a_small_room_has_each_seat(self, capacity: int) -> None:
        assert len(seats.plan(capacity).seats) == capacity

    @pytest.mark.parametrize("capacity", [1, 2, 3, 8, 9, 24, 400])
    def test_stays_within_the_walls(self, capacity: int) -> None:
        plan = seats.plan(capacity)

        assert all(plan.radius < x < 40 - plan.radius and plan.radius < y < 40 - plan.radius for x, y in plan.seats)

    @pytest.mark.parametrize("capacity", [1, 8, 24])
    def test_draws_each_seat_as_a_dot(self, capacity: int) -> None:
        plan = seats.plan(capacity)

        assert plan.dots.count("M") == len(plan.seats)
