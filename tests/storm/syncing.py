"""What sync does in the storm: it writes and reads, dies between any two steps, freezes, and cannot record."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from booking.connectors.port import ConnectorError
from booking.domain.permissions import NOBODY
from booking.domain.states import PushState
from booking.services import bookings
from booking.services.bookings import Change, Wish
from booking.store import queries
from booking.store.database import db, reading, transaction
from booking.store.models import CalendarLink
from booking.sync import applying, calls, claims, leaving, over, pull, worker
from booking.sync.calls import NotNow
from booking.sync.readings import Fate
from booking.sync.worker import Step
from tests.storm.far import PASSWORD
from tests.storm.ours import ADA
from tests.storm.strikes import FAIR, Crash, Strike, Weather
from tests.storm.throws import Acts, Throw
from tests.storm.visits import VISITS

_THREADS = 8
_NEW, _CANCELLED = 0.5, 0.5


class Syncing(Acts):
    """The processes that write to calendars and read them."""

    def write(self, throw: Throw) -> None:
        """Write on a link for some steps, and die."""
        if link := self.link(throw):
            steps = throw.dice().randrange(1, 14)
            with self.under(throw.weather()):
                self._drive(link.id, at_most=steps)
            self.world.die()

    def write_all(self, throw: Throw) -> None:
        """Write what is due, as the sweep does."""
        with self.under(throw.weather(dies_at=_dies_at(throw))):
            worker.push_due(self.world.engine)

    def write_in_peace(self, throw: Throw) -> None:
        """Write what is due on a link, and let nothing go wrong."""
        if link := self.link(throw):
            with self.under(FAIR):
                worker.run_link(self.world.engine, link.id)

    def lose_answer(self, throw: Throw) -> None:
        """Have one write be done without an answer, or later, when nobody waits for it any more."""
        if (link := self._with_work(throw)) is None:
            return
        strike = Strike.LATE if throw.seed % 2 else Strike.DROPPED_AFTER
        with self.under(Weather(throw.dice(), share=0.0, forced=strike)):
            worker.run_link(self.world.engine, link.id)
        self.world.turn(timedelta(seconds=throw.dice().choice((5, 40, 150))))
        if throw.pick % 2:
            self.world.land()

    def _with_work(self, throw: Throw) -> CalendarLink | None:
        """Return a link on which there is something to write: a new booking, or one that is cancelled or renamed."""
        link = self.link(throw)
        if link is None:
            return None
        now, dice = self.world.clock.now, throw.dice()
        standing = [each for each in self.world.occurrences() if each.holds and each.space_id == link.space_id]
        old = throw.one([each for each in standing if each.starts_at > now])
        with self.under(FAIR), transaction() as session:
            if old is None or dice.random() < _NEW:
                wish = Wish(link.space_id, (throw.when,), ADA)
                bookings.place(session, wish, actor=NOBODY, now=now)
            elif dice.random() < _CANCELLED:
                bookings.cancel(session, old.booking_id, actor=NOBODY, now=now)
            else:
                bookings.change(session, old.booking_id, Change(title=f"Title {throw.seed}"), actor=NOBODY, now=now)
        return link

    def _drive(self, link_id: int, *, at_most: int = 10_000, stop: Step | None = None) -> Step | None:
        """Do steps until so many are done, or one of a kind is; return the last, or None when all was done."""
        claim = claims.take(self.world.engine, link_id)
        if claim is None:
            return None
        steps = worker.steps(self.world.engine, claim)
        for number, step in enumerate(steps, start=1):
            if number >= at_most or step is stop:
                self._note(link_id, step)
                steps.close()  # type: ignore[attr-defined]  # it is a generator
                return step
        return None

    def _note(self, link_id: int, step: Step) -> None:
        """Count at which point it died."""
        states = {row.state for row in self.world.rows(link_id)}
        match step:
            case Step.LOOKED:
                VISITS.note(3)
            case Step.PICKED if PushState.DIRTY in states:
                VISITS.note(3)
            case Step.INTENDED:
                VISITS.note(4)
            case Step.SENT if PushState.INTENT in states and self.world.last_write_was_clear:
                VISITS.note(7)

    def die_at(self, throw: Throw) -> None:
        """Die right after a step of a kind: when the intent stands, or when the answer is there."""
        if link := self._with_work(throw):
            stop = (Step.INTENDED, Step.SENT, Step.LOOKED, Step.RECORDED)[throw.seed % 4]
            with self.under(throw.weather(share=0.1)):
                self._drive(link.id, stop=stop)
            self.world.die()

    def freeze(self, throw: Throw) -> None:
        """Freeze before a write for longer than the claim lasts; another writes meanwhile; then send all the same."""
        if (link := self._with_work(throw)) is None:
            return
        frozen = self.world.engine

        def meanwhile() -> None:
            with reading() as session:
                fence = queries.links.row(session, link.id)
            self.world.turn(timedelta(seconds=throw.dice().choice((50, 200))))
            self.world.die()
            with self.under(throw.weather(share=0.2)):
                worker.run_link(self.world.engine, link.id)
            with reading() as session:
                after = queries.links.row(session, link.id)
            if fence and after and after.fence > fence.fence:
                VISITS.note(8)

        self.world.meanwhile = meanwhile
        with self.under(Weather(Random(0), share=0.0)):
            worker.run_link(frozen, link.id)
        self.world.meanwhile = None
        self.world.die()

    def disk_full(self, throw: Throw) -> None:
        """Have the database refuse to record an answer."""
        if (link := self._with_work(throw)) is None:
            return
        claim = claims.take(self.world.engine, link.id)
        if claim is None:
            return
        with self.under(throw.weather(share=0.1)), ExitStack() as until_it_dies:
            try:
                for step in worker.steps(self.world.engine, claim):
                    if step is Step.SENT:
                        until_it_dies.enter_context(_full())
            except OperationalError:
                VISITS.note(25)
        self.world.die()

    # ---------------------------------------------------------------- reading

    def read(self, throw: Throw) -> None:
        """Read a room."""
        if link := self.link(throw):
            self._read(link, throw.weather(dies_at=_dies_at(throw)))

    def _read(self, link: CalendarLink, weather: Weather) -> None:
        with self.world.under(weather):
            try:
                pull.read_link(self.world.engine, link.id)
            except Crash:
                if weather.asked > 1:
                    VISITS.note(13)
                self.world.die()

    def read_between(self, throw: Throw) -> None:
        """Read a room after a write was sent and before its answer is recorded."""
        if (link := self._with_work(throw)) is None:
            return
        with self.under(throw.weather(share=0.1)):
            sent = self._drive(link.id, stop=Step.SENT)
        unknown = self._unknown(link)
        self.world.die()
        before = self.world.engine
        with self.under(FAIR):
            applied = pull.read_link(before, link.id)
            if sent and unknown and applied.fate is Fate.APPLIED:
                VISITS.note(11)

    def _unknown(self, link: CalendarLink) -> bool:
        """Tell whether an entry of ours stands there whose id is not stored."""
        stored = {row.remote_id for row in self.world.rows(link.id)}
        return any(each.mark and each.id not in stored for each in self.world.far.things(link.mailbox))

    def late_snapshot(self, throw: Throw) -> None:
        """Look at a room, write to it, and only then take in what was seen."""
        if (found := self._with_work(throw)) is None:
            return
        with reading() as session:
            link = queries.links.row(session, found.id)
        if link is None:
            return
        with self.under(throw.weather(share=0.1)):
            try:
                seen = pull.look_at(self.world.engine, link, pull.full_window(self.world.engine, link), full=True)
            except (ConnectorError, NotNow):
                return
            worker.run_link(self.world.engine, link.id)
            writes = next((each.writes for each in self.world.links() if each.id == link.id), link.writes)
            applied = applying.apply(self.world.engine, seen)
            if writes != link.writes and applied.fate is not Fate.IDLE:
                assert applied.fate is Fate.DROPPED, "a snapshot from before our own write was taken in"
                VISITS.note(12)

    def sweep(self, throw: Throw) -> None:
        """Look at all rooms with one request."""
        with self.under(throw.weather()):
            (pull.sweep_near if throw.seed % 2 else pull.sweep_far)(self.world.engine)

    def look_twice(self, throw: Throw) -> None:
        """Take the second looks, and let go of what is over."""
        with self.under(throw.weather()):
            pull.second_looks(self.world.engine)
            over.let_go(self.world.engine)
            leaving.go_on_with_all(self.world.engine)

    def land(self, throw: Throw) -> None:  # noqa: ARG002 - nothing to throw for
        """Have arrive what was late."""
        self.world.land()

    # ---------------------------------------------------------------- signing in

    def eight(self, throw: Throw) -> None:
        """Eight threads find that the password is wrong: one of them tries it."""
        link = self.link(throw)
        with reading() as session:
            line = queries.connections.line(session, self.world.connection_id)
        now = self.world.clock.now
        quiet = [each for each in (line.breaker_until, line.throttled_until) if each is not None and each > now]
        if link is None or quiet or line.paused or line.password != PASSWORD:
            return
        self.world.die()  # nobody is signed in
        self.world.far.set_password("another")
        before = self.world.far.refused()
        with self.under(FAIR), ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda _: self._ask(link.mailbox), range(_THREADS)))
        tries = self.world.far.refused() - before
        assert tries == 1, f"a wrong password was tried {tries} times"
        VISITS.note(20)
        self.world.far.set_password(PASSWORD)

    def _ask(self, mailbox: str) -> None:
        with self.world.app.app_context():
            try:
                calls.ask(self.world.engine, self.world.connection_id, "probe", lambda line: line.probe(mailbox))
            except (ConnectorError, NotNow):
                return


def _dies_at(throw: Throw) -> int:
    """Return before which request the process dies: mostly none."""
    number = throw.dice().randrange(16)
    return number if number in {1, 2, 3, 4} else 0


@contextmanager
def _full() -> Iterator[None]:
    """Have the disk be full: nothing that changes a push row is written."""

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event
        if statement.startswith("UPDATE push_item"):
            raise OperationalError(statement, {}, Exception("database or disk is full"))

    event.listen(db.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", refuse)
