"""What administrators and staff decide: conflicts, undo, which copy is the server, a space that is retired."""

import tempfile
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from booking.domain.states import LinkState
from booking.services import bookings, places, retiring
from booking.services.retiring import RetirePlan
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Conflict, ExternalEvent, Occurrence
from booking.sync import identity, leaving, pull, settling, worker
from tests.build import ADMINISTRATOR
from tests.storm import copies
from tests.storm.copies import Copy
from tests.storm.strikes import FAIR
from tests.storm.throws import Acts, Throw
from tests.storm.visits import VISITS


class Deciding(Acts):
    """Whoever is asked."""

    def settle(self, throw: Throw) -> None:
        """Settle a conflict in one of the ways that are offered."""
        with reading() as session:
            conflict = throw.one(list(session.scalars(select(Conflict.id).where(Conflict.resolved_at.is_(None)))))
        if conflict is None:
            return
        now = self.world.clock.now
        with self.under(throw.weather()):
            with reading() as session:
                option = throw.one(settling.options(session, conflict, now).options)
            if option is not None:
                self._follows(conflict)
                settling.settle(self.world.engine, conflict, option.chosen, actor=ADMINISTRATOR, now=now)

    def _follows(self, conflict_id: int) -> None:
        """Remember that staff may have a booking follow its calendar."""
        with reading() as session:
            occurrence_id = session.get_one(Conflict, conflict_id).occurrence_id
        for each in self.world.occurrences():
            if each.id == occurrence_id:
                self.world.memory.deleted[each.key] += 1
                self.world.memory.moved[each.key] += 1

    def undo(self, throw: Throw) -> None:
        """Have a date stand again that sync cancelled."""
        with self.under(FAIR), transaction() as session:
            dates = session.scalars(select(Occurrence).where(Occurrence.cancelled_by == "outlook")).all()
            if (found := throw.one(dates)) is not None:
                bookings.undo_cancel(session, found, actor=ADMINISTRATOR, now=self.world.clock.now)
                self.world.memory.undone[found.key] += 1

    def retire(self, throw: Throw) -> None:
        """Take a space out of use: its dates move to the other, or are cancelled. Then it is in use again, unpaired."""
        space_id, other = self.world.spaces[throw.pick % 2], self.world.spaces[1 - throw.pick % 2]
        now = self.world.clock.now
        with self.under(throw.weather()):
            with reading() as session:
                fates = retiring.preview(session, space_id, into=other, now=now)
            moves = {each.key: other for each in fates if not each.obstacle}
            plan = RetirePlan(moves, frozenset(each.key for each in fates if each.obstacle))
            with transaction() as session:
                places.retire_space(session, space_id, actor=ADMINISTRATOR, now=now, plan=plan)
            VISITS.note(30)
            leaving.go_on_with_all(self.world.engine)
        with self.under(FAIR), transaction() as session:
            places.bring_back_space(session, space_id, actor=ADMINISTRATOR, now=now)

    # ---------------------------------------------------------------- copies of the database

    def take_copy(self, throw: Throw) -> None:  # noqa: ARG002 - nothing to throw for
        """Back the database up."""
        self.world.memory.copy = copies.taken()

    def restore(self, throw: Throw) -> None:  # noqa: ARG002 - nothing to throw for
        """Put the backup back, as after a loss."""
        if self.world.memory.copy is None:
            return
        self._put_back(self.world.memory.copy)
        self.world.memory.copy = None
        self.world.memory.restored = True
        VISITS.note("17 restored")

    def _put_back(self, copy: Copy) -> None:
        copies.put_back(copy)
        self.world.memory.quiet_until = None  # what the server asked for is not known any more
        self.world.die()

    def say_server(self, throw: Throw) -> None:  # noqa: ARG002 - nothing to throw for
        """Say that this is the server, where that is asked."""
        say_server(self)

    def clone(self, throw: Throw) -> None:
        """Start a copy of this installation, say that it is one, and have it work: it writes nothing."""
        original = copies.taken()
        with tempfile.TemporaryDirectory() as folder, self.under(throw.weather(share=0.1)):
            identity.this_is_a_copy(self.world.engine, Path(folder), actor=ADMINISTRATOR, now=self.world.clock.now)
            before = self.world.writes
            worker.push_due(self.world.engine)
            leaving.go_on_with_all(self.world.engine)
            with reading() as session:
                states = set(session.scalars(select(CalendarLink.state)))
            assert states == {LinkState.ENDED}
            assert self.world.writes == before, "a copy wrote into the calendars of its original"
            VISITS.note("17 cloned")
        self._put_back(original)

    # ---------------------------------------------------------------- notifications

    def die_silently(self, throw: Throw) -> None:
        """Have a watch hear a sign of life, and nothing ever after; polling finds what happens all the same."""
        link = next((each for each in self.world.links() if each.state is LinkState.ACTIVE), None)
        if link is None or link.id not in self.world.reading_links or link.connection_id in self._away():
            return
        with transaction() as session:
            for each in session.scalars(select(CalendarLink)):
                each.watched_at = self.world.clock.now
        before = {each.id for each in self.world.far.things(link.mailbox)}
        self.world.far.put(link.mailbox, throw.when)
        (new,) = {each.id for each in self.world.far.things(link.mailbox)} - before
        timing = self.world.engine.timing
        with self.under(FAIR):
            for _ in range(4):
                self.world.turn(timing.rest_every / 3 + timedelta(minutes=1))
                pull.sweep_near(self.world.engine)
                pull.read_due(self.world.engine)
        with reading() as session:
            known = set(session.scalars(select(ExternalEvent.remote_id).where(ExternalEvent.link_id == link.id)))
            state = session.scalars(select(CalendarLink.state).where(CalendarLink.id == link.id)).one()
        assert new in known or state is not LinkState.ACTIVE, "a silent watch hid what happened in Outlook"
        VISITS.note(16)

    def _away(self) -> set[int]:
        """Return the connections that may not be asked just now."""
        with reading() as session:
            status = identity.status(session, now=self.world.clock.now)
        return set() if status.writes_go else {self.world.connection_id}


def say_server(acts: Acts) -> None:
    """Say that this is the server, where that is asked; each room is then read whole."""
    world = acts.world
    with reading() as session:
        asked = not identity.status(session, now=world.clock.now).writes_go
    if asked:
        with acts.under(FAIR):
            identity.this_is_the_server(world.engine, actor=ADMINISTRATOR, now=world.clock.now)
