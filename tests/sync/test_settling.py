"""Two who want one room: what each choice of staff does on both sides."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory.faults import FailAfter, FailBefore
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.errors import Forbidden, NotPossible, Refused
from booking.domain.permissions import Actor, Grant, Role
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import transaction
from booking.store.models import Conflict, Installation, Occurrence
from booking.sync import clearing, settling
from booking.sync.choices import Chosen
from booking.sync.conflicts import Choice
from tests.sync.library import Library, at
from tests.sync.quarrels import (
    BEN,
    MINA,
    ONE_DATABASE,
    STRANGER,
    all_conflicts,
    blocked,
    chosen,
    conflict,
    offered,
    overlapped,
    settle,
)


@ONE_DATABASE
class TestTheChoices:
    def test_about_an_overlap_are_all_four_and_say_what_follows(self, lib: Library) -> None:
        overlapped(lib)

        found = offered(lib)

        kinds = {each.chosen.choice for each in found.options}
        assert kinds == {Choice.OURS, Choice.THEIRS, Choice.BOTH, Choice.MOVE}
        assert all(each.preview and all(each.preview) for each in found.options)
        assert len({each.key for each in found.options}) == len(found.options)

    def test_about_a_restored_entry_wait_for_an_administrator(self, lib: Library) -> None:
        overlapped(lib)
        with transaction() as session:
            session.scalars(select(Conflict)).one().kind = "restored"

        found = offered(lib)

        assert found.options == ()
        assert "administrator" in found.note

    def test_are_none_when_our_booking_is_cancelled(self, lib: Library) -> None:
        ref, _ = overlapped(lib)
        lib.cancel(ref)

        assert offered(lib).options == ()

    def test_are_for_staff_of_that_place_alone(self, lib: Library) -> None:
        overlapped(lib)

        with pytest.raises(Forbidden):
            settle(lib, Choice.BOTH, actor=STRANGER)


@ONE_DATABASE
class TestKeepingOurs:
    def test_declines_an_invitation_and_closes(self, lib: Library) -> None:
        ref, _ = overlapped(lib, invited=True)

        settled = settle(lib, Choice.OURS)

        assert [each.organizer for each in lib.server.declined] == ["grace@example.org"]
        assert "Ada" not in lib.server.declined[0].text
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert (settled.open, lib.conflicts()) == (False, [])
        assert lib.told() == ["confirmed"]

    def test_touches_nothing_that_nobody_invited_us_to_and_says_who_must_move_it(self, lib: Library) -> None:
        overlapped(lib)

        settled = settle(lib, Choice.OURS)

        assert settled.open
        assert "its owner has to move it" in settled.words
        assert len(lib.entries) == 2
        assert lib.conflicts() == ["overlap"]
        assert "its owner has to move it" in offered(lib).note

    def test_closes_when_the_owner_has_moved_it(self, lib: Library) -> None:
        _, theirs = overlapped(lib)
        settle(lib, Choice.OURS)

        lib.server.move(lib.mailbox, theirs, at(14, 15))
        lib.pull()

        assert lib.conflicts() == []

    def test_asks_a_server_that_refused_for_good_only_once(self, lib: Library) -> None:
        overlapped(lib)
        settle(lib, Choice.OURS)

        lib.clock.turn(hours=1)
        clearing.go_on(lib.engine)

        assert lib.asked("decline") == 1

    def test_whose_answer_is_lost_stays_open_until_a_reading_shows_it(self, lib: Library) -> None:
        overlapped(lib, invited=True)
        lib.server.fail("decline", FailAfter(Ambiguous("no answer")))

        settled = settle(lib, Choice.OURS)
        open_then = lib.conflicts()
        lib.pull()

        assert (settled.open, open_then) == (True, ["overlap"])
        assert lib.conflicts() == []
        assert lib.asked("decline") == 1

    def test_that_could_not_be_asked_for_is_asked_for_again_by_itself(self, lib: Library) -> None:
        overlapped(lib, invited=True)
        lib.server.fail("decline", FailBefore(Definite(Kind.TRANSIENT, "moving")))

        settle(lib, Choice.OURS)
        at_once = clearing.go_on(lib.engine)
        lib.clock.turn(minutes=2)
        later = clearing.go_on(lib.engine)

        assert (at_once, later) == (0, 1)
        assert len(lib.server.declined) == 1
        assert lib.conflicts() == []

    def test_deletes_a_copy_that_bears_our_own_stamp(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.copy(lib.mailbox, lib.entry.id)
        lib.pull()

        settle(lib, Choice.OURS)

        assert lib.entry.id == lib.item(ref).remote_id
        assert lib.conflicts() == []

    def test_never_deletes_the_entry_of_another_booking_of_ours(self, lib: Library) -> None:
        overlapped(lib)
        other = lib.written(at(14, 15))
        with transaction() as session:
            found = session.scalars(select(Conflict)).one()
            found.remote_id = lib.item(other).remote_id

        settle(lib, Choice.OURS)

        assert lib.asked("delete") == 0
        assert len(lib.entries) == 3

    def test_that_was_blocked_is_written_beside_theirs(self, lib: Library) -> None:
        ref, _ = blocked(lib)

        settle(lib, Choice.OURS)
        lib.push()

        assert lib.item(ref).state is PushState.CLEAN
        assert len(lib.entries) == 2

    def test_writes_nothing_while_all_writing_is_stopped(self, lib: Library) -> None:
        overlapped(lib, invited=True)
        with transaction() as session:
            session.scalars(select(Installation)).one().stopped = "two copies"

        settled = settle(lib, Choice.OURS)

        assert settled.open
        assert lib.asked("decline") == 0


@ONE_DATABASE
class TestKeepingTheirs:
    def test_cancels_ours_and_tells_once_with_other_times(self, lib: Library) -> None:
        ref, theirs = overlapped(lib)

        settle(lib, Choice.THEIRS)
        lib.push()
        lib.pull()

        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert [entry.id for entry in lib.entries] == [theirs]
        assert lib.told() == ["confirmed", "gave_way"]
        assert lib.conflicts() == []


@ONE_DATABASE
class TestKeepingBoth:
    def test_is_remembered(self, lib: Library) -> None:
        ref, _ = overlapped(lib)

        settle(lib, Choice.BOTH)
        for _ in range(2):
            lib.pull()
            lib.push()

        assert lib.conflicts() == []
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert len(lib.entries) == 2
        assert all_conflicts()[0].decided_by == "Mina Okafor"

    def test_is_forgotten_when_their_time_changes(self, lib: Library) -> None:
        _, theirs = overlapped(lib)
        settle(lib, Choice.BOTH)

        lib.server.move(lib.mailbox, theirs, at(10, 12))
        lib.pull()

        assert lib.conflicts() == ["overlap"]

    def test_is_forgotten_when_our_time_changes(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10.5, 11))
        lib.pull()
        settle(lib, Choice.BOTH)

        with transaction() as session:
            session.get_one(Occurrence, lib.occurrence(ref).id).starts_at -= timedelta(minutes=30)
        lib.pull()

        assert lib.conflicts() == ["overlap"]

    def test_of_a_blocked_one_writes_ours_beside_theirs(self, lib: Library) -> None:
        ref, _ = blocked(lib)

        settle(lib, Choice.BOTH)
        lib.push()
        lib.pull()

        assert lib.item(ref).state is PushState.CLEAN
        assert lib.conflicts() == []

    def test_does_not_hide_a_third_who_comes(self, lib: Library) -> None:
        overlapped(lib)
        settle(lib, Choice.BOTH)

        lib.server.put(lib.mailbox, when=at(10, 10.5))
        lib.pull()

        assert lib.conflicts() == ["overlap"]


@ONE_DATABASE
class TestMovingOurs:
    def test_takes_an_offered_time_and_tells_once(self, lib: Library) -> None:
        ref, _ = overlapped(lib)
        offer = chosen(lib, Choice.MOVE)

        settling.settle(lib.engine, conflict().id, offer, actor=MINA, now=lib.clock.now)
        lib.push()
        lib.pull()

        assert lib.occurrence(ref).when == offer.when
        assert lib.told() == ["confirmed", "changed"]
        assert lib.conflicts() == []
        assert lib.item(ref).state is PushState.CLEAN

    def test_is_refused_when_somebody_was_faster_and_changes_nothing(self, lib: Library) -> None:
        ref, _ = overlapped(lib)
        offer = chosen(lib, Choice.MOVE)
        lib.place(offer.when)

        with pytest.raises(Refused):
            settling.settle(lib.engine, conflict().id, offer, actor=MINA, now=lib.clock.now)

        assert lib.occurrence(ref).when == at(10, 11)
        assert lib.conflicts() == ["overlap"]


class TestTwoWhoDecideAtOnce:
    def test_the_second_is_told_who_was_first(self, lib: Library) -> None:
        overlapped(lib)
        number, first, second = conflict().id, chosen(lib, Choice.BOTH), chosen(lib, Choice.THEIRS)
        settling.settle(lib.engine, number, first, actor=MINA, now=lib.clock.now)

        with pytest.raises(NotPossible, match="Mina Okafor has settled this conflict already"):
            settling.settle(lib.engine, number, second, actor=BEN, now=lib.clock.now)

    def test_the_second_is_told_when_the_first_decision_still_waits(self, lib: Library) -> None:
        overlapped(lib)
        number, first, second = conflict().id, chosen(lib, Choice.OURS), chosen(lib, Choice.THEIRS)
        settling.settle(lib.engine, number, first, actor=MINA, now=lib.clock.now)

        with pytest.raises(NotPossible, match="Mina Okafor decided about this conflict"):
            settling.settle(lib.engine, number, second, actor=BEN, now=lib.clock.now)

    def test_exactly_one_of_them_is_heard(self, lib: Library, stored: Flask) -> None:
        ref, _ = overlapped(lib)
        number = conflict().id
        ways = {"Mina": chosen(lib, Choice.BOTH), "Ben": chosen(lib, Choice.THEIRS)}
        barrier, heard = Barrier(2), []

        def decide(name: str, way: Chosen) -> None:
            actor = Actor(name=name, grants=frozenset({Grant(Role.LIBRARIAN)}))
            with stored.app_context():
                barrier.wait()
                try:
                    settling.settle(lib.engine, number, way, actor=actor, now=lib.clock.now)
                except NotPossible:
                    return
                heard.append(name)

        both = [Thread(target=decide, args=each) for each in ways.items()]
        for each in both:
            each.start()
        for each in both:
            each.join(timeout=60)

        (winner,) = heard
        kept = lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert kept is (winner == "Mina")
