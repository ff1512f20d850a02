"""What `booking apply` does with servers: connections are tried before they are stored, pairings made one by one."""

import codecs
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from booking.app import create_app
from booking.cli import main
from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from booking.store.database import Session, db, reading, transaction
from booking.store.queries.links import LinkRow
from tests import build
from tests.cli.applied import SMALL

ACCOUNT = "booking@library.example"
PASSWORD = "correct horse"
ROOMS = ("room-1", "room-2", "room-3")
DEFAULTS = '[defaults]\nmailbox = "{slug}@library.example"\n\n'


@pytest.fixture
def exchange() -> Iterator[ExchangeSandbox]:
    """Give a server with three rooms that the account may use."""
    with ExchangeSandbox() as sandbox:
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Booking")
        for slug in ROOMS:
            sandbox.add_room(f"{slug}@library.example", slug)
            sandbox.grant(ACCOUNT, f"{slug}@library.example", "impersonate")
        yield sandbox


class Operator:
    """Somebody with a file and an installation."""

    def __init__(self, settings: Settings, exchange: ExchangeSandbox) -> None:
        self.settings = settings
        self.file = settings.instance.parent / "rooms.toml"
        self.environ = {"EXCHANGE": PASSWORD}
        text = SMALL.replace("mail.library.example", exchange.ews_url).replace(
            "[connections", f"{DEFAULTS}[connections"
        )
        self.write(f"{text}room-2 = {{}}\nroom-3 = {{}}\n")

    def write(self, text: str) -> None:
        self.text = text
        self.file.write_text(text, encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        assert old in self.text
        self.write(self.text.replace(old, new))

    def applies(self, *options: str) -> Result:
        """Run `booking apply`, in this process."""
        environ = {"BOOKING_DATABASE_URL": self.settings.database_url, "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true"}
        command = ["--instance", str(self.settings.instance), "apply", str(self.file), *options]
        return CliRunner().invoke(main, command, env=environ | self.environ)

    def links(self) -> dict[str, LinkRow]:
        """Return the pairings by their space."""
        with self.looking() as session:
            return {row.space_slug: row for row in queries.links.rows(session)}

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Give a session to look with, between commands."""
        with create_app(self.settings).app_context():
            try:
                with reading() as session:
                    yield session
            finally:
                db.engine.dispose()


@pytest.fixture
def operator(settings: Settings, exchange: ExchangeSandbox) -> Operator:
    """Give an operator whose file describes that server and its rooms."""
    return Operator(settings, exchange)


class TestConnections:
    def test_are_tried_stored_and_used(self, operator: Operator) -> None:
        answer = operator.applies()

        assert answer.exit_code == 0, answer.output
        assert "done connection exchange: the server let us in; saved\n" in answer.stdout
        assert "done location central: uses exchange\n" in answer.stdout
        assert set(operator.links()) == set(ROOMS)

    def test_are_left_in_peace_when_they_are_as_the_file_says(
        self, operator: Operator, exchange: ExchangeSandbox
    ) -> None:
        operator.applies()
        asked = len(exchange.requests())

        answer = operator.applies()

        assert (answer.exit_code, answer.output) == (0, "No difference.\n")
        assert len(exchange.requests()) == asked

    def test_say_also_domains_owner_and_the_end_of_the_password(self, operator: Operator) -> None:
        operator.edit(
            "[connections.exchange]",
            '[connections.exchange]\nemail_domains = "annexe.example"\ndefault_owner = "Exchange"\n'
            'netbios = "LIBRARY"\npassword_expires = 2027-03-14',
        )

        assert operator.applies().exit_code == 0
        again = operator.applies()

        assert again.output == "No difference.\n"
        with operator.looking() as session:
            (row,) = queries.connections.rows(session)
        assert (row.email_domains, row.default_owner, row.netbios) == ("annexe.example", "Exchange", "LIBRARY")
        assert str(row.password_expires_on) == "2027-03-14"

    def test_that_do_not_let_us_in_are_not_stored_and_the_rest_is(self, operator: Operator) -> None:
        operator.environ["EXCHANGE"] = "wrong"

        answer = operator.applies()

        assert answer.exit_code == 1
        (told,) = (line for line in answer.stdout.splitlines() if line.startswith("FAILED connection exchange: "))
        assert "with this password" in told
        assert told.endswith(".")  # and nothing of the steps that were not tried
        assert "FAILED 3 spaces: not paired" in answer.stdout
        assert "Run this again" in answer.stdout
        with operator.looking() as session:
            assert queries.connections.rows(session) == ()
            assert queries.places.space_by_slug(session, "room-3") is not None

    def test_are_gone_on_with_by_the_next_run(self, operator: Operator) -> None:
        operator.environ["EXCHANGE"] = "wrong"
        operator.applies()
        operator.environ["EXCHANGE"] = PASSWORD

        answer = operator.applies()

        assert answer.exit_code == 0, answer.output
        assert "new space" not in answer.output
        assert set(operator.links()) == set(ROOMS)

    def test_whose_password_changed_are_tried_again_and_it_is_never_shown(
        self, operator: Operator, exchange: ExchangeSandbox
    ) -> None:
        operator.applies()
        exchange.set_password(ACCOUNT, "battery staple")
        operator.environ["EXCHANGE"] = "battery staple"

        plan = operator.applies("--check")
        answer = operator.applies()

        assert (plan.exit_code, plan.stdout) == (
            3,
            "connection exchange, password: the stored one -> another one\n",
        )
        assert answer.exit_code == 0, answer.output
        for text in (plan.output, answer.output):
            assert "staple" not in text
            assert PASSWORD not in text
        with operator.looking() as session:
            stored = queries.connections.named(session, "exchange")
            assert stored is not None
            assert stored.password == "battery staple"

    def test_may_take_their_password_from_a_file_beside_theirs(self, operator: Operator) -> None:
        (operator.file.parent / "exchange.password").write_text(f"{PASSWORD}\r\n\n", encoding="utf-8")
        operator.edit("env:EXCHANGE", "file:exchange.password")

        assert operator.applies().exit_code == 0

    def test_speak_a_version_written_as_on_the_command_line(self, operator: Operator) -> None:
        operator.edit("[locations.central]", 'version = "2013 SP1"\n\n[locations.central]')

        answer = operator.applies()

        assert answer.exit_code == 0, answer.output
        assert operator.applies("--check").stdout == "No difference.\n"
        with operator.looking() as session:
            assert [row.version for row in queries.connections.rows(session)] == ["Exchange2013_SP1"]

    def test_that_stand_already_are_used_by_their_name(self, operator: Operator) -> None:
        operator.applies()
        connection = operator.text[operator.text.index("[connections") : operator.text.index("[locations.central]")]
        operator.edit(connection, "")

        answer = operator.applies()

        assert (answer.exit_code, answer.stdout) == (0, "No difference.\n")

    def test_are_asked_nothing_by_check(self, operator: Operator, exchange: ExchangeSandbox) -> None:
        answer = operator.applies("--check")

        assert answer.exit_code == 3
        assert exchange.requests() == []


class TestPairings:
    def test_that_fail_do_not_stop_the_others(self, operator: Operator) -> None:
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "nobody@library.example" }')

        answer = operator.applies()

        assert answer.exit_code == 1
        assert "FAILED space room-2: The mailbox exists: The server knows no mailbox" in answer.stdout
        assert "1 thing could not be done" in answer.stderr
        assert set(operator.links()) == {"room-1", "room-3"}

    def test_that_failed_are_made_by_the_next_run_and_nothing_else_is_touched(
        self, operator: Operator, exchange: ExchangeSandbox
    ) -> None:
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "late@library.example" }')
        operator.applies()
        exchange.add_room("late@library.example", "Late")
        exchange.grant(ACCOUNT, "late@library.example", "impersonate")

        answer = operator.applies()

        assert answer.exit_code == 0
        assert answer.stdout.splitlines() == [
            "space room-2, mailbox: none -> late@library.example",
            "done space room-2: paired with late@library.example",
        ]

    def test_with_another_mailbox_let_the_old_one_go(self, operator: Operator, exchange: ExchangeSandbox) -> None:
        operator.applies()
        exchange.add_room("new@library.example", "New")
        exchange.grant(ACCOUNT, "new@library.example", "impersonate")
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "New@library.example" }')

        plan = operator.applies("--check")
        answer = operator.applies()

        assert plan.stdout == "space room-2, mailbox: room-2@library.example -> new@library.example\n"
        assert answer.exit_code == 0, answer.output
        assert operator.links()["room-2"].mailbox == "new@library.example"

    def test_may_hand_mailboxes_on_from_space_to_space(self, operator: Operator, exchange: ExchangeSandbox) -> None:
        operator.applies()
        exchange.add_room("new@library.example", "New")
        exchange.grant(ACCOUNT, "new@library.example", "impersonate")
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "room-3@library.example" }')
        operator.edit("room-3 = {}", 'room-3 = { mailbox = "new@library.example" }')

        answer = operator.applies()

        assert answer.exit_code == 0, answer.output
        found = {slug: link.mailbox.partition("@")[0] for slug, link in operator.links().items()}
        assert found == {"room-1": "room-1", "room-2": "room-3", "room-3": "new"}

    def test_that_swap_mailboxes_say_what_to_do(self, operator: Operator) -> None:
        operator.applies()
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "room-3@library.example" }')
        operator.edit("room-3 = {}", 'room-3 = { mailbox = "room-2@library.example" }')

        answer = operator.applies()

        assert answer.exit_code == 1
        assert answer.stdout.count("Disconnect it there first") == 2

    def test_are_not_made_of_spaces_whose_mailbox_is_empty_in_spite_of_defaults(self, operator: Operator) -> None:
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "" }')

        answer = operator.applies()

        assert answer.exit_code == 0, answer.output
        assert set(operator.links()) == {"room-1", "room-3"}

    def test_of_a_space_with_bookings_say_that_they_are_not_in_the_calendar(self, operator: Operator) -> None:
        operator.edit("room-3 = {}\n", "")
        operator.edit(DEFAULTS, "")
        operator.applies()
        with operator.looking(), transaction() as session:
            row = queries.places.space_by_slug(session, "room-1")
            assert row is not None
            build.booking(session, queries.places.lock_space(session, row.id))
        operator.edit("capacity = 4", 'mailbox = "room-1@library.example"')

        answer = operator.applies()

        assert "1 booking made before is not in its calendar: booking space import room-1 writes them" in answer.stdout


class TestJson:
    def test_of_a_check_lists_each_difference_with_its_line(self, operator: Operator) -> None:
        operator.applies()
        operator.edit('"10:00-14:00"', '"10:00-15:00"')

        answer = operator.applies("--check", "--json")

        assert answer.exit_code == 3
        document = json.loads(answer.stdout)
        assert (document["difference"], document["not_in_the_file"]) == (True, [])
        assert document["changes"] == [
            {
                "action": "change",
                "what": "location central",
                "label": "Saturday",
                "old": "10:00-14:00",
                "new": "10:00-15:00",
                "line": operator.text[: operator.text.index("saturday")].count("\n") + 1,
            }
        ]

    def test_of_an_application_lists_what_was_done(self, operator: Operator) -> None:
        operator.edit("room-2 = {}", 'room-2 = { mailbox = "nobody@library.example" }')

        answer = operator.applies("--json")

        document = json.loads(answer.stdout)
        assert answer.exit_code == 1
        assert document["failed"] == 1
        assert [(each["what"], each["ok"]) for each in document["results"]] == [
            ("connection exchange", True),
            ("location central", True),
            ("space room-1", True),
            ("space room-2", False),
            ("space room-3", True),
        ]

    def test_of_a_file_with_mistakes_lists_them(self, operator: Operator) -> None:
        operator.edit("capacity = 4", "capacity = 0")

        answer = operator.applies("--json")

        assert answer.exit_code == 1
        assert [each["where"].rpartition(".")[2] for each in json.loads(answer.stdout)["mistakes"]] == ["capacity"]
        assert "Nothing was done." in answer.stderr


class TestAFileOfAnEditorOnWindows:
    def test_is_read_as_any_other(self, operator: Operator) -> None:
        operator.applies()
        operator.file.write_bytes(codecs.BOM_UTF8 + operator.text.replace("\n", "\r\n").encode())

        answer = operator.applies("--check")

        assert (answer.exit_code, answer.output) == (0, "No difference.\n")


class TestAFileThatCannotBeRead:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"\n[locations", "line 2: This is not TOML"),
            (b"# x\nname = 'caf\xe9'", "line 2: This is not UTF-8 text"),
        ],
    )
    def test_is_told_with_its_line(self, operator: Operator, content: bytes, words: str) -> None:
        operator.file.write_bytes(content)

        answer = operator.applies()

        assert answer.exit_code == 1
        assert f"{operator.file}, {words}" in answer.stderr

    def test_because_it_is_not_there_is_a_wrong_command(self, operator: Operator) -> None:
        Path(operator.file).unlink()

        assert operator.applies().exit_code == 2
