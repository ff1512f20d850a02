"""`booking folders`: listed, ticked and let go of at the command line."""

from datetime import timedelta

import pytest

from booking import clock
from tests.cli.house import ACCOUNT, EXCHANGE, House

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestFolders:
    def test_are_listed_ticked_and_unticked(self, house: House) -> None:
        house.connected()
        calendar = house.exchange.add_public_folder("Closures")
        when = clock.now() + timedelta(days=2)
        house.exchange.add_event("", folder=calendar, subject="Secret", start=when, end=when + timedelta(hours=1))

        assert "1 calendars found" in house.does("folders", "read", EXCHANGE)
        (folder,) = house.tells("folders", "list", EXCHANGE)["folders"]
        assert (folder["name"], folder["state"], folder["own_calendar"]) == ("Closures", "listed", False)
        assert "Done." in house.does("folders", "tick", str(folder["id"]), "study-1")
        house.does("folders", "look", EXCHANGE)

        told = house.does("folders", "list", EXCHANGE)
        assert "Secret" not in told
        assert [word in told for word in ("Closures", "ticked", "study-1")] == [True] * 3
        asked = house.does("folders", "untick", str(folder["id"]))
        assert "takes 1 times to come" in asked
        assert "Nothing was changed" in asked
        assert house.tells("folders", "untick", str(folder["id"]))["changed"] == 0
        house.does("folders", "untick", str(folder["id"]), "--yes")

        (left,) = house.tells("folders", "list", EXCHANGE)["folders"]
        assert (left["state"], left["blocks"]) == ("leaving", 1)

    def test_that_cannot_be_listed_end_with_status_1(self, house: House) -> None:
        house.connected()

        answer = house.runs("folders", "read", EXCHANGE, "--mailbox", "nobody@library.example")

        assert answer.exit_code == 1
        assert "nobody@library.example" in answer.output

    def test_that_nobody_knows_are_refused(self, house: House) -> None:
        house.connected()

        assert house.runs("folders", "tick", "77", "study-1").exit_code == 2
        assert house.runs("folders", "believe", "77").exit_code == 2
        assert house.runs("folders", "list", "Nowhere").exit_code == 2
        assert "No folder is listed yet" in house.does("folders", "list", EXCHANGE)

    def test_of_outside_meetings_come_with_advice(self, house: House) -> None:
        house.connected()

        told = house.does("folders", "advice", EXCHANGE)

        assert f"Set-CalendarProcessing -Identity '{ACCOUNT}' -ProcessExternalMeetingMessages $true" in told
        assert "Automatically process requests and responses from external senders" in told

    def test_hold_the_account_s_own_calendar_too(self, house: House) -> None:
        house.connected()
        when = clock.now() + timedelta(days=2)
        house.exchange.add_event(
            ACCOUNT, subject="Secret", location="Town hall", start=when, end=when + timedelta(hours=1)
        )

        house.does("folders", "own", EXCHANGE, "--on")
        house.does("folders", "look", EXCHANGE)

        told = house.tells("folders", "list", EXCHANGE)
        assert [(each["place"], each["why"]) for each in told["unmatched"]] == [("Town hall", "no_space")]
        assert "About no space" in house.does("folders", "list", EXCHANGE)
        assert "Done." in house.does("folders", "own", EXCHANGE, "--off", "--yes")
