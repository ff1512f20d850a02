"""`booking preflight`: files as PowerShell writes them, what is kept of them, and what programs get."""

import pytest

from tests.cli.house import House, address

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILE = "AutomateProcessing  : AutoAccept\nAllowConflicts      : True\nBookingWindowInDays : 30\n"


@ONE_DATABASE
class TestPreflight:
    def test_reads_what_powershell_wrote_and_keeps_it(self, house: House) -> None:
        house.paired("lab")
        file = house.settings.instance / "lab.txt"
        file.write_bytes(FILE.encode("utf-16"))  # as > writes in Windows PowerShell

        answer = house.runs("preflight", "lab", "--paste", str(file))
        again = house.tells("preflight", "lab")

        assert answer.exit_code == 1
        assert "AllowConflicts: CLASH" in answer.stdout
        assert f"  set it   Set-CalendarProcessing -Identity '{address('lab')}' -AllowConflicts $false" in answer.stdout
        assert "The mailbox's rules clash with those here." in answer.stderr
        assert {line["setting"]: line["kind"] for line in again["lines"]} | {"AllowConflicts": "clash"} == {
            **{line["setting"]: "unknown" for line in again["lines"]},
            "AutomateProcessing": "harmless",
            "AllowConflicts": "clash",
            "BookingWindowInDays": "harmless",
        }
        assert again["source"] == "pasted"

    def test_keeps_nothing_when_something_is_not_understood(self, house: House) -> None:
        house.paired("lab")
        file = house.settings.instance / "lab.txt"
        file.write_text(f"{FILE}MaximumDurationInMinutes : long\n", encoding="utf-8")

        answer = house.runs("preflight", "lab", "--paste", str(file))

        assert answer.exit_code == 1
        assert "line 4: MaximumDurationInMinutes : long A whole number from 0 to" in answer.stderr
        assert house.tells("preflight", "lab")["counts"]["unknown"] == 12

    def test_compares_a_space_that_is_not_paired(self, house: House) -> None:
        answer = house.runs("preflight", "nest", "--paste", "-", typed='{"BookingWindowInDays": 30}')

        assert answer.exit_code == 0
        assert "is not paired, so nothing of this is kept." in answer.stdout
        assert "<e-mail address of the room>" in answer.stdout

    def test_looks_at_the_calendar_when_asked(self, house: House) -> None:
        house.paired("lab")

        told = house.tells("preflight", "lab", "--look")

        assert told["seen"]["entries"] == 0
        assert next(line for line in told["lines"] if line["setting"] == "BookInPolicy")["seen"].startswith("No entry")
