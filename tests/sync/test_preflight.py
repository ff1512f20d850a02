"""What a look at a calendar shows of its mailbox's rules: numbers, and never our own entries."""

import pytest

from booking.connectors.port import RemotePerson, Stamp
from booking.domain.errors import Forbidden, NotFound, NotPossible
from booking.domain.mailbox_rules import MailboxRules
from booking.domain.permissions import NOBODY
from booking.domain.reconcile import BusyClass
from booking.services import processing
from booking.services.processing import Source
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink
from booking.sync import preflight
from booking.sync.preflight import Report
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at


def look(lib: Library) -> None:
    preflight.look(lib.engine, lib.space_id, actor=ADMINISTRATOR, now=lib.clock.now)


def report(lib: Library) -> Report:
    with reading() as session:
        space = queries.places.space(session, lib.space_id)
        assert space is not None
        return preflight.report(session, space)


class TestALook:
    def test_counts_what_others_wrote_and_nothing_of_ours(self, lib: Library) -> None:
        lib.written(at(10, 11))
        maya = RemotePerson("Maya Patel", "maya@library.example")
        lib.server.put(lib.mailbox, when=at(10.5, 16), subject="Maya Patel", organizer=maya)
        lib.server.put(lib.mailbox, when=at(17, 18, days=9), subject="Board", busy=BusyClass.TENTATIVE)
        lib.server.put(lib.mailbox, when=at(19, 20), private=True)

        look(lib)

        seen = report(lib).known.traces
        assert seen is not None
        assert (seen.entries, seen.overlapping, seen.longest, seen.farthest) == (3, 1, 330, 9)
        assert (seen.tentative, seen.private, seen.titled, seen.named_for_organizers) == (1, 1, 2, 1)
        assert (seen.strangers, report(lib).strangers) == (0, "")

    def test_finds_the_entries_of_another_installation(self, lib: Library) -> None:
        for key in ("a", "b"):
            lib.server.put(lib.mailbox, when=at(10, 11), stamp=Stamp("f" * 16, key, 1))

        look(lib)

        assert report(lib).strangers == "2 entries of another installation of this software in the next 366 days."

    def test_is_kept_beside_the_rules_and_holds_nobodys_words(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(10, 11), subject="Confidential", organizer=RemotePerson("Ann", "a@x"))
        with transaction() as session:
            rules = MailboxRules(allow_conflicts=False)
            processing.keep(session, lib.link_id, rules, source=Source.PASTED, actor=ADMINISTRATOR, now=lib.clock.now)

        look(lib)

        with reading() as session:
            kept = session.get_one(CalendarLink, lib.link_id).processing
        assert "Confidential" not in kept
        assert "Ann" not in kept
        assert report(lib).known.rules == rules

    def test_is_for_those_who_may_pair(self, lib: Library) -> None:
        with pytest.raises(Forbidden):
            preflight.look(lib.engine, lib.space_id, actor=NOBODY, now=lib.clock.now)

    def test_needs_a_space(self, lib: Library) -> None:
        with pytest.raises(NotFound):
            preflight.look(lib.engine, 9_999, actor=ADMINISTRATOR, now=lib.clock.now)


class TestExclusive:
    def test_is_refused_while_the_rules_are_not_known(self, lib: Library) -> None:
        lib.pull()

        with pytest.raises(NotPossible, match="Enter the mailbox's rules first"):
            preflight.set_exclusive(lib.engine, lib.space_id, actor=ADMINISTRATOR, now=lib.clock.now)
