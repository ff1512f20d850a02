"""Which room belongs to which space, by name: sure, undecided, or nothing alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.sync import matching
from booking.sync.matching import Likeness, Matching, Named

BY_NAME = frozenset({Likeness.ALIKE, Likeness.SAME})


def space(name: str, key: str = "") -> Named:
    return Named(key or name, name)


def room(name: str, address: str = "") -> Named:
    return Named(address or f"mailbox-of-{name.lower().replace(' ', '-')}@example.org", name)


def addressed(address: str, name: str = "") -> Named:
    return Named(f"{address}@example.org", name)


def pairs(found: Matching) -> dict[str, str]:
    return {each.space.name: each.room.name for each in found.proposals}


class TestNames:
    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ("Room 2.14", "Rm 2.14"),
            ("Rm 2.14", "Room 2.14 (6 seats)"),
            ("Room 2.14", "Room 2.14 (6)"),
            ("Study Room 1", "STUDY ROOM 01"),
            ("Study Room 1", "StudyRoom1"),
            ("Room A1", "Room A 1"),
            ("Reading Room", "Room, Reading"),
            ("Gaskell", "Gaskell Room"),
            ("Lesesaal Süd", "Lesesaal Sued"),
            ("Lesesaal Süd", "Lesesaal Sud"),
            ("Große Halle", "Grosse Halle"),
            ("Møterom 3", "Moterom 3"),
            ("Salle Élysée", "salle elysee"),
            ("Crow's Nest", "Crow’s Nest"),
            ("Media Lab", "Media Lab, 12 persons"),
            ("2.14", "Room 2.14"),
            ("Room 12 A", "Room 12A"),
            ("会議室１", "会議室 1"),
            ("غرفة ٢", "غرفة 2"),
            ("कक्ष कि", "कक्ष  कि"),
            ("ΑΊΘΟΥΣΑ 3", "Αίθουσα 3"),
        ],
    )
    def test_that_say_the_same_are_alike(self, ours: str, theirs: str) -> None:
        assert matching.likeness(space(ours), room(theirs)) in BY_NAME

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ("Room 1", "Room 11"),
            ("Room 1A", "Room A1"),
            ("Комната й", "Комната и"),
            ("कक्ष कि", "कक्ष का"),
            ("ห้อง ก", "ห้อง กี"),
            ("غرفة ٢", "غرفة ٣"),
            ("Room 🚀", "Room 😀"),
            ("Room 11", "Room 1"),
            ("Room 1", "Room"),
            ("Room 1.2", "Room 2.1"),
            ("Room 2.14", "Room 214"),
            ("Room 1a", "Room 1b"),
            ("Study Room 1", "Hall 1"),
            ("Turing Hall", "Gaskell Room"),
            ("Room", "Meeting Room"),
            ("", ""),
            ("!!!", "???"),
            ("Room 6 (8 seats)", "Room 8 (6 seats)"),
            ("Room 1", "Meeting Room 1"),
        ],
    )
    def test_that_say_something_else_are_not(self, ours: str, theirs: str) -> None:
        assert matching.likeness(space(ours), room(theirs)) not in BY_NAME

    @pytest.mark.parametrize(("ours", "theirs"), [("Room 1", "Study Room 1"), ("Gaskell Room", "Gaskell Reading Room")])
    def test_of_which_one_says_more_are_for_people_to_decide(self, ours: str, theirs: str) -> None:
        assert matching.likeness(space(ours), room(theirs)) is Likeness.PARTLY

    @given(ours=st.text(max_size=40), theirs=st.text(max_size=40))
    def test_of_any_kind_are_compared_the_same_both_ways(self, ours: str, theirs: str) -> None:
        there = matching.likeness(Named("x@x", ours), Named("y@y", theirs))
        back = matching.likeness(Named("x@x", theirs), Named("y@y", ours))

        assert (there in BY_NAME) == (back in BY_NAME)


class TestAnAddress:
    def test_names_a_room_that_has_no_other_name(self) -> None:
        assert matching.likeness(space("Study Room 1"), addressed("study-room-1")) is Likeness.BY_ADDRESS

    def test_says_nothing_against_a_name_with_another_word(self) -> None:
        renamed = addressed("library-east", "Library West")

        assert matching.likeness(space("Library East"), renamed) < Likeness.BY_ADDRESS

    def test_names_a_room_that_has_a_different_kind_of_name(self) -> None:
        renamed = addressed("room-2.14", "Ada Lovelace")

        assert matching.likeness(space("Room 2.14"), renamed) is Likeness.BY_ADDRESS

    def test_counts_for_nothing_against_the_number_in_the_name(self) -> None:
        assert matching.likeness(space("Room 11"), addressed("room11", "Room 1")) is Likeness.NONE


class TestProposals:
    def test_pair_every_space_with_the_room_of_its_name(self) -> None:
        found = matching.propose(
            [space(f"Room {number}") for number in range(1, 13)],
            [room(f"Rm {number:02} ({number + 3} seats)") for number in reversed(range(1, 13))],
        )

        assert len(found.proposals) == 12
        assert all(ours.split()[-1] == str(int(theirs.split()[1])) for ours, theirs in pairs(found).items())
        assert (found.undecided, found.unlike, found.rooms_left) == ((), (), ())

    def test_never_pair_room_1_with_room_11(self) -> None:
        found = matching.propose([space("Room 1")], [room("Room 11"), room("Room 111"), room("Room 10")])

        assert found.proposals == ()
        assert [each.name for each in found.unlike] == ["Room 1"]
        assert len(found.rooms_left) == 3

    def test_are_not_made_when_two_rooms_would_do(self) -> None:
        found = matching.propose([space("Room 1")], [room("Rm 1", "north@x"), room("Raum 1", "south@x")])

        assert found.proposals == ()
        assert [len(each.rooms) for each in found.undecided] == [2]

    def test_are_not_made_when_two_spaces_want_one_room(self) -> None:
        found = matching.propose([space("Room 1", "here"), space("Room 1", "there")], [room("Room 1")])

        assert found.proposals == ()
        assert [each.space.key for each in found.undecided] == ["here", "there"]

    def test_prefer_the_same_name_to_one_that_is_alike(self) -> None:
        found = matching.propose([space("Reading Room")], [room("Reading"), room("Reading Room")])

        assert pairs(found) == {"Reading Room": "Reading Room"}

    def test_leave_to_people_what_is_alike_in_part_only(self) -> None:
        found = matching.propose([space("Room 1")], [room("Study Room 1"), room("Meeting Room 2")])

        assert found.proposals == ()
        assert [each.rooms[0].name for each in found.undecided] == ["Study Room 1"]

    def test_do_not_mind_the_name_of_the_location(self) -> None:
        rooms = [room("Central Library - Study Room 1"), room("North Library - Study Room 1")]

        found = matching.propose([space("Study Room 1")], rooms, place="Central Library")

        assert pairs(found) == {"Study Room 1": "Central Library - Study Room 1"}

    def test_are_none_for_nothing(self) -> None:
        assert matching.propose([], []) == Matching()

    @given(
        ours=st.lists(st.sampled_from(["Room 1", "Rm 1", "Room 11", "Study 1", "Hall", "The Hall"]), max_size=6),
        theirs=st.lists(st.sampled_from(["room 1", "Raum 1", "Room 11", "Study Room 1", "Hall"]), max_size=6),
    )
    def test_use_each_space_and_each_room_once_and_lose_none(self, ours: list[str], theirs: list[str]) -> None:
        spaces = [Named(f"space-{number}", name) for number, name in enumerate(ours)]
        rooms = [Named(f"box{'x' * number}@example.org", name) for number, name in enumerate(theirs)]

        found = matching.propose(spaces, rooms)

        used = [each.room for each in found.proposals]
        assert len(set(used)) == len(used)
        told = [each.space for each in found.proposals]
        told += [each.space for each in found.undecided] + list(found.unlike)
        assert sorted(each.key for each in told) == sorted(each.key for each in spaces)
        assert set(used) | set(found.rooms_left) == set(rooms)
