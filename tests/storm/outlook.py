"""What people do in Outlook: put their own meetings there, and edit, move, delete and copy ours."""

from datetime import timedelta

from booking.domain.intervals import Interval
from tests.storm.throws import CHANGE, Acts, Throw
from tests.storm.visits import VISITS


class Outlook(Acts):
    """Somebody with Outlook."""

    def meet(self, throw: Throw) -> None:
        """Put a meeting into a room's calendar, longer or shorter, of one class or another."""
        dice = throw.dice()
        when = Interval(throw.when.start, throw.when.start + timedelta(minutes=dice.choice((30, 60, 90))))
        busy = dice.choice(("Busy", "Busy", "Busy", "OOF", "Tentative", "Free"))
        self.world.far.put(self._room(throw), when, busy=busy, daily=dice.choice((0, 0, 0, 3)))

    def move_theirs(self, throw: Throw) -> None:
        """Move somebody's meeting."""
        if found := self.thing(throw, ours=False):
            self.world.far.move(*found, throw.when)

    def remove_theirs(self, throw: Throw) -> None:
        """Delete somebody's meeting."""
        if found := self.thing(throw, ours=False):
            self.world.far.remove(*found)

    def move_ours(self, throw: Throw) -> None:
        """Move an entry of ours."""
        if found := self.thing(throw, ours=True):
            room, thing = found
            self.world.memory.moved[thing.key] += 1
            self.world.far.move(room, thing, throw.when)
            if (thing.when.start < CHANGE) != (throw.when.start < CHANGE):
                VISITS.note(24)

    def remove_ours(self, throw: Throw) -> None:
        """Delete an entry of ours."""
        if found := self.thing(throw, ours=True):
            room, thing = found
            self.world.memory.deleted[thing.key] += 1
            self.world.far.remove(room, thing)

    def copy_ours(self, throw: Throw) -> None:
        """Copy an entry of ours, stamp and all, to another time or another room."""
        if found := self.thing(throw, ours=True):
            self.world.far.copy(*found, throw.when, to=self._room(throw))
            VISITS.note("23 copied")

    def repeat_ours(self, throw: Throw) -> None:
        """Make an entry of ours recurring."""
        if (found := self.thing(throw, ours=True)) and not found[1].recurring:
            self.world.memory.moved[found[1].key] += 1
            self.world.far.repeat(*found)
            VISITS.note("23 recurring")

    def edit_ours(self, throw: Throw) -> None:
        """Change the class or the title of an entry of ours."""
        if found := self.thing(throw, ours=True):
            busy = throw.dice().choice(("", "Free", "OOF"))
            self.world.far.edit(*found, busy=busy, subject="" if busy else "Somebody's title")

    def clear(self, throw: Throw) -> None:
        """Empty a room's calendar, truly."""
        room = self._room(throw)
        things = self.world.far.things(room)
        for each in things:
            self.world.memory.deleted[each.key] += bool(each.mark)
            self.world.far.remove(room, each)
        if things:
            VISITS.note("15 truly")

    def _room(self, throw: Throw) -> str:
        return self.world.mailboxes()[throw.seed % 2]
