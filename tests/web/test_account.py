from http import HTTPStatus

from flask import Flask

from booking import clock, services
from booking.domain.permissions import SYSTEM, Role
from booking.domain.states import Channel
from booking.store import queries
from booking.store.database import transaction
from tests.support.pages import PASSWORD, Library, Visitor, hire, login, words

LIBRARIAN = login(Role.LIBRARIAN)


def hired(app: Flask, library: Library) -> None:
    with app.app_context():
        hire(library, (Role.LIBRARIAN, library.location))


class TestSigningIn:
    def test_leads_to_where_the_person_was_going(self, app: Flask, desk: Visitor, library: Library) -> None:
        hired(app, library)
        turned_away = desk.opens("/admin/bookings?state=held")
        asked = turned_away.headers["Location"]

        answer = desk.sends("/sign-in", {"login": LIBRARIAN, "password": PASSWORD}, form_on=asked)

        assert turned_away.status_code == HTTPStatus.FOUND
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert answer.headers["Location"] == "/admin/bookings?state=held"

    def test_leads_to_no_other_site(self, app: Flask, desk: Visitor, library: Library) -> None:
        hired(app, library)
        values = {"login": LIBRARIAN, "password": PASSWORD, "next": "//elsewhere.example/"}

        answer = desk.sends("/sign-in", values, form_on="/sign-in")

        assert answer.headers["Location"] == "/admin/"

    def test_says_the_same_of_an_unknown_name_and_a_wrong_password(
        self, app: Flask, desk: Visitor, library: Library
    ) -> None:
        hired(app, library)

        wrong = desk.signs_in(LIBRARIAN, "not the password")
        unknown = desk.signs_in("nobody@example.org", "not the password")

        assert (wrong.status_code, unknown.status_code) == (422, 422)
        assert words(wrong.text) == words(unknown.text)

    def test_is_slowed_down_after_ten_tries_and_says_so_calmly(
        self, app: Flask, desk: Visitor, library: Library
    ) -> None:
        hired(app, library)
        tries = [desk.signs_in(LIBRARIAN, "guess").status_code for _ in range(10)]

        answer = desk.signs_in(LIBRARIAN, PASSWORD)

        assert tries == [422] * 10
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert "Your account is not locked" in answer.text

    def test_does_not_keep_others_at_the_same_address_out(self, app: Flask, desk: Visitor, library: Library) -> None:
        hired(app, library)
        for _ in range(11):
            desk.signs_in("somebody@example.org", "guess")

        assert desk.signs_in(LIBRARIAN).status_code == HTTPStatus.SEE_OTHER


class TestASession:
    def test_ends_with_the_password_it_began_with(self, app: Flask, desk: Visitor, library: Library) -> None:
        hired(app, library)
        desk.signs_in(LIBRARIAN)
        inside = desk.opens("/").text
        with app.app_context(), transaction() as session:
            person = queries.people.account(session, LIBRARIAN)
            assert person is not None
            services.people.set_password(
                session, person, "another good one", actor=SYSTEM, channel=Channel.CLI, now=clock.now()
            )

        outside = desk.opens("/").text

        assert "Mina Okafor" in inside
        assert "Mina Okafor" not in outside

    def test_ends_when_the_person_leaves(self, app: Flask, desk: Visitor, library: Library) -> None:
        hired(app, library)
        desk.signs_in(LIBRARIAN)
        with app.app_context(), transaction() as session:
            person = queries.people.account(session, LIBRARIAN)
            assert person is not None
            person.active = False

        assert "Mina Okafor" not in desk.opens("/").text

    def test_ends_by_the_button(self, app: Flask, desk: Visitor, library: Library) -> None:
        hired(app, library)
        desk.signs_in(LIBRARIAN)

        answer = desk.sends("/sign-out", {}, form_on="/spaces/" + library.room + "/bookings/new")

        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert "Mina Okafor" not in desk.opens("/").text


class TestTheColours:
    def test_are_kept_in_a_cookie_and_set_on_the_server(self, desk: Visitor, library: Library) -> None:
        form = f"/spaces/{library.room}/bookings/new"

        answer = desk.sends("/theme", {"theme": "dark", "next": "/"}, form_on=form)

        assert answer.headers["Location"] == "/"
        assert 'data-bs-theme="dark"' in desk.opens("/").text

    def test_lead_back_to_no_other_site(self, desk: Visitor, library: Library) -> None:
        form = f"/spaces/{library.room}/bookings/new"

        answer = desk.sends("/theme", {"theme": "pink", "next": "https://elsewhere.example"}, form_on=form)

        assert answer.headers["Location"] == "/"
        assert "theme=" not in answer.headers.get("Set-Cookie", "")
