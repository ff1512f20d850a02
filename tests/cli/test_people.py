"""`booking staff add`."""

from pathlib import Path
from subprocess import CompletedProcess

from booking import clock, config
from booking.app import create_app
from booking.domain.permissions import Permission, Scope
from booking.services import people
from booking.store import queries
from booking.store.database import db, reading, transaction
from tests.cli.commands import booking

PASSWORD = "correct horse battery"


def add(instance: Path, *options: str, password: str = PASSWORD) -> CompletedProcess[str]:
    who = ["ada@example.org", "--first", "Ada", "--last", "Wren"]
    return booking("staff", "add", *who, *options, "--password-stdin", instance=instance, typed=f"{password}\n")


class TestStaffAdd:
    def test_lets_somebody_sign_in_with_their_role(self, instance: Path) -> None:
        answer = add(instance, "--role", "administrator")

        assert (answer.returncode, answer.stdout) == (0, "Ada Wren can sign in with ada@example.org.\n")
        app = create_app(config.load(instance, {}))
        with app.app_context():
            with transaction() as session:
                person = people.sign_in(session, "ada@example.org", PASSWORD, now=clock.now())
                assert person is not None
                person_id = person.id
            with reading() as session:
                actor = queries.people.actor(session, person_id)
            db.engine.dispose()
        assert actor is not None
        assert actor.may(Permission.EDIT_CONNECTIONS, on=Scope())

    def test_never_shows_the_password(self, instance: Path) -> None:
        answer = add(instance, "--role", "administrator")

        assert PASSWORD not in answer.stdout + answer.stderr

    def test_refuses_the_same_address_twice(self, instance: Path) -> None:
        add(instance, "--role", "administrator")

        answer = add(instance, "--role", "librarian")

        assert answer.returncode == 1
        assert "There is an account with this address already." in answer.stderr

    def test_refuses_a_short_password(self, instance: Path) -> None:
        answer = add(instance, "--role", "librarian", password="short")

        assert answer.returncode == 1
        assert "at least" in answer.stderr

    def test_names_the_locations_when_one_is_not_known(self, instance: Path) -> None:
        answer = add(instance, "--role", "librarian", "--location", "centrl")

        assert answer.returncode == 2
        assert "there is no location 'centrl'" in answer.stderr

    def test_knows_the_roles(self, instance: Path) -> None:
        answer = add(instance, "--role", "everybody")

        assert answer.returncode == 2
        assert "'librarian', 'manager', 'administrator'" in answer.stderr
