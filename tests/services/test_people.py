from datetime import timedelta

import pytest

from booking.domain.errors import Invalid
from booking.domain.permissions import Permission, Role, Scope
from booking.domain.states import Channel
from booking.services import people
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import Person
from tests import build
from tests.build import ADMINISTRATOR, NOW

PASSWORD = "correct horse battery"


def add(session: Session, *, email: str = "grace@example.org", password: str = PASSWORD, **more: object) -> Person:
    return people.add_staff(
        session,
        email=email,
        first_name="Grace",
        last_name="Hopper",
        password=password,
        role=more.pop("role", Role.LIBRARIAN),  # type: ignore[arg-type]  # by name
        now=NOW,
        **more,  # type: ignore[arg-type]  # by name
    )


@pytest.mark.usefixtures("in_app")
class TestAddStaff:
    def test_grants_the_role_in_the_location_only(self) -> None:
        with transaction() as session:
            here, elsewhere = build.location(session), build.location(session)
            person = add(session, location_id=here.id)

            actor = queries.people.actor(session, person.id)

            assert actor is not None
            assert actor.may(Permission.SEE_BOOKINGS, on=Scope(here.id))
            assert not actor.may(Permission.SEE_BOOKINGS, on=Scope(elsewhere.id))

    def test_stores_no_password_but_an_argon2_hash(self) -> None:
        with transaction() as session:
            person = add(session)

            assert (person.password_hash or "").startswith("$argon2id$")
            assert PASSWORD not in str(vars(person))

    @pytest.mark.parametrize(
        ("field", "entered"),
        [("email", {"email": "grace"}), ("password", {"password": "short"}), ("password", {"password": "x" * 1001})],
    )
    def test_refuses_what_cannot_be_right(self, field: str, entered: dict[str, str]) -> None:
        with transaction() as session, pytest.raises(Invalid) as caught:
            add(session, **entered)
        assert list(caught.value.fields) == [field]

    def test_refuses_a_second_account_with_one_address(self) -> None:
        with transaction() as session:
            add(session)
            with pytest.raises(Invalid):
                add(session, email="Grace@Example.org")

    def test_refuses_an_administrator_of_one_location(self) -> None:
        with transaction() as session, pytest.raises(Invalid):
            add(session, role=Role.ADMINISTRATOR, location_id=build.location(session).id)


@pytest.mark.usefixtures("in_app")
class TestSignIn:
    def test_takes_the_right_password_whatever_the_case_of_the_login(self) -> None:
        with transaction() as session:
            add(session)

            person = people.sign_in(session, " Grace@Example.ORG ", PASSWORD, now=NOW)

            assert person is not None
            assert person.last_sign_in_at == NOW

    def test_refuses_wrong_unknown_guest_and_inactive_alike(self) -> None:
        with transaction() as session:
            add(session)
            add(session, email="gone@example.org").active = False
            build.person(session, email="guest@example.org")
            session.flush()

            tries = [
                ("grace@example.org", "wrong password"),
                ("nobody@example.org", PASSWORD),
                ("guest@example.org", PASSWORD),
                ("gone@example.org", PASSWORD),
                ("", ""),
            ]
            assert [people.sign_in(session, *each, now=NOW) for each in tries] == [None] * len(tries)


@pytest.mark.usefixtures("in_app")
class TestSetPassword:
    def test_ends_sessions_that_began_with_the_old_one(self) -> None:
        with transaction() as session:
            person = add(session)
            nonce = person.session_nonce
            assert queries.people.signed_in(session, person.id, nonce) is not None

            people.set_password(
                session, person, "another good one", actor=ADMINISTRATOR, channel=Channel.STAFF, now=NOW
            )
            session.flush()

            assert queries.people.signed_in(session, person.id, nonce) is None
            assert people.sign_in(session, "grace@example.org", PASSWORD, now=NOW) is None
            later = NOW + timedelta(hours=1)
            assert people.sign_in(session, "grace@example.org", "another good one", now=later) is not None
