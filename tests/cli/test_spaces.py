"""`booking space`: pairing, letting go, and writing what is booked already."""

import pytest

from tests.cli.house import ACCOUNT, House, address, tomorrow

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def entries(house: House, slug: str) -> list[str]:
    return [each.subject for each in house.exchange.items(address(slug))]


@ONE_DATABASE
class TestList:
    def test_says_which_mailbox_each_space_has(self, house: House) -> None:
        house.paired("lab")

        rows = {each["slug"]: each for each in house.tells("space", "list")}

        assert len(rows) == 5
        assert (rows["lab"]["mailbox"], rows["lab"]["state"]) == (address("lab"), "in_step")
        assert (rows["nest"]["mailbox"], rows["nest"]["state"], rows["nest"]["words"]) == (None, None, "not paired")

    def test_of_one_location_has_no_others(self, house: House) -> None:
        assert [each["slug"] for each in house.tells("space", "list", "--location", "harbour")] == ["nest"]

    def test_is_a_table_for_people(self, house: House) -> None:
        rows = house.does("space", "list", "--location", "harbour").splitlines()

        assert rows[1].split() == ["nest", "Crow's", "Nest", "harbour", "harbour-rooms", "-", "not", "paired"]


class TestPair:
    def test_reads_the_calendar_at_once(self, house: House) -> None:
        when = tomorrow(9)
        house.exchange.add_event(address("lab"), subject="Repair café", start=when.start, end=when.end)
        house.connected()

        told = house.tells("space", "pair", "lab", address("LAB"))

        assert (told["saved"], told["mailbox"]) == (True, address("lab"))
        assert [step["result"] for step in told["steps"]] == ["ok", "ok", "ok"]
        (health,) = house.tells("sync", "status")
        assert (health["state"], health["last_read"] is not None) == ("active", True)


@ONE_DATABASE
class TestPairing:
    def test_fails_for_an_address_that_nobody_knows(self, house: House) -> None:
        house.connected()

        answer = house.runs("space", "pair", "lab", "nobody@library.example")

        assert answer.exit_code == 1
        assert "The server knows no mailbox with the address nobody@library.example." in answer.stdout
        assert "Media Lab was not paired, because a step failed." in answer.stderr

    def test_fails_for_a_mailbox_that_another_space_has(self, house: House) -> None:
        house.paired("lab")

        told = house.tells("space", "pair", "nest", address("lab"))

        assert not told["saved"]
        assert told["steps"][-1]["detail"] == "lab@library.example is paired with Media Lab, Central Library."

    def test_wants_a_connection_first(self, house: House) -> None:
        answer = house.runs("space", "pair", "lab", address("lab"))

        assert (answer.exit_code, answer.stderr) == (
            1, "Error: Connect the location to its calendar server first.\n",
        )  # fmt: skip

    def test_takes_another_mailbox_only_when_told_to(self, house: House) -> None:
        house.paired("lab")

        refused = house.runs("space", "pair", "lab", address("nest"))

        assert refused.exit_code == 1
        assert "Media Lab is paired with lab@library.example." in refused.stderr
        assert house.tells("space", "pair", "lab", address("nest"), "--yes")["mailbox"] == address("nest")

    def test_again_tests_it_again(self, house: House) -> None:
        house.paired("lab")

        assert house.tells("space", "pair", "lab", address("lab"))["saved"]
        assert len(house.tells("sync", "status")) == 1

    def test_names_no_space_that_is_not_there(self, house: House) -> None:
        answer = house.runs("space", "pair", "lob", address("lab"))

        assert answer.exit_code == 2
        assert "There is no space 'lob'. `booking space list` names them all." in answer.stderr


class TestImport:
    def test_writes_what_is_booked_and_nothing_twice(self, house: House) -> None:
        house.books("lab", 9, 11, 13)
        house.paired("lab")

        first, second = house.tells("space", "import", "lab"), house.tells("space", "import", "lab")

        assert [(each["total"], each["written"], each["waiting"]) for each in first] == [(3, 3, 0)]
        assert [(each["total"], each["written"]) for each in second] == [(0, 0)]
        assert entries(house, "lab") == ["Ada Lovelace"] * 3


@ONE_DATABASE
class TestImporting:
    def test_all_takes_every_paired_space(self, house: House) -> None:
        house.books("lab", 9)
        house.books("nest", 9, 10)
        house.paired("lab", "nest", "study-1")

        answer = house.does("space", "import", "--all")

        assert answer.splitlines() == [
            "lab: 1 of 1 bookings written.",
            "study-1: nothing to write; every booking is there already.",
            "nest: 2 of 2 bookings written.",
        ]

    def test_leaves_out_what_meets_something_there(self, house: House) -> None:
        when = tomorrow(9)
        house.exchange.add_event(address("lab"), subject="Repair café", start=when.start, end=when.end)
        house.books("lab", 9, 11)
        house.paired("lab")

        (told,) = house.tells("space", "import", "lab")

        assert (told["written"], told["conflicts"], told["waiting"]) == (1, 1, 0)
        assert sorted(entries(house, "lab")) == ["Ada Lovelace", "Repair café"]

    def test_waits_out_a_short_trouble_of_the_server(self, house: House) -> None:
        house.books("lab", 9)
        house.paired("lab")
        house.exchange.fault(operation="FindItem", status=503, count=1)

        (told,) = house.tells("space", "import", "lab")

        assert (told["written"], told["waiting"]) == (1, 0)

    def test_says_why_when_nothing_can_be_written(self, house: House) -> None:
        house.books("lab", 9)
        house.paired("lab")
        house.exchange.grant(ACCOUNT, address("lab"), "none")

        answer = house.runs("space", "import", "lab", "--json")

        assert answer.exit_code == 1
        assert '"waiting": 1' in answer.stdout
        assert '"problem": ""' not in answer.stdout
        assert "What waits is tried again by itself." in answer.stderr

    def test_wants_a_space_or_all(self, house: House) -> None:
        assert house.runs("space", "import").exit_code == 2
        assert house.runs("space", "import", "lab", "--all").exit_code == 2

    def test_wants_a_pairing(self, house: House) -> None:
        answer = house.runs("space", "import", "lab")

        assert answer.exit_code == 1
        assert "Media Lab is not paired. `booking space pair` does that." in answer.stderr


class TestUnpair:
    def test_deletes_our_entries_and_leaves_those_of_others(self, house: House) -> None:
        when = tomorrow(15)
        house.exchange.add_event(address("lab"), subject="Repair café", start=when.start, end=when.end)
        house.books("lab", 9)
        house.paired("lab")
        house.does("space", "import", "lab")

        answer = house.does("space", "unpair", "lab", "--yes")

        assert answer.endswith("Media Lab is not paired any more.\n")
        assert entries(house, "lab") == ["Repair café"]
        assert house.tells("space", "list", "--location", "central")[0]["mailbox"] is None


@ONE_DATABASE
class TestUnpairing:
    def test_says_first_what_it_would_do(self, house: House) -> None:
        house.books("lab", 9, 10)
        house.paired("lab")
        house.does("space", "import", "lab")

        answer = house.does("space", "unpair", "lab")

        assert answer == (
            "Media Lab lets go of lab@library.example. Our 2 entries for times still to come are deleted there. "
            "Undo: pair it with the same mailbox again.\n"
            "Nothing was changed. Run it again with --yes to do this.\n"
        )
        assert len(entries(house, "lab")) == 2

    def test_can_leave_our_entries_there(self, house: House) -> None:
        house.books("lab", 9)
        house.paired("lab")
        house.does("space", "import", "lab")

        told = house.tells("space", "unpair", "lab", "--leave-entries", "--yes")

        assert told == {
            "space": "lab", "mailbox": address("lab"), "entries": 1, "blocks": 0, "entries_stay": True,
            "done": True, "ended": True,
        }  # fmt: skip
        assert entries(house, "lab") == ["Ada Lovelace"]

    def test_asks_no_program(self, house: House) -> None:
        house.paired("lab")

        told = house.tells("space", "unpair", "lab")

        assert (told["done"], told["ended"]) == (False, False)

    def test_wants_a_pairing(self, house: House) -> None:
        assert house.runs("space", "unpair", "lab").stderr == "Error: Media Lab is not paired.\n"
