"""`booking sync reset`."""

import pytest

from tests.cli.house import House

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestSyncReset:
    def test_only_says_what_it_would_do(self, house: House) -> None:
        house.paired("lab")

        printed = house.does("sync", "reset", "lab")

        assert "No booking is changed and nothing is written to Outlook." in printed
        assert "Nothing was changed. Run again with --yes to do this." in printed

    def test_finds_everything_again(self, house: House) -> None:
        house.paired("lab")

        told = house.tells("sync", "reset", "lab", "--yes")

        assert told["result"] == {"forgotten": 0, "found": 0, "same": 0, "not_found": [], "report": None}

    def test_that_cannot_begin_stays_marked_and_can_be_withdrawn(self, house: House) -> None:
        house.paired("lab")
        house.exchange.fault(operation="FindItem", status=503, count=1)

        answer = house.runs("sync", "reset", "lab", "--yes")
        marked = house.tells("sync", "reset", "lab")
        withdrawn = house.does("sync", "reset", "lab", "--withdraw")

        assert answer.exit_code == 1
        assert "Marked for reset, and not begun." in answer.stderr
        assert marked["state"] == "marked"
        assert withdrawn == "The reset was withdrawn. Nothing was changed.\n"
        assert house.runs("sync", "reset", "lab", "--withdraw").exit_code == 1

    def test_refuses_a_space_without_a_calendar(self, house: House) -> None:
        house.paired("lab")

        answer = house.runs("sync", "reset", "nest")

        assert answer.exit_code == 2
        assert "is not paired with a calendar" in answer.output
