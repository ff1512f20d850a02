"""`booking location`."""

import pytest

from tests.cli.house import EXCHANGE, House

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestList:
    def test_says_what_each_location_uses(self, house: House) -> None:
        house.paired("lab", "nest")

        rows = {each["slug"]: each for each in house.tells("location", "list")}

        assert rows["central"] == {
            "slug": "central", "name": "Central Library", "time_zone": "Europe/London", "public": True,
            "spaces": 4, "paired": 1, "connection": EXCHANGE,
        }  # fmt: skip
        assert (rows["harbour"]["spaces"], rows["harbour"]["paired"]) == (1, 1)

    def test_is_a_table_for_people(self, house: House) -> None:
        heading, central, harbour = house.does("location", "list").splitlines()

        assert heading.split() == ["SLUG", "NAME", "TIME", "ZONE", "SPACES", "PAIRED", "CONNECTION"]
        assert central.split() == ["central", "Central", "Library", "Europe/London", "4", "0", "none"]
        assert heading.index("SPACES") == central.index("4") == harbour.index("1")


class TestConnect:
    def test_has_a_location_use_a_connection(self, house: House) -> None:
        house.adds()

        answer = house.does("location", "connect", "harbour", EXCHANGE)

        assert answer == "Harbour Branch uses City Exchange from now on.\n"
        assert [each["connection"] for each in house.tells("location", "list")] == [None, EXCHANGE]

    def test_twice_changes_nothing(self, house: House) -> None:
        house.connected()

        told = house.tells("location", "connect", "harbour", EXCHANGE)

        assert told == {"location": "harbour", "connection": EXCHANGE, "changed": False}

    def test_is_refused_while_spaces_are_paired_through_another(self, house: House) -> None:
        house.paired("lab")
        house.runs(
            "connection", "add", "Another", "--server", "mail.example.org", "--username", "x",
            "--email", "x@example.org", "--password-env", "EXCHANGE_PASSWORD", "--paused",
        )  # fmt: skip

        answer = house.runs("location", "connect", "central", "Another")

        assert answer.exit_code == 1
        assert answer.stderr.startswith("Error: Disconnect this location's spaces first")
