"""`booking sync health` and `booking sync runs`."""

import pytest

from tests.cli.house import EXCHANGE, House

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def shown(values: list[dict[str, str]]) -> dict[str, str]:
    return {each["key"]: each["shown"] for each in values}


class TestSyncHealth:
    def test_says_each_value_with_its_meaning_and_next_step(self, house: House) -> None:
        house.paired("lab")
        house.runs("sync", "run", "--all")

        printed = house.does("sync", "health")

        assert f"Account of {EXCHANGE}: recognised" in printed
        assert "Addresses linked: 1 of 5" in printed
        assert "Without a mailbox: " in printed
        assert "Media Lab (lab@library.example)" in printed
        assert "Account reaches the mailbox: yes" in printed

    def test_is_one_document_for_programs(self, house: House) -> None:
        house.paired("lab")
        house.books("lab", 9)
        house.runs("sync", "run", "--all")

        told = house.tells("sync", "health")

        whole, spaces = told["system"], {each["space"]: each for each in told["spaces"]}
        assert shown(whole["values"])["to_exchange_hour"] == "1"
        assert {each["space"] for each in whole["missing"]} == {"study-1", "study-2", "study-11", "nest"}
        assert all(each["meaning"] and each["next_step"] for each in whole["values"])
        assert (spaces["lab"]["to_exchange"], spaces["lab"]["from_exchange"]) == ("first_done", "first_done")
        assert shown(spaces["lab"]["values"])["records"] == "1 booking, 0 entries of other people"
        assert (spaces["nest"]["mailbox"], shown(spaces["nest"]["values"])["address_linked"]) == (None, "no")

    def test_of_one_space_leaves_out_the_rest(self, house: House) -> None:
        house.paired("lab")

        told = house.tells("sync", "health", "--space", "lab")

        assert told["system"] is None
        assert [each["space"] for each in told["spaces"]] == ["lab"]


class TestSyncStatus:
    def test_says_how_far_each_direction_is(self, house: House) -> None:
        house.paired("lab")

        assert "to Outlook: " in house.does("sync", "status")
        (lab,) = house.tells("sync", "status")
        assert lab["from_exchange"]["words"] in {"first sync done", "in sync"}
        assert lab["from_exchange"]["meaning"]


class TestSyncRuns:
    def test_tell_what_was_done(self, house: House) -> None:
        house.paired("lab")

        assert "First reading of the whole calendar: done" in house.does("sync", "runs", "lab")
        assert house.tells("sync", "runs", "lab")[0]["outcome"] == "done"

    def test_are_none_of_a_space_without_a_calendar(self, house: House) -> None:
        assert house.does("sync", "runs", "lab") == "Nothing was done on Media Lab yet.\n"
