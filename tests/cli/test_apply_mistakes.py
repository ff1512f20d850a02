"""What `booking apply` says about a file that cannot be right."""

import pytest

from booking.store import queries
from booking.store.database import reading, transaction
from tests import build
from tests.cli.applied import SMALL, applied, mistakes_in

pytestmark = pytest.mark.usefixtures("in_app")


def line_of(text: str, part: str) -> int:
    """Return the line in which `part` stands first."""
    return text[: text.index(part)].count("\n") + 1


def edited(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


class TestAMistake:
    @pytest.mark.parametrize(
        ("old", "new", "at", "words"),
        [
            ('name = "Central Library"', "name = 7", "name = 7", "text in quotation marks, not 7"),
            ("time_zone", "timezone", "timezone", "Did you mean time_zone?"),
            ("Europe/London", "Europe/Londn", "Europe/Londn", "Did you mean Europe/London?"),
            ('connection = "exchange"', 'connection = "exchagne"', "exchagne", "Did you mean exchange?"),
            ('"First floor"]', '"First floor", "First floor"]', "zones =", "in this list already"),
            ('zones = ["Ground floor", "First floor"]', 'zones = "Ground floor"', "zones =", "a list of names"),
            ("monday-friday", "monday-firday", "monday-firday", '"firday" is no day'),
            ("saturday =", "friday =", 'friday = "10', "Friday has its hours already, from monday-friday"),
            ('"09:00-17:00"', '"09:00-12:00, 11:00-17:00"', "monday-friday", "overlap"),
            ('"09:00-17:00"', '"from nine"', "from nine", "09:00-17:00"),
            ('"09:00-17:00"', "9", "monday-friday", "text in quotation marks, not 9"),
            ('"3 h"', '"3 hours"', "rules =", '"2 h"'),
            ('"3 h"', "180", "rules =", "a length of time with its unit"),
            ('"3 h"', '"20 min"', "rules =", "shortest"),
            ('longest = "3 h"', 'window = "36 h"', "rules =", "whole days"),
            ('longest = "3 h"', 'longst = "3 h"', "rules =", "Did you mean longest?"),
            ('zone = "First floor"', 'zone = "Frist floor"', "room-1", 'Did you mean "First floor"?'),
            ("capacity = 4", "capacity = 0", "room-1", "from 1 to"),
            ("capacity = 4", f"position = {10**20}", "room-1", "from 0 to 9999"),
            ("capacity = 4", "position = -1", "room-1", "from 0 to 9999"),
            ("capacity = 4", "capacity = true", "room-1", "a whole number, without quotation marks, not true"),
            ("room-1 =", '"Room 1" =', '"Room 1" =', "small letters"),
            ('password = "env:EXCHANGE"', 'password = "hunter2"', "hunter2", "does not stand in this file"),
            ('password = "env:EXCHANGE"', 'password = "env:NOWHERE"', "NOWHERE", "NOWHERE is not set"),
            ('password = "env:EXCHANGE"', 'password = "file:gone"', "file:gone", "cannot be read"),
            ('password = "env:EXCHANGE"', 'password = "file:\\u0000"', "file:", "no path"),
            ('password = "env:EXCHANGE"', 'password = "env:LINES"', "env:LINES", "A password is one line"),
            ('password = "env:EXCHANGE"\n', "", "[connections", "Enter the password."),
            ('password = "env:EXCHANGE"', 'password = "env:EXCHANGE"\nversion = "2019"', "version", "For 2019"),
            ('server = "mail.library.example"', 'server = "me@mail"', "me@mail", "name of a server"),
            ("capacity = 4", 'mailbox = "room 1"', "room-1", "no address of a mailbox"),
            ("[locations.central.hours]", "[locations.central.hours", "[locations.central.hours", "not TOML"),
        ],
    )
    def test_is_told_with_its_line_and_what_would_be_right(self, old: str, new: str, at: str, words: str) -> None:
        text = edited(old, new)

        found = mistakes_in(text)

        assert [each.line for each in found] == [line_of(text, at)], found
        assert words in found[0].why

    @pytest.mark.parametrize("password", ['"hunter2"', "2718", '"env: hunter2', '["hunter2"]'])
    def test_never_shows_a_password(self, password: str) -> None:
        found = mistakes_in(edited('password = "env:EXCHANGE"', f"password = {password}"))

        assert found
        assert "hunter2" not in f"{found}"
        assert "2718" not in f"{found}"

    @pytest.mark.parametrize(
        ("more", "at", "words"),
        [
            ('exceptions = { 2026-12-24 = { note = "Eve" } }', "exceptions", "Say which hours"),
            ('exceptions = { 2026-13-24 = "closed" }', "exceptions", "a date such as 2026-12-24"),
            ('closures = [{ from = 2026-12-25, reason = "x" }]', "closures", "Say when it ends"),
            ('closures = [{ from = 2026-12-25, to = 2026-12-24, reason = "x" }]', "closures", "end must come after"),
            (
                'closures = [{ from = 2027-03-28T01:30:00, to = 2027-03-29, reason = "x" }]',
                "closures",
                "clocks go forward",
            ),
            ('closures = [{ from = 2026-12-25T00:00:00Z, to = 2027-01-01, reason = "x" }]', "closures", "own clock"),
            ('closures = "none"', "closures", "a list of tables"),
            ('profile = { title = "nick" }', "profile", '"nickname"'),
            ('profile = { days_back = "200 days" }', "profile", "from 1 to 180"),
            ('profile = "none"', "profile", "no sync profile of that name"),
            ("profile = 7", "profile", "must be a table"),
            ('profile = { window = "today", days_back = "3 days" }', "profile", 'window = "days" only'),
            ("colour = 1", "colour", "no key"),
        ],
    )
    def test_in_what_a_location_may_say_besides(self, more: str, at: str, words: str) -> None:
        text = edited("zones = [", f"{more}\nzones = [")

        found = mistakes_in(text)

        assert [each.line for each in found] == [line_of(text, at)], found
        assert words in found[0].why

    @pytest.mark.parametrize("closure", ["from = 2026-12-25, to = 2026-12-24", "from = 2200-01-01, to = 2200-01-02"])
    def test_in_a_closure_is_told_with_its_line_beside_closures_that_stand(self, closure: str) -> None:
        kept = 'closures = [{ from = 2026-12-25, to = 2026-12-26, reason = "Christmas" }]\nzones = ['
        applied(edited("zones = [", kept))
        text = edited("zones = [", f'closures = [{{ {closure}, reason = "x" }}]\nzones = [')

        found = mistakes_in(text)

        assert [each.line for each in found] == [line_of(text, "closures")], found

    def test_of_leaving_out_what_is_needed_names_each_key(self) -> None:
        text = edited('server = "mail.library.example"\nusername = "booking@library.example"\n', "")
        text = text.replace('time_zone = "Europe/London"\n', "")

        assert [(each.line, each.where) for each in mistakes_in(text)] == [
            (1, "connections.exchange.server"),
            (1, "connections.exchange.username"),
            (4, "locations.central.time_zone"),
        ]

    def test_of_two_spaces_with_one_mailbox_is_told_once(self) -> None:
        text = (
            f'{SMALL}room-2 = {{ mailbox = "One@library.example" }}\nroom-3 = {{ mailbox = "one@library.example" }}\n'
        )

        found = mistakes_in(text)

        assert [each.line for each in found] == [line_of(text, "room-3")]
        assert "room-2 already" in found[0].why

    def test_of_two_spaces_with_one_short_name_names_the_other(self) -> None:
        text = f"{SMALL}\n[locations.central.categories.halls.spaces]\nroom-1 = {{}}\n"

        found = mistakes_in(text)

        assert [(each.line, each.why) for each in found] == [
            (text.count("\n"), f"There is a space room-1 in line {line_of(text, 'room-1 =')} already.")
        ]

    def test_of_pairing_without_a_connection_says_where_to_write_one(self) -> None:
        text = edited('connection = "exchange"\n', "").replace("capacity = 4", 'mailbox = "one@library.example"')

        found = mistakes_in(text)

        assert [each.line for each in found] == [line_of(text, "room-1")]
        assert "[locations.central]" in found[0].why

    def test_of_a_new_connection_where_spaces_are_paired_through_another_is_told_before_anything_is_done(self) -> None:
        applied(SMALL)
        with transaction() as session:
            row = queries.places.space_by_slug(session, "room-1")
            assert row is not None
            build.link(session, queries.places.lock_space(session, row.id), mailbox="one@library.example")

        (found,) = mistakes_in(SMALL)

        assert found.line == line_of(SMALL, 'connection = "exchange"')
        assert "paired through the other one" in found.why

    def test_of_a_mailbox_that_another_space_has_names_it(self) -> None:
        with transaction() as session:
            build.link(session, build.space(session, name="Old room"), mailbox="one@library.example")

        found = mistakes_in(edited("capacity = 4", 'mailbox = "one@library.example"'))

        assert len(found) == 1
        assert "paired with Old room" in found[0].why

    def test_is_no_reason_to_keep_quiet_about_the_others(self) -> None:
        text = (
            SMALL.replace("time_zone", "timezone")
            .replace("saturday =", "friday =")
            .replace('"3 h"', '"3 hours"')
            .replace('zone = "First floor", capacity = 4', 'zone = "Cellar", capacity = 0, colour = "red"')
            .replace("env:EXCHANGE", "hunter2")
        )

        found = mistakes_in(text)

        assert [(each.line, each.where.rpartition(".")[2]) for each in found] == [
            (4, "password"),
            (8, "timezone"),
            (14, "friday"),
            (18, "longest"),
            (21, "capacity"),
            (21, "colour"),
            (21, "zone"),
        ]

    def test_keeps_everything_from_being_done(self) -> None:
        with pytest.raises(AssertionError):
            applied(edited("capacity = 4", "capacity = 0"))

        with reading() as session:
            assert queries.places.locations(session) == ()
