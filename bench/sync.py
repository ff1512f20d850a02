"""The rows about sync: what reading, writing, listening and going on for long cost, over real HTTP.

CPU is that of the asking thread; the stand-in Exchange answers in threads of its own.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from exchangelib.items import CalendarItem
from sqlalchemy import func, select

from bench import listening
from bench import rooms as places
from bench.exchange import SIMPLE
from bench.rooms import Bare, Rooms, moment
from bench.rows import Row
from booking.domain.permissions import NOBODY
from booking.domain.states import PushState
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store.database import reading, transaction
from booking.store.models import ExternalEvent, PushItem
from booking.sync import pull, worker

ROOMS, EVENTS = 1000, 50
#: Every so many rooms, the bare request is made too.
_EVERY = 4
BOOKINGS = 1000
SWEEPING_ROOMS = 300
EARLY, LATE = 2, 20
#: A write is a look before, the write and a look after, and between them a dozen small transactions that let it be
#: cut off anywhere without harm. No goal was set from outside; this one says when that grows.
PUSH_GOAL = 35.0


def rows() -> Iterator[Row]:
    """Measure, and yield what came out."""
    yield from _pull()
    yield _push()
    yield from listening.rows()
    yield _memory()


# ---------------------------------------------------------------------------------------------- reading


def _pull() -> Iterator[Row]:
    """Read a thousand rooms for the first time, and again; every few rooms exchangelib alone reads one too."""
    with places.rooms(ROOMS, events=EVENTS) as made:
        bare = Bare(made.sandbox)
        _bare_view(bare, made, 0)
        pull.read_link(made.engine, made.links[0])  # connections and caches
        first, theirs = _read_all(made, bare)
        with reading() as session:
            stored = session.scalars(select(func.count()).select_from(ExternalEvent)).one()
        _require(stored == ROOMS * EVENTS, f"{stored} meetings were stored")
        made.turn(timedelta(minutes=31))
        again, theirs_again = _read_all(made, bare)
    note = "{:.2f} ms an item, bare {:.2f}".format
    yield Row(
        "pull of 1,000 rooms x 50 events, CPU an item", first / theirs, 1.1, "times", note(first * 1000, theirs * 1000)
    )
    yield Row(
        "the same again, nothing changed", again / theirs_again, 1.1, "times", note(again * 1000, theirs_again * 1000)
    )


def _read_all(made: Rooms, bare: Bare) -> tuple[float, float]:
    """Return the seconds of CPU that an item costs us, and exchangelib alone, in turns."""
    ours, theirs = [], []
    for number, link in enumerate(made.links):
        ours.append(_cpu(lambda link=link: pull.read_link(made.engine, link)))  # type: ignore[misc]  # the link of now
        if number % _EVERY == 0:
            theirs.append(_bare_view(bare, made, number))
    return statistics.fmean(ours) / EVENTS, statistics.fmean(theirs) / EVENTS


def _bare_view(bare: Bare, made: Rooms, number: int) -> float:
    calendar, now = bare.calendar(made.mailboxes[number]), made.engine.now()
    start, end = moment(now - places.DAY), moment(now + 43 * places.DAY)
    found: list[Any] = []
    taken = _cpu(lambda: found.extend(calendar.view(start=start, end=end, max_items=1000).only(*SIMPLE)))
    _require(len(found) == EVENTS, f"the bare view held {len(found)} items")
    return taken


# ---------------------------------------------------------------------------------------------- writing


def _push() -> Row:
    """Write a thousand bookings, ten in each of a hundred rooms; then exchangelib alone writes a quarter as many."""
    with places.rooms(100) as made:
        for link in made.links:
            pull.read_link(made.engine, link)
        for number in range(BOOKINGS):
            _book(made, number)
        ours = _cpu(lambda: _push_all(made)) / BOOKINGS
        bare = Bare(made.sandbox)
        theirs = statistics.fmean(_cpu(_bare_create(bare, made, number)) for number in range(BOOKINGS // _EVERY))
    return Row(
        "push of 1,000 bookings, against bare CreateItem",
        ours / theirs,
        PUSH_GOAL,
        "times",
        f"{ours * 1000:.1f} ms a booking, bare {theirs * 1000:.1f} ms",
    )


def _book(made: Rooms, number: int) -> None:
    when = places.meeting(made.engine.now(), number // len(made.spaces))
    wish = Wish(made.spaces[number % len(made.spaces)], (when,), Patron("Ada", "Lovelace", "ada@example.org"))
    with transaction() as session:
        bookings.place(session, wish, actor=NOBODY, now=made.engine.now())


def _push_all(made: Rooms) -> None:
    worker.push_due(made.engine)
    with reading() as session:
        query = select(func.count()).select_from(PushItem).where(PushItem.state == PushState.CLEAN)
        written = session.scalars(query).one()
    _require(written == BOOKINGS, f"{written} bookings were written")


def _bare_create(bare: Bare, made: Rooms, number: int) -> Callable[[], None]:
    when = places.meeting(made.engine.now() + 12 * places.HOUR, number // len(made.mailboxes))
    calendar = bare.calendar(made.mailboxes[number % len(made.mailboxes)])
    item = CalendarItem(
        account=calendar.account,
        folder=calendar,
        subject="Ada Lovelace",
        body="Booked",
        location="Room",
        start=moment(when.start),
        end=moment(when.end),
    )
    return lambda: item.save(send_meeting_invitations="SendToNone")


# ---------------------------------------------------------------------------------------- going on for long


def _memory() -> Row:
    """Sweep several hundred rooms twenty times, in a process of its own, while people go on moving meetings."""
    with places.rooms(SWEEPING_ROOMS, events=20) as made:
        command = [sys.executable, "-m", "bench.sweeps", str(made.settings.instance), made.settings.database_url]
        with subprocess.Popen(  # noqa: S603 - our own words
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as sweeper:
            assert sweeper.stdin is not None
            assert sweeper.stdout is not None
            sizes = {}
            for number in range(1, LATE + 1):
                _life_goes_on(made, number)
                sweeper.stdin.write(f"{made.engine.now().isoformat()}\n")
                sweeper.stdin.flush()
                sizes[number] = json.loads(sweeper.stdout.readline())
                made.turn(timedelta(minutes=7))
            sweeper.stdin.close()
    early, late = sizes[EARLY], sizes[LATE]
    note = f"{late['kb'] / 1024:.0f} MB, {early['kb'] / 1024:.0f} MB before; {late['read']} rooms read exactly"
    return Row("memory after sweep 20, against sweep 2", late["kb"] / early["kb"], 1.05, "times", note)


def _life_goes_on(made: Rooms, number: int) -> None:
    """Move a meeting in every tenth room."""
    for mailbox in made.mailboxes[number % 10 :: 10]:
        item = made.sandbox.items(mailbox)[number % 20]
        made.sandbox.move(mailbox, item.id, item.start + 30 * timedelta(minutes=1), item.end + timedelta(minutes=30))


# --------------------------------------------------------------------------------------------- small things


def _cpu(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def _require(true: bool, words: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not true:
        raise RuntimeError(words)
