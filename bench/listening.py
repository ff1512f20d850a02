"""The rows about listening: what an idle hour costs, and how soon a change is seen."""

import statistics
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bench import rooms as places
from bench.rooms import Rooms
from bench.rows import Row
from booking import clock
from booking.mail import smtp
from booking.scheduler import tasks
from booking.scheduler.embedded import Runner
from booking.scheduler.tasks import Context, Task
from booking.store.database import reading
from booking.store.models import CalendarLink, ExternalEvent
from booking.sync import pull, reconciling
from booking.sync.watching import Supervisor
from tests.support import waiting

IDLE = 1000
CHANGES = 15
_CHANGES_EVERY = 1.0
#: Seconds that a minute of the simulated hour takes.
_MINUTE = 2.0
#: From the morning in which the rooms are new, to half past one at night.
_UNTIL_NIGHT = timedelta(hours=16)


def rows() -> Iterator[Row]:
    """Measure, and yield what came out."""
    yield _idle()
    yield _noticed()


def _idle() -> Row:
    """Let an hour pass in which nothing happens, a minute at a time, with everybody listening.

    It is an hour of the night: that in which both sides of every fourth room are compared.
    """
    with places.rooms(IDLE, heartbeat=_MINUTE / 4, minute=_MINUTE) as made:
        context = _context(made)
        with _listening(made):
            for wait in (timedelta(minutes=1), timedelta(minutes=31), _UNTIL_NIGHT):  # what is new is looked at first
                made.turn(wait)
                _hear(made)
                _run(tasks.table(made.engine), context)
                while reconciling.due(made.engine):
                    pass
            begin = made.engine.now()
            _hour(made, context)
            requests = [each for each in made.sandbox.requests() if each.at > begin]
    kinds = {each.operation for each in requests}
    note = ", ".join(f"{sum(each.operation == kind for each in requests)} {kind}" for kind in sorted(kinds))
    return Row("requests an hour for 1,000 idle rooms, listening", len(requests), 1000, "", note)


def _hour(made: Rooms, context: Context) -> None:
    """Do what runs by itself in an hour, at its times."""
    table = tasks.table(made.engine)
    due = {task.name: made.engine.now() + task.every for task in table}
    for _ in range(60):
        made.turn(timedelta(minutes=1))
        _hear(made)
        _run([task for task in table if due[task.name] <= made.engine.now()], context)
        due = {task.name: _next(due[task.name], task, made.engine.now()) for task in table}


def _run(table: Iterable[Task], context: Context) -> None:
    for task in table:
        task.run(context)


def _next(due: datetime, task: Task, now: datetime) -> datetime:
    return due if due > now else now + task.every


def _hear(made: Rooms) -> None:
    """Wait for a sign of life of every watch since the clock was turned, looking where one says to look."""
    waiting.until(lambda: _heard(made), what="every watch to be heard", seconds=120)


def _heard(made: Rooms) -> bool:
    pull.read_due(made.engine)
    with reading() as session:
        last = session.scalars(select(func.count()).where(CalendarLink.watched_at >= made.engine.now())).one()
    return last == len(made.links)


@contextmanager
def _listening(made: Rooms) -> Iterator[None]:
    watches = Supervisor(made.engine, made.app.app_context)
    watches.start()
    try:
        _hear(made)
        yield
    finally:
        watches.stop()


def _noticed() -> Row:
    """Put meetings into rooms of a running site, one a second, and see how soon each blocks its time."""
    with places.rooms(CHANGES, now=clock.now) as made:
        for link in made.links:
            pull.read_link(made.engine, link)
        watches = Supervisor(made.engine, made.app.app_context)
        context = _context(made)
        runner = Runner(
            made.app,
            context,
            lock_file=made.settings.instance / "lock",
            writers=2,
            table=tasks.table(made.engine),
            watches=watches,
        )
        runner.start()
        try:
            waiting.until(_all_watched, what="every room to be listened to", seconds=60)
            time.sleep(2 * made.engine.timing.watch_quiet.total_seconds())  # the looks since the watches began
            times = _changes(made)
        finally:
            runner.stop()
    note = f"longest {max(times):.1f} s of {len(times)}"
    return Row("from a change in Outlook to the blocked time, median", statistics.median(times), 5, "s", note)


def _all_watched() -> bool:
    with reading() as session:
        return session.scalars(select(func.count()).where(CalendarLink.watched_at.is_not(None))).one() == CHANGES


def _changes(made: Rooms) -> list[float]:
    """Change one room a second; return how long each took to block, as pages see it."""
    found: dict[int, float] = {}
    begun: dict[int, float] = {}
    over = threading.Event()

    def look() -> None:
        with made.app.app_context():
            while not over.wait(0.02):
                with reading() as session:
                    query = select(ExternalEvent.link_id).where(ExternalEvent.blocks, ExternalEvent.gone_at.is_(None))
                    blocked = {each for each in session.scalars(query) if each is not None}
                for link in blocked - set(found):
                    found[link] = time.monotonic()

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for link, mailbox in zip(made.links, made.mailboxes, strict=True):
            when = places.meeting(made.engine.now(), 0)
            begun[link] = time.monotonic()
            made.sandbox.add_event(mailbox, subject="Board", start=when.start, end=when.end)
            time.sleep(_CHANGES_EVERY)
        waiting.until(lambda: len(found) == CHANGES, what="every meeting to block", seconds=60)
    finally:
        over.set()
        watcher.join()
    return [found[link] - begun[link] for link in begun]


def _context(made: Rooms) -> Context:
    post = smtp.FolderPost(made.settings.instance / "mail")
    return Context(made.engine, post, "http://library.example", "desk@library.example")
