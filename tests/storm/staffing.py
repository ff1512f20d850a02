"""What staff and administrators do: pairings, profiles, passwords, backups; and what befalls servers and clocks."""

from datetime import timedelta

from booking.domain.permissions import NOBODY
from booking.domain.reconcile import Choice, OnConflict
from booking.domain.states import Direction, LinkState, PushState
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.profiles import EffectiveProfile, ProfilePlace
from booking.store.database import transaction
from booking.sync import imports, links, preview, pull, worker
from tests.build import ADMINISTRATOR
from tests.storm.far import ROOMS
from tests.storm.ours import ADA
from tests.storm.strikes import FAIR, Strike, Weather
from tests.storm.throws import Acts, Throw
from tests.storm.visits import VISITS

_OPEN = {PushState.INTENT, PushState.UNKNOWN}


class Staffing(Acts):
    """Whoever looks after it all."""

    def pause(self, throw: Throw) -> None:
        """Pause a pairing, or resume it."""
        if link := self.link(throw):
            act = links.resume if link.state is LinkState.PAUSED else links.pause
            with self.under(throw.weather()):
                act(self.world.engine, link.id, actor=ADMINISTRATOR, now=self.world.clock.now)

    def pair(self, throw: Throw) -> None:
        """Pair a space with another mailbox, whatever is open on the old one."""
        space_id = self.world.spaces[throw.pick % 2]
        live = self.world.links()
        taken = {each.mailbox for each in live}
        free = [room for room in ROOMS if room not in taken]
        old = next((each for each in live if each.space_id == space_id), None)
        if not free:
            return
        if old is not None and old.state is LinkState.GONE:
            self.world.memory.left.add(old.mailbox)  # nothing can be deleted where there is no mailbox
        is_open = old is not None and any(row.state in _OPEN for row in self.world.rows(old.id))
        with self.under(throw.weather(share=0.05)):
            now = self.world.clock.now
            made = links.pair(self.world.engine, space_id=space_id, address=free[0], actor=ADMINISTRATOR, now=now)
            if made.saved and is_open:
                VISITS.note(28)
            if made.saved and made.link_id is not None:
                imports.run(self.world.engine, made.link_id, actor=ADMINISTRATOR, now=now)

    def pair_while_open(self, throw: Throw) -> None:
        """Pair a space with another mailbox while a request to the old one may still be under way."""
        space_id = self.world.spaces[throw.pick % 2]
        link = next((each for each in self.world.links() if each.space_id == space_id), None)
        now = self.world.clock.now
        if link is not None:
            with self.under(FAIR), transaction() as session:
                bookings.place(session, Wish(space_id, (throw.when,), ADA), actor=NOBODY, now=now)
            with self.under(Weather(throw.dice(), share=0.0, forced=Strike.LATE)):
                worker.run_link(self.world.engine, link.id)
        self.pair(throw)

    def disconnect(self, throw: Throw) -> None:
        """End a pairing; entries stay or go."""
        if link := self.link(throw):
            leave = throw.seed % 2 == 0
            with self.under(throw.weather()):
                if leave:
                    self.world.memory.left.add(link.mailbox)
                links.disconnect(
                    self.world.engine, link.id, leave_entries=leave, actor=ADMINISTRATOR, now=self.world.clock.now
                )

    def retry(self, throw: Throw) -> None:
        """Try at once whatever waits."""
        if link := self.link(throw):
            with self.under(throw.weather()):
                links.retry(self.world.engine, link.id, actor=ADMINISTRATOR, now=self.world.clock.now)

    def accept(self, throw: Throw) -> None:  # noqa: ARG002 - nothing to throw for
        """Say that what vanished from a frozen room is truly gone; only when it is."""
        for link in self.world.links():
            if link.state is LinkState.FROZEN:
                with self.under(FAIR):
                    links.accept_vanished(self.world.engine, link.id, actor=ADMINISTRATOR, now=self.world.clock.now)

    def profile(self, throw: Throw) -> None:
        """Change what wins."""
        dice = throw.dice()
        wanted = EffectiveProfile(
            when_deleted=dice.choice(tuple(Choice)),
            when_moved=dice.choice(tuple(Choice)),
            when_both_changed=dice.choice(tuple(OnConflict)),
            tentative_blocks=dice.random() < 0.5,
            hold_when_unknown=dice.random() < 0.5,
        )
        self._save(throw, wanted)

    def turn_one_way(self, throw: Throw) -> None:
        """Have sync go one way only, or both again, as previewed."""
        direction = throw.dice().choice(tuple(Direction))
        self._save(throw, EffectiveProfile(direction=direction))
        if direction is not Direction.BOTH:
            self.world.memory.one_way.add(self.world.spaces[throw.pick % 2])
            VISITS.note(29)

    def _save(self, throw: Throw, wanted: EffectiveProfile) -> None:
        place = ProfilePlace(
            "A room", self.world.location_id, self.world.category_id, self.world.spaces[throw.pick % 2]
        )
        with self.under(FAIR):
            preview.carry_out(self.world.engine, place, wanted, actor=ADMINISTRATOR, now=self.world.clock.now)

    # ---------------------------------------------------------------- the server, the clock

    def blind(self, throw: Throw) -> None:
        """Take the account's rights away, read and write, and give them back."""
        with self.under(FAIR):
            for link in self.world.links():
                pull.read_link(self.world.engine, link.id)
        self.world.far.blind(on=True)
        try:
            with self.under(throw.weather(share=0.1)):
                worker.push_due(self.world.engine)
                for link in self.world.links():
                    pull.read_link(self.world.engine, link.id)
        finally:
            self.world.far.blind(on=False)

    def rename(self, throw: Throw) -> None:
        """Rename a mailbox; read and write; then it has its old name again."""
        self.world.far.rename(away=True)
        try:
            with self.under(throw.weather(share=0.1)):
                worker.push_due(self.world.engine)
                for link in self.world.links():
                    pull.read_link(self.world.engine, link.id)
            if any(each.state is LinkState.GONE for each in self.world.links()):
                VISITS.note(22)
        finally:
            self.world.far.rename(away=False)

    def turn(self, throw: Throw) -> None:
        """Let time pass."""
        self.world.turn(timedelta(seconds=throw.dice().choice((1, 5, 20, 40, 70, 120, 400, 1000))))

    def jump(self, throw: Throw) -> None:
        """Have our clock jump, forwards or back."""
        self.world.turn(timedelta(hours=throw.dice().choice((-3, -1, 1, 2, 5))))
        VISITS.note(31)
