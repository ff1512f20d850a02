"""Rooms into which our account alone may write: the hard guarantee, and what happens if it does not hold."""

import pytest

from booking.domain.errors import Forbidden, NotPossible
from booking.domain.permissions import NOBODY
from booking.domain.states import Authority
from booking.sync import links, pull
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at


def exclusive(lib: Library) -> None:
    links.set_authority(lib.engine, lib.link_id, Authority.EXCLUSIVE, actor=ADMINISTRATOR, now=lib.clock.now)


def shared(lib: Library) -> None:
    links.set_authority(lib.engine, lib.link_id, Authority.SHARED, actor=ADMINISTRATOR, now=lib.clock.now)


class TestAnExclusiveRoom:
    def test_gets_no_second_look(self, lib: Library) -> None:
        lib.pull()
        exclusive(lib)

        ref = lib.written(at(10, 11))
        lib.clock.turn(seconds=60)

        assert lib.item(ref).recheck_at is None
        assert pull.second_looks(lib.engine) == 0

    def test_shows_staff_an_entry_of_somebody_else(self, lib: Library) -> None:
        lib.pull()
        exclusive(lib)
        lib.server.put(lib.mailbox, when=at(14, 15))

        lib.pull()
        lib.pull()

        assert lib.conflicts() == ["not_exclusive"]
        assert lib.blocked() == [at(14, 15)]

    def test_is_not_suspicious_of_our_own_entries(self, lib: Library) -> None:
        lib.pull()
        exclusive(lib)
        ref = lib.written(at(10, 11))
        lib.server.move(lib.mailbox, lib.item(ref).remote_id, at(12, 13))

        lib.pull()

        assert lib.conflicts() == []

    def test_has_nothing_to_tell_once_that_entry_is_gone(self, lib: Library) -> None:
        lib.pull()
        exclusive(lib)
        entry = lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()

        lib.server.remove(lib.mailbox, entry)
        lib.pull()

        assert lib.conflicts() == []

    def test_that_is_said_to_be_shared_after_all_has_nothing_to_tell(self, lib: Library) -> None:
        lib.pull()
        exclusive(lib)
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()

        shared(lib)
        lib.pull()

        assert lib.conflicts() == []


class TestSayingThatARoomIsExclusive:
    def test_is_refused_while_others_have_entries_there(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()

        with pytest.raises(NotPossible):
            exclusive(lib)

        assert lib.link().authority is Authority.SHARED

    def test_is_refused_before_its_calendar_was_read(self, lib: Library) -> None:
        with pytest.raises(NotPossible):
            exclusive(lib)

    def test_is_for_whoever_may_pair(self, lib: Library) -> None:
        lib.pull()

        with pytest.raises(Forbidden):
            links.set_authority(lib.engine, lib.link_id, Authority.EXCLUSIVE, actor=NOBODY, now=lib.clock.now)
