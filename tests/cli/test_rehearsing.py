"""`booking sync dry-run`, previews of pairing and import, and what a mailbox left taken."""

import pytest

from tests.cli.house import House, address, tomorrow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: What changes a calendar, as the stand-in's log names it.
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem"}


def writes(house: House) -> int:
    return sum(each.operation in WRITES for each in house.exchange.requests())


def stands(house: House, slug: str, hour: int) -> None:
    when = tomorrow(hour)
    house.exchange.add_event(address(slug), subject="Repair café", start=when.start, end=when.end)


class TestDryRun:
    def test_lists_what_sync_would_do_and_writes_nothing(self, house: House) -> None:
        house.books("lab", 9)
        house.paired("lab", "study-1")
        stands(house, "lab", 13)
        before = writes(house)

        told = house.tells("sync", "dry-run")
        printed = house.does("sync", "dry-run", "lab")

        assert (told["counts"]["block"], told["items"]) == (1, 1)
        lab = next(each for each in told["spaces"] if each["space"] == "lab")
        assert [(each["kind"], each["side"]) for each in lab["findings"]] == [("block", "here")]
        assert lab["to_import"] == 1
        assert "An event in Outlook would take this time." in printed
        assert "Data was found: one entry in one calendar." in printed
        assert "café" not in printed
        assert writes(house) == before
        assert house.tells("sync", "dry-run") | {"began": 0, "ended": 0} == told | {"began": 0, "ended": 0}

    def test_looks_only_where_it_is_told_to(self, house: House) -> None:
        house.paired("lab", "nest")

        told = house.tells("sync", "dry-run", "--location", "central")

        assert [each["space"] for each in told["spaces"]] == ["lab"]

    def test_fails_when_a_calendar_cannot_be_read(self, house: House) -> None:
        house.paired("lab")
        house.exchange.fault(operation="FindItem", status=503, count=1)

        answer = house.runs("sync", "dry-run")

        assert answer.exit_code == 1
        assert "not read" in answer.stdout

    def test_without_a_pairing_says_so(self, house: House) -> None:
        assert house.does("sync", "dry-run") == "No space is paired with a calendar yet.\n"


class TestPreviews:
    def test_of_pairing_say_what_the_first_sync_would_do(self, house: House) -> None:
        house.connected()
        house.books("lab", 9)
        stands(house, "lab", 13)

        told = house.tells("space", "pair", "lab", address("lab"), "--preview")
        printed = house.does("space", "pair", "lab", address("lab"), "--preview")

        assert (told["first_sync"]["counts"]["create"], told["first_sync"]["counts"]["block"]) == (1, 1)
        assert "Nothing was changed." in printed
        assert house.tells("sync", "status") == []

    def test_of_an_import_list_what_would_be_written(self, house: House) -> None:
        house.books("lab", 9, 11)
        stands(house, "lab", 11)
        house.paired("lab")

        (told,) = house.tells("space", "import", "lab", "--preview")

        assert [bool(each["obstacle"]) for each in told["bookings"]] == [False, True]
        assert [each.subject for each in house.exchange.items(address("lab"))] == ["Repair café"]


class TestBlocks:
    def test_stay_taken_until_they_are_freed(self, house: House) -> None:
        stands(house, "lab", 13)
        house.paired("lab")
        asked = house.does("space", "unpair", "lab")
        house.does("space", "unpair", "lab", "--yes")

        listed = house.does("space", "blocks", "lab")
        freed = house.tells("space", "blocks", "lab", "--free")

        assert "stays taken until you say `booking space blocks`: 1." in asked
        assert "Still taken: 1." in listed
        assert freed["freed"] == 1
        assert house.does("space", "blocks", "lab") == "Nothing is left taken.\n"
