"""One installation on two machines, each with a web server and a worker, all real processes beside an Exchange."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from booking import clock
from tests.kill import town
from tests.kill.patrons import Hours, Ledger, Patron
from tests.kill.town import Exchange
from tests.support import machines, processes, waiting
from tests.support.databases import PostgresDatabases
from tests.support.machines import Machine, Web
from tests.support.postgres import Cluster

ROOM = "room-01"
#: So long that a page which waits in vain stands out, on however busy a machine.
WAIT = "15"


def patron(web: Web, hours: Hours | None = None) -> Patron:
    return Patron([web.url], Ledger(), hours or Hours(clock.now()), seed=1, rooms=(ROOM,))


def sync_id(page: str) -> str:
    """Return the Sync ID that a booking's page shows; empty while it waits for one."""
    found = re.search(r"<dt>Sync ID</dt>.*?<code[^>]*>([^<]*)</code>", page, re.DOTALL)
    return found[1].strip() if found else ""


@pytest.fixture
def founded(tmp_path: Path, postgres_databases: PostgresDatabases) -> Iterator[tuple[Machine, Exchange]]:
    """Give the first machine of an installation with one room, and its Exchange."""
    with (
        postgres_databases.fresh() as url,
        town.settled(tmp_path, url, rooms=(ROOM,), settings={"BOOKING_SYNC_WAIT": WAIT}) as made,
    ):
        yield made


class TestTwoMachines:
    def test_show_the_sync_id_at_once_whichever_serves_the_page(
        self, founded: tuple[Machine, Exchange], tmp_path: Path
    ) -> None:
        first, exchange = founded
        second = first.beside(tmp_path / "second")
        with first.web() as one, second.web() as two, machines.working(first), machines.working(second):
            hours = Hours(clock.now())
            for web in (one, two):
                guest = patron(web, hours)

                guest.books()

                page = guest.opens(guest.ledger.kept[-1].link)
                assert sync_id(page), page
        assert len(exchange.items(ROOM)) == 2

    def test_go_on_with_what_a_killed_worker_was_at(
        self,
        founded: tuple[Machine, Exchange],
        tmp_path: Path,
        postgres_cluster: Cluster,
    ) -> None:
        first, exchange = founded
        database = postgres_cluster.connect(str(make_url(first.environ["BOOKING_DATABASE_URL"]).database))
        exchange.turns(operation="CreateItem", latency=2, count=1)
        with ThreadPoolExecutor() as pool, first.web() as web, machines.working(first) as victim:
            guest = patron(web)
            pool.submit(guest.books)
            waiting.until(lambda: states(database) == ["intent"], what="an open intent", seconds=30)
            victim.kill()

            with machines.working(first.beside(tmp_path / "second")):
                waiting.until(lambda: states(database) == ["clean"], what="another worker to settle it", seconds=40)
        database.close()

        assert len(exchange.items(ROOM)) == 1


class TestAWebServer:
    def test_waits_for_nobody_where_no_worker_lives(self, founded: tuple[Machine, Exchange]) -> None:
        first, exchange = founded
        with first.web() as web:
            guest = patron(web)
            guest.opens(f"/spaces/{ROOM}")
            began = time.monotonic()

            guest.books()

            assert time.monotonic() - began < float(WAIT)
            assert "reaching Outlook" in guest.opens(guest.ledger.kept[-1].link)
        assert exchange.items(ROOM) == []

    def test_waits_for_the_one_process_that_does_the_work_beside_it(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'booking.sqlite'}"
        settings = {"BOOKING_SYNC_WAIT": WAIT, "BOOKING_BACKGROUND": "embedded"}
        with town.settled(tmp_path, url, rooms=(ROOM,), settings=settings) as (machine, _):
            port = processes.free_port()
            command = [processes.BOOKING, "--instance", str(machine.instance), "serve", "--port", str(port)]
            with processes.running(command, ports=[port], environ=machine.environ), machine.web() as web:
                guest = patron(web)

                guest.books()

                page = guest.opens(guest.ledger.kept[-1].link)
        assert sync_id(page), page


def states(database: psycopg.Connection) -> list[str]:
    """Return the states of all that is to be written."""
    return [str(state) for (state,) in database.execute("SELECT lower(state::text) FROM push_item").fetchall()]
