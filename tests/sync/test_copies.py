"""Point 17: the server is cloned. The copy never touches what is not its own, and both go on."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from booking.connectors.port import StepResult
from booking.domain.errors import Forbidden
from booking.domain.permissions import COMMAND_LINE, NOBODY
from booking.domain.states import LinkState, OccurrenceState, PushState
from booking.services import connections, installation
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Installation, OutboxMessage
from booking.sync import identity, links, worker
from booking.sync.trials import Outcome
from tests.sync import backups
from tests.sync.backups import go_on, held_times, say_server, status, times, writes
from tests.sync.library import Library, at


@pytest.fixture
def folder(tmp_path: Path, lib: Library) -> Path:
    """Give the copy's folder, copied with everything else."""
    installation.keep(tmp_path, lib.install_id)
    return tmp_path


def say_copy(lib: Library, folder: Path) -> None:
    identity.this_is_a_copy(lib.engine, folder, actor=COMMAND_LINE, now=lib.clock.now)


def install_id() -> str:
    with reading() as session:
        return session.scalars(select(Installation.install_id)).one()


class TestACloneOfTheWholeDisk:
    """Database and folder agree: only the calendars show it, once the original has gone on."""

    def test_is_found_by_what_the_original_writes(self, lib: Library) -> None:
        lib.written(at(8, 9))
        clone = backups.take()
        lib.written(at(10, 11))

        with backups.elsewhere(clone) as copy:
            done = writes(lib)
            lib.place(at(14, 15))
            lib.pull()
            go_on(lib)
            stopped, wrote = status(lib), writes(lib) - done
        lib.pull()

        assert copy["now"]
        assert (stopped.unknown, stopped.writes_go, wrote) == (1, False, 0)
        assert status(lib).writes_go
        assert times(lib) == [at(8, 9), at(10, 11)]

    def test_is_found_by_a_booking_that_the_original_moved(self, lib: Library) -> None:
        ref = lib.written(at(8, 9))
        clone = backups.take()
        lib.move(ref, at(10, 11))
        lib.push()

        with backups.elsewhere(clone):
            lib.pull()
            stopped = status(lib)

        assert (stopped.unknown, stopped.newer) == (0, 1)

    def test_lets_the_original_be_stopped_by_what_the_clone_wrote(self, lib: Library) -> None:
        clone = backups.take()
        with backups.elsewhere(clone):
            lib.written(at(14, 15))

        lib.pull()

        assert status(lib).unknown == 1
        assert lib.blocked() == [at(14, 15)]

    def test_goes_on_with_both_sides_equal_when_it_takes_the_originals_place(self, lib: Library) -> None:
        stays, moved, cancelled = lib.written(at(8, 9)), lib.written(at(10, 11)), lib.written(at(12, 13))
        clone = backups.take()
        lib.move(moved, at(16, 17))
        lib.cancel(cancelled)
        lib.written(at(18, 19))
        lib.push()
        backups.put_back(clone)
        lib.pull()

        say_server(lib)
        lib.move(stays, at(6, 7))
        lib.push()

        assert held_times(lib) == [at(6, 7), at(16, 17)]
        assert times(lib) == [at(6, 7), at(16, 17), at(18, 19)]
        assert lib.blocked() == [at(18, 19)]
        assert status(lib).writes_go


class TestAStagingCopy:
    def test_never_touches_the_originals_entries_whatever_happens_to_its_bookings(
        self, lib: Library, folder: Path
    ) -> None:
        refs = [lib.written(at(8 + hour, 9 + hour)) for hour in range(3)]
        lib.place(at(20, 21))
        clone, entries = backups.take(), lib.entries

        with backups.elsewhere(clone):
            done = writes(lib)
            say_copy(lib, folder)
            lib.move(refs[0], at(14, 15))
            lib.cancel(refs[1])
            lib.rename(refs[2], "Changed in the copy")
            lib.place(at(16, 17))
            go_on(lib)
            worker.run_link(lib.engine, lib.link_id)
            wrote = writes(lib) - done

        assert wrote == 0
        assert lib.entries == entries

    def test_keeps_its_bookings_and_confirms_those_that_waited(self, lib: Library, folder: Path) -> None:
        written, waiting = lib.written(at(8, 9)), lib.place(at(10, 11))

        say_copy(lib, folder)

        assert {lib.occurrence(ref).state for ref in (written, waiting)} == {OccurrenceState.CONFIRMED}
        assert lib.link().state is LinkState.ENDED
        assert lib.connection().paused
        assert (lib.item(written).state, lib.item(written).remote_id) == (PushState.GONE, "")

    def test_tells_nobody_anything(self, lib: Library, folder: Path) -> None:
        lib.written(at(8, 9))
        lib.place(at(10, 11))

        say_copy(lib, folder)

        with reading() as session:
            states = set(session.scalars(select(OutboxMessage.state)))
        assert states == {queries.outbox.OVERTAKEN}

    def test_has_a_new_id_in_its_folder_and_its_database(self, lib: Library, folder: Path) -> None:
        say_copy(lib, folder)

        assert installation.kept(folder) == install_id() != lib.install_id
        assert status(lib).writes_go

    @pytest.mark.parametrize("kept", ["old", "new"])
    def test_that_dies_on_the_way_stays_stopped_and_can_be_asked_again(
        self, lib: Library, folder: Path, kept: str
    ) -> None:
        lib.written(at(8, 9))
        done = writes(lib)
        with transaction() as session:  # what the first two steps leave behind
            session.scalars(select(Installation)).one().stopped = "Being made a copy."
        if kept == "new":
            installation.keep(folder, installation.new_id())

        lib.place(at(10, 11))
        go_on(lib)
        halfway = writes(lib) - done
        say_copy(lib, folder)

        assert halfway == 0
        assert installation.kept(folder) == install_id() != lib.install_id
        assert writes(lib) == done

    def test_sees_the_originals_entries_as_anybodys_when_it_is_paired_there_again(
        self, lib: Library, folder: Path
    ) -> None:
        lib.written(at(8, 9))
        say_copy(lib, folder)
        with transaction() as session:
            connections.resume(session, lib.connection_id, actor=COMMAND_LINE, now=lib.clock.now)
        entries = lib.entries

        outcome = pair(lib)
        go_on(lib)

        assert [(step.name, step.result) for step in outcome.steps][-1] == ("strangers", StepResult.WARNING)
        assert outcome.saved
        assert lib.blocked() == [at(8, 9)]
        assert lib.entries == entries

    def test_is_said_by_administrators_alone(self, lib: Library, folder: Path) -> None:
        with pytest.raises(Forbidden):
            identity.this_is_a_copy(lib.engine, folder, actor=NOBODY, now=lib.clock.now)
        with pytest.raises(Forbidden):
            identity.this_is_the_server(lib.engine, actor=NOBODY, now=lib.clock.now)

        assert installation.kept(folder) == lib.install_id == install_id()

    def test_is_previewed_in_words(self, lib: Library) -> None:
        lib.written(at(8, 9))
        lib.server.put(lib.mailbox, when=at(10, 11), uid="meeting")
        lib.pull()

        words = " ".join(status(lib).if_copy)

        assert "The one pairing ends" in words
        assert "The one entry of ours that is still to come stays there" in words
        assert "The one event from Outlook that takes a room here is forgotten" in words
        assert lib.connection().name in words


class TestACloneWithTheKeysOnly:
    """The file in the folder is missing, or says something else: the site starts, and writes nothing."""

    @pytest.mark.parametrize("said", ["", "somebody-else"])
    def test_stops_every_connection_and_says_where_to_look(self, lib: Library, tmp_path: Path, said: str) -> None:
        if said:
            installation.keep(tmp_path, said)
        lib.place(at(10, 11))

        recognise(lib, tmp_path)
        go_on(lib)

        assert writes(lib) == 0
        assert "machine-b" in status(lib).stopped
        assert status(lib).since is not None
        assert installation.kept(tmp_path) == said

    def test_goes_on_when_it_is_the_server(self, lib: Library, tmp_path: Path) -> None:
        ref = lib.place(at(10, 11))
        recognise(lib, tmp_path)

        identity.this_is_the_server(lib.engine, actor=COMMAND_LINE, now=lib.clock.now, folder=tmp_path)
        recognise(lib, tmp_path)
        go_on(lib)

        assert installation.kept(tmp_path) == lib.install_id
        assert times(lib) == held_times(lib) == [at(10, 11)]
        assert lib.item(ref).state is PushState.CLEAN
        assert status(lib).writes_go

    def test_stays_stopped_until_somebody_decides_even_when_the_folder_is_put_right(
        self, lib: Library, tmp_path: Path
    ) -> None:
        recognise(lib, tmp_path)

        installation.keep(tmp_path, lib.install_id)
        recognise(lib, tmp_path)

        assert not status(lib).writes_go


class TestAFirstStart:
    def test_that_died_after_writing_the_folder_goes_on_with_what_stands_there(
        self, lib: Library, tmp_path: Path
    ) -> None:
        installation.keep(tmp_path, "from-the-first-try")
        forget_the_installation()

        recognise(lib, tmp_path)

        assert install_id() == installation.kept(tmp_path) == "from-the-first-try"
        assert status(lib).writes_go

    def test_that_died_before_anything_stood_in_the_file_writes_it_anew(self, lib: Library, tmp_path: Path) -> None:
        (tmp_path / installation.IDENTITY).touch()
        forget_the_installation()

        recognise(lib, tmp_path)

        assert install_id() == installation.kept(tmp_path) != ""
        assert status(lib).writes_go


def recognise(lib: Library, folder: Path) -> None:
    """Start on another machine."""
    with transaction() as session:
        known = session.scalar(select(Installation.key_fingerprint))
        installation.recognise(
            session,
            folder,
            key_fingerprints=[known or "of the keys in the folder"],
            name="Library",
            machine="machine-b",
            now=lib.clock.now,
        )


def pair(lib: Library) -> Outcome:
    return links.pair(lib.engine, space_id=lib.space_id, address=lib.mailbox, actor=COMMAND_LINE, now=lib.clock.now)


def forget_the_installation() -> None:
    """Have the database be one in which nobody has ever started; its keys are known."""
    with transaction() as session:
        session.execute(delete(Installation))
