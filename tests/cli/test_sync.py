"""`booking sync`."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from booking import clock
from tests.cli.commands import booking
from tests.cli.house import ACCOUNT, CENTRAL, EXCHANGE, House, address, tomorrow

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def reads(house: House) -> int:
    return sum(each.operation == "FindItem" for each in house.exchange.requests())


class TestSyncStatus:
    def test_says_so_when_nothing_is_paired(self, instance: Path) -> None:
        answer = booking("sync", "status", instance=instance)

        assert (answer.returncode, answer.stdout) == (0, "No space is paired with a calendar yet.\n")

    def test_is_an_empty_list_for_programs_then(self, instance: Path) -> None:
        answer = booking("sync", "status", "--json", instance=instance)

        assert json.loads(answer.stdout) == []


@ONE_DATABASE
class TestAnOutage:
    def test_is_said_once_for_all_spaces_of_the_server(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.set_password(ACCOUNT, "changed")
        house.runs("connection", "check", EXCHANGE)

        printed = house.does("sync", "status")

        assert printed.startswith("City Exchange does not let us in.\n")
        assert printed.count("with this password") == 1
        assert "Media Lab (lab@library.example): sign-in failed, last read" in printed

    def test_stands_with_each_space_for_programs(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.set_password(ACCOUNT, "changed")
        house.runs("connection", "check", EXCHANGE)

        told = [(each["code"], each["outage"]) for each in house.tells("sync", "status")]

        assert told == [("sign_in_failed", "City Exchange does not let us in")] * 2

    def test_is_none_when_one_space_alone_fails(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.remove_mailbox(address("nest"))
        house.runs("sync", "run", "--all")

        told = {each["space_slug"]: (each["code"], each["outage"]) for each in house.tells("sync", "status")}

        assert told == {"lab": ("in_step", None), "nest": ("mailbox_gone", None)}


class TestSyncRun:
    def test_has_nothing_to_do_when_nothing_is_paired(self, instance: Path) -> None:
        answer = booking("sync", "run", "--json", instance=instance)

        assert answer.returncode == 0
        assert json.loads(answer.stdout) == {"rooms_written": 0, "rooms_read": 0, "rooms_failed": 0}


class TestSyncRunAll:
    def test_writes_what_waits_and_reads_every_calendar(self, house: House) -> None:
        house.paired(*CENTRAL)
        for slug in CENTRAL:
            house.books(slug, 9, 11)
        begun = clock.now()

        told = house.tells("sync", "run", "--all")

        assert (told["rooms_read"], told["rooms_failed"]) == (4, 0)
        rows = house.tells("sync", "status")
        assert [(each["state"], each["waiting"]) for each in rows] == [("active", 0)] * 4
        assert all(datetime.fromisoformat(each["last_read"]) >= begun for each in rows)
        assert all(datetime.fromisoformat(each["last_write"]) >= begun for each in rows)
        assert all(len(house.exchange.items(address(slug))) == 2 for slug in CENTRAL)

    def test_says_how_it_went_on_standard_error_and_the_end_on_standard_output(self, instance: Path) -> None:
        answer = booking("sync", "run", "--all", instance=instance)

        assert (answer.returncode, answer.stdout) == (0, "No space is paired with a calendar yet.\n")


@ONE_DATABASE
class TestSyncRunOnce:
    def test_says_that_all_is_well(self, house: House) -> None:
        house.paired("lab", "nest")

        assert house.does("sync", "run").startswith("Done. Wrote to 0 calendars")

    def test_says_what_could_not_be_read_and_why(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.fault(status=503)

        answer = house.runs("sync", "run")

        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "Error: Not in step: 2 of 2 calendars." in answer.stderr
        assert "(2)" in answer.stderr
        assert house.tells("sync", "run")["rooms_failed"] == 2


@ONE_DATABASE
class TestSyncRunningAll:
    def test_reads_a_calendar_that_has_not_changed_too(self, house: House) -> None:
        house.paired("lab", "nest")
        house.does("sync", "run", "--all")
        before = reads(house)

        answer = house.runs("sync", "run", "--all")

        assert reads(house) == before + 2
        assert answer.stdout == "Read 2 of 2 calendars. Nothing waits to be written.\n"
        assert answer.stderr.splitlines() == [
            "Reading 1 of 2: Central Library, Media Lab.",
            "Reading 2 of 2: Harbour Branch, Crow's Nest.",
        ]

    def test_names_each_room_that_fails_and_why_and_goes_on_with_the_others(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.remove_mailbox(address("nest"))

        answer = house.runs("sync", "run", "--all")

        assert answer.exit_code == 1
        assert "Read 1 of 2 calendars.\n  Harbour Branch, Crow's Nest (nest@library.example): " in answer.stdout
        assert answer.stderr.endswith("Error: Not in step: 1 of 2 calendars.\n")
        told = {each["space"]: each for each in house.tells("sync", "run", "--all")["rooms"]}
        assert (told["lab"]["read"], told["lab"]["problem"]) == (True, "")
        assert (told["nest"]["read"], told["nest"]["code"]) == (False, "mailbox_gone")
        assert told["nest"]["problem"]

    def test_asks_a_server_once_after_a_wrong_password(self, house: House) -> None:
        house.paired(*CENTRAL)
        house.exchange.set_password(ACCOUNT, "changed")

        answer = house.runs("sync", "run", "--all")

        assert house.sign_ins_refused() == 1
        assert answer.exit_code == 1
        assert "City Exchange does not let us in, so none of its 4 spaces can be brought into step." in answer.stdout

    def test_leaves_a_server_alone_that_fails_three_rooms_in_a_row(self, house: House) -> None:
        house.paired(*CENTRAL)
        before = reads(house)
        house.exchange.fault(operation="FindItem", status=500)

        answer = house.runs("sync", "run", "--all")

        assert reads(house) - before == 3
        assert answer.stdout.count(": not read\n") == 3
        assert "in step\n" not in answer.stdout
        assert "  City Exchange failed these in a row, so 1 more space was not asked for.\n" in answer.stdout
        assert house.tells("sync", "run", "--all")["rooms_failed"] == 4

    def test_tries_again_what_failed_once(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.fault(operation="FindItem", mailbox=address("lab"), status=503, count=1)

        told = house.tells("sync", "run", "--all")

        assert (told["rooms_read"], told["rooms_failed"]) == (2, 0)

    def test_tells_of_conflicts_for_staff(self, house: House) -> None:
        house.books("lab", 9)
        when = tomorrow(9)
        house.exchange.add_event(address("lab"), subject="Repair café", start=when.start, end=when.end)
        house.paired("lab")
        house.does("space", "import", "lab")

        answer = house.runs("sync", "run", "--all")

        assert answer.exit_code == 0
        assert answer.stdout.splitlines()[-1].endswith("for staff.")
