from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from booking.domain.permissions import Role
from booking.store.database import reading, transaction
from booking.store.models import Booking, Occurrence, OutboxMessage, Space
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, hidden_fields, words

AtWork = Callable[[Role], Staff]


@pytest.fixture
def room(app: Flask, library: Library) -> list[str]:
    """Give the references of two bookings of the room that is retired; another room takes the second one's time."""
    with app.app_context(), transaction() as session:
        spaces = {each.slug: each for each in session.scalars(select(Space))}
        hall, here = spaces[library.hall], spaces[library.room]
        here.category_id = hall.category_id
        made = [build.booking(session, here, at(library.tomorrow, start, start + 1)).ref for start in (10, 12)]
        build.booking(session, hall, at(library.tomorrow, 12, 13))
        return made


def look(staff: Staff, library: Library, **values: str) -> tuple[str, str]:
    """Have it shown what becomes of each booking; return the page and what the form carries along."""
    answer = staff.sends(f"/admin/spaces/{library.room}/retire", values)
    return words(answer.text), hidden_fields(answer.text).get("seen", "")


@pytest.mark.usefixtures("room")
class TestRetiringASpace:
    def test_asks_what_becomes_of_the_bookings(self, at_work: AtWork, library: Library) -> None:
        page = words(at_work(Role.MANAGER).opens(f"/admin/spaces/{library.room}/retire").text)

        assert "2 bookings are still to come." in page
        assert "Move them to another space" in page

    def test_shows_each_before_anything_is_done(
        self, app: Flask, at_work: AtWork, library: Library, room: list[str]
    ) -> None:
        staff = at_work(Role.MANAGER)
        hall = str(staff.space(library.hall).id)

        page, _ = look(staff, library, what="move", into=hall)

        assert "moves to" in page
        assert "It cannot move: it is taken at that time." in page
        assert "Retire it, move 1, cancel 1" in page
        assert not staff.space(library.room).retired
        assert _spaces(app, room) == {library.room}

    def test_moves_what_can_and_cancels_the_rest_with_a_word(
        self, app: Flask, at_work: AtWork, library: Library, room: list[str]
    ) -> None:
        staff = at_work(Role.MANAGER)
        hall = str(staff.space(library.hall).id)
        values = {"what": "move", "into": hall, "message": "The room is being rebuilt."}
        _, seen = look(staff, library, **values)

        answer = staff.sends(f"/admin/spaces/{library.room}/retire", {**values, "seen": seen})

        assert answer.status_code == 303
        assert staff.space(library.room).retired
        assert _spaces(app, room[:1]) == {library.hall}
        with app.app_context(), reading() as session:
            told = list(session.scalars(select(OutboxMessage.facts)))
        assert any("The room is being rebuilt." in each for each in told)

    def test_does_nothing_that_was_not_shown(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        _, seen = look(staff, library, what="cancel")
        with app.app_context(), transaction() as session:
            space = session.get_one(Space, staff.space(library.room).id)
            build.booking(session, space, at(library.tomorrow, 15, 16))

        answer = staff.sends(f"/admin/spaces/{library.room}/retire", {"what": "cancel", "seen": seen})

        assert "Something is different now." in words(answer.text)
        assert answer.status_code == 422
        assert not staff.space(library.room).retired

    def test_does_not_cancel_what_was_shown_as_moving(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        _, seen = look(staff, library, what="move", into=str(staff.space(library.hall).id))

        answer = staff.sends(f"/admin/spaces/{library.room}/retire", {"what": "cancel", "seen": seen})

        assert "Something is different now." in words(answer.text)
        assert not staff.space(library.room).retired

    def test_is_done_at_once_where_nothing_is_to_come(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        with app.app_context(), transaction() as session:
            for each in session.scalars(select(Occurrence)):
                each.holds = False

        answer = staff.sends(f"/admin/spaces/{library.room}/retire", {"what": "cancel"})

        assert answer.status_code == 303
        assert staff.space(library.room).retired

    def test_is_for_managers(self, at_work: AtWork, library: Library) -> None:
        assert at_work(Role.LIBRARIAN).opens(f"/admin/spaces/{library.room}/retire").status_code == 403


def _spaces(app: Flask, refs: list[str]) -> set[str]:
    with app.app_context(), reading() as session:
        query = (
            select(Space.slug)
            .join(Occurrence, Occurrence.space_id == Space.id)
            .join(Booking, Booking.id == Occurrence.booking_id)
            .where(Booking.ref.in_(refs))
        )
        return set(session.scalars(query))
