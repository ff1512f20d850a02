"""Two web servers, two workers, PostgreSQL and an Exchange, all real processes, and workers that die all the time."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
import pytest
from sqlalchemy import make_url

from booking import clock
from tests.kill import comparing, town
from tests.kill.patrons import Hours, Ledger, Patron
from tests.kill.reaper import Reaper
from tests.kill.town import ROOMS, Exchange
from tests.support import waiting
from tests.support.databases import PostgresDatabases
from tests.support.machines import Reborn, Web
from tests.support.postgres import Cluster

SHORTEST, LONGEST = 120, 240
BOOKINGS, CHANGES, CANCELS = 200, 100, 50
KILLS, HITS = 60, 20
DROPPED = 10  # answers that Exchange drops after it did what was asked
PATRONS = 4
PACE = 0.7  # seconds that a patron thinks between two steps
SEED = 4


@dataclass(frozen=True)
class Town:
    """All that runs."""

    webs: list[Web]
    exchange: Exchange
    reaper: Reaper
    database: psycopg.Connection


@pytest.fixture
def running_town(tmp_path: Path, postgres_databases: PostgresDatabases, postgres_cluster: Cluster) -> Iterator[Town]:
    """Give the library with everything started, on two machines."""
    with postgres_databases.fresh() as url, ExitStack() as stack:
        first, exchange = stack.enter_context(town.settled(tmp_path, url))
        machines = [first, first.beside(tmp_path / "second")]
        webs = [stack.enter_context(each.web()) for each in machines]
        database = stack.enter_context(_connected(url))
        workers = [Reborn(each, tmp_path / f"logs-{number}") for number, each in enumerate(machines)]
        for worker in workers:
            stack.callback(worker.end)
            worker.start()
        yield Town(webs, exchange, Reaper(workers, database, SEED), database)
        print(_deadlocks(postgres_cluster))


def _deadlocks(cluster: Cluster) -> str:
    """Return what the server says about locks that stood crosswise."""
    log = (cluster.folder / "log").read_text(errors="replace")
    return "".join(part[:1500] for part in log.split("ERROR:  ")[1:] if part.startswith("deadlock"))


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    address = make_url(url)
    with psycopg.connect(
        host=str(address.query["host"]), user=address.username, dbname=address.database, autocommit=True
    ) as connection:
        yield connection


def _misbehave(exchange: Exchange) -> None:
    """Have it answer slowly, and drop answers: after it did what was asked, before, or long before."""
    for number, operation in enumerate(("CreateItem", "UpdateItem", "DeleteItem")):
        exchange.turns(operation=operation, latency=0.3)
        exchange.turns(operation=operation, drop_after=True, probability=0.35, seed=SEED + number)
        exchange.turns(operation=operation, drop_before=True, probability=0.03, seed=SEED + number + 10)
    exchange.turns(operation="CreateItem", apply_late=1.5, probability=0.05, seed=SEED + 20)


def _live(patron: Patron, ledger: Ledger, stop: threading.Event, random: Random) -> None:
    """Book, change and cancel, in the proportion that is asked for."""
    while not stop.is_set():
        step = random.choices((patron.books, patron.changes, patron.cancels), weights=_left(ledger))[0]
        step()
        stop.wait(PACE)


def _left(ledger: Ledger) -> tuple[int, int, int]:
    return (
        max(BOOKINGS - ledger.booked, 1),
        max(CHANGES - ledger.changed, 1),
        max(CANCELS - ledger.cancelled, 1),
    )


def _is_enough(ledger: Ledger, reaper: Reaper, dropped: Counter[str], began: float) -> bool:
    return (
        (ledger.booked >= BOOKINGS and ledger.changed >= CHANGES and ledger.cancelled >= CANCELS)
        and reaper.kills >= KILLS
        and reaper.hits >= HITS
        and dropped["dropped after"] >= DROPPED
        and time.monotonic() - began >= SHORTEST
    )


def _collect(exchange: Exchange, dropped: set[tuple[str, str, str]], stop: threading.Event) -> None:
    while not stop.is_set():
        dropped.update(exchange.dropped())
        stop.wait(3)


def _storm(town: Town) -> tuple[Ledger, Counter[str]]:
    """Let everything happen at once until it is enough; return what patrons were promised, and what got no answer."""
    ledger, stop, began, hours = Ledger(), threading.Event(), time.monotonic(), Hours(clock.now())
    dropped: set[tuple[str, str, str]] = set()
    with ThreadPoolExecutor(PATRONS + 2) as pool:
        under_way = [pool.submit(town.reaper.kill_until, stop), pool.submit(_collect, town.exchange, dropped, stop)]
        for number in range(PATRONS):
            patron = Patron([each.url for each in town.webs], ledger, hours, seed=SEED + number)
            under_way.append(pool.submit(_live, patron, ledger, stop, Random(SEED + number)))
        try:
            waiting.until(
                lambda: (
                    _is_enough(ledger, town.reaper, _ways(dropped), began) or any(each.done() for each in under_way)
                ),
                what="enough to have happened",
                seconds=LONGEST,
                every=0.2,
            )
        finally:
            stop.set()
            print("".join(each.process.output for each in town.webs))  # their faults, if any
            print(f"\n{time.monotonic() - began:.0f} s: {_told(ledger, town.reaper)}, {dict(_ways(dropped))}")
        for each in under_way:
            each.result()
    return ledger, _ways(dropped)


def _ways(dropped: set[tuple[str, str, str]]) -> Counter[str]:
    """Return how often an answer got lost in each way."""
    return Counter(how for _, _, how in set(dropped))


def _told(ledger: Ledger, reaper: Reaper) -> str:
    return (
        f"{ledger.booked} bookings, {ledger.changed} changes, {ledger.cancelled} cancels, {ledger.refused} refused; "
        f"{reaper.kills} kills, {reaper.hits} of them at an open intent"
    )


@pytest.mark.long
@pytest.mark.timeout(420)
class TestWorkersThatAreKilledAllTheTime:
    def test_lose_duplicate_and_strand_nothing(self, running_town: Town) -> None:
        town = running_town
        _misbehave(town.exchange)

        ledger, dropped = _storm(town)
        town.exchange.calms_down()
        waiting.until(lambda: not comparing.unsettled(town.database), what="all to be settled", seconds=90, every=0.5)

        items = {room: town.exchange.items(room) for room in ROOMS}
        found = comparing.compare(ledger.kept, comparing.dates(town.database), items)
        conflicts = town.database.execute("SELECT kind, count(*) FROM conflict GROUP BY kind").fetchall()
        print(
            f"answers of Exchange that never came: {dict(dropped)}; "
            f"entries there: {sum(map(len, items.values()))}; conflicts: {conflicts}"
        )
        assert (found.forgotten, found.lost, found.duplicate, found.stranded) == ([], [], [], [])
        assert dropped["dropped after"] >= DROPPED
        assert conflicts == []
