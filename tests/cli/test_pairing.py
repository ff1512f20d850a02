"""`booking rooms` and `booking space pair-several`: what a server offers, and pairing it by name."""

import pytest

from tests.cli.house import ACCOUNT, CENTRAL, EXCHANGE, HARBOUR, House, address

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def with_lists(house: House) -> House:
    """Have the server list its rooms by building."""
    for slug, name, spaces in (("central", "Central Library", CENTRAL), ("harbour", "Harbour Branch", HARBOUR)):
        building = f"rooms-{slug}@library.example"
        house.exchange.add_room_list(building, name)
        for space in spaces:
            house.exchange.put_in_room_list(building, address(space))
    return house


@ONE_DATABASE
class TestRooms:
    def test_are_listed_by_building_with_the_space_each_belongs_to(self, house: House) -> None:
        with_lists(house).paired("lab")

        rows = house.tells("rooms", EXCHANGE)

        assert [(row["building"], row["address"]) for row in rows] == [
            ("Central Library", address("lab")),
            ("Central Library", address("study-1")),
            ("Central Library", address("study-11")),
            ("Central Library", address("study-2")),
            ("Harbour Branch", address("nest")),
        ]
        assert [row["space_slug"] for row in rows] == ["lab", "", "", "", ""]

    def test_are_a_table_for_each_building(self, house: House) -> None:
        with_lists(house).paired("lab")

        printed = house.does("rooms", EXCHANGE)

        assert "Harbour Branch\n  ROOM         ADDRESS               PAIRED WITH\n  Crow's Nest  nest@" in printed
        assert "Media Lab, Central Library (lab)" in printed
        assert printed.endswith("5 rooms, 4 of them not paired.\n")

    def test_are_none_without_room_lists_and_the_reason_is_said(self, house: House) -> None:
        house.connected()

        assert house.tells("rooms", EXCHANGE) == []
        assert 'New-DistributionGroup -Name "Central Library" -RoomList' in house.does("rooms", EXCHANGE)

    def test_cannot_be_listed_with_a_wrong_password(self, house: House) -> None:
        house.connected()
        house.exchange.set_password(ACCOUNT, "changed")

        answer = house.runs("rooms", EXCHANGE)

        assert answer.exit_code == 1
        assert "with this password" in answer.stderr


class TestPairSeveral:
    def test_pairs_what_it_proposed(self, house: House) -> None:
        with_lists(house).connected()

        told = house.tells("space", "pair-several", "central", "--yes")

        assert {each["space"]: (each["mailbox"], each["paired"]) for each in told["proposals"]} == {
            slug: (address(slug), True) for slug in CENTRAL
        }
        assert {each["space_slug"]: each["mailbox"] for each in house.tells("sync", "status")} == {
            slug: address(slug) for slug in CENTRAL
        }


@ONE_DATABASE
class TestPairingSeveral:
    def test_shows_first_what_it_would_do(self, house: House) -> None:
        with_lists(house).connected()

        printed = house.does("space", "pair-several", "central")

        assert "Study Room 11  Study Room 11  study-11@library.example  the same name" in printed
        assert printed.endswith("Nothing was changed. Run it again with --yes to do this.\n")
        assert house.tells("sync", "status") == []

    def test_again_has_nothing_left_to_do(self, house: House) -> None:
        with_lists(house).connected()
        house.does("space", "pair-several", "central", "--yes")

        told = house.tells("space", "pair-several", "central", "--yes")

        assert (told["proposals"], told["undecided"], told["unlike"], told["paired_already"]) == ([], [], [], 4)
        assert "Central Library has no space that is not paired." in house.does("space", "pair-several", "central")

    def test_leaves_to_people_what_is_not_certain(self, house: House) -> None:
        house.exchange.add_room("lab-2@library.example", "The Media Lab (12 seats)")
        house.exchange.add_room_list("all@library.example", "Everything")
        for room in ("lab@library.example", "lab-2@library.example", address("study-11")):
            house.exchange.put_in_room_list("all@library.example", room)
        house.exchange.add_room("lab@library.example", "Media Lab Room")
        house.connected()

        told = house.tells("space", "pair-several", "central", "--yes")

        assert [each["space"] for each in told["proposals"]] == ["study-11"]
        assert [(each["space"], sorted(each["mailboxes"])) for each in told["undecided"]] == [
            ("lab", ["lab-2@library.example", "lab@library.example"])
        ]
        assert {each["space"] for each in told["unlike"]} == {"study-1", "study-2"}

    def test_takes_rooms_of_one_building_only(self, house: House) -> None:
        with_lists(house).connected()

        printed = house.does("space", "pair-several", "central", "--from-list", "harbour branch")

        assert "No space of Central Library has a name that leaves no choice among the rooms." in printed

    def test_names_the_buildings_when_one_is_not_known(self, house: House) -> None:
        with_lists(house).connected()

        answer = house.runs("space", "pair-several", "central", "--from-list", "Nowhere")

        assert answer.exit_code == 1
        assert "The server has no room list 'Nowhere'. It has Central Library, Harbour Branch." in answer.stderr

    def test_says_of_each_that_fails_why_and_pairs_the_others(self, house: House) -> None:
        with_lists(house).connected()
        house.exchange.grant(ACCOUNT, address("lab"), "none")

        answer = house.runs("space", "pair-several", "central", "--yes")

        assert answer.exit_code == 1
        assert "Media Lab: NOT paired." in answer.stdout
        assert "Study Room 1: paired" in answer.stdout
        assert "1 of 4 could not be paired." in answer.stderr
