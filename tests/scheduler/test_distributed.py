"""Workers that share a job queue in PostgreSQL: each tick once, nothing lost with a worker, nobody held up."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from booking import clock, config
from booking.app import create_app
from booking.mail import smtp
from booking.scheduler import calling
from booking.scheduler.calling import Caller
from booking.scheduler.distributed import Worker
from booking.scheduler.tasks import Context, Task
from booking.store import database, job_queue
from booking.store.job_queue import JobQueue
from booking.sync import servers
from booking.sync.bell import Bell
from booking.sync.engine import Engine
from tests.support import waiting
from tests.support.application import ENVIRONMENT
from tests.support.databases import PostgresDatabases
from tests.sync.library import library


@dataclass(frozen=True)
class Place:
    """A database that workers share."""

    app: Flask
    url: str
    folder: Path

    @property
    def queue(self) -> JobQueue:
        with self.app.app_context():
            return JobQueue(database.db.engine)

    def worker(self, *table: Task, engine: Engine | None = None) -> Worker:
        engine = engine or Engine(connect=servers.connect, now=clock.now)
        context = Context(
            engine, smtp.FolderPost(self.folder / "mail"), "http://library.example", "desk@library.example"
        )
        connect = job_queue.connect_arguments(self.url)
        return Worker(self.app, context, connect=connect, concurrency=2, table=table)

    def asks(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement in the database, by a way of its own."""
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                found = connection.execute(text(statement))
                return [tuple(row) for row in found] if found.returns_rows else []
        finally:
            engine.dispose()

    def jobs(self, task: str = calling.PUSH) -> int:
        return sum(name == task for (name,) in self.asks("SELECT task_name FROM procrastinate_jobs"))


@pytest.fixture
def place(instance: Path, postgres_databases: PostgresDatabases) -> Iterator[Place]:
    """Give a database that workers share, and nobody at work."""
    with postgres_databases.fresh() as url:
        app = create_app(config.load(instance, ENVIRONMENT | {"BOOKING_DATABASE_URL": url}))
        yield Place(app, url, instance)
        with app.app_context():
            database.db.engine.dispose()


@contextmanager
def working(*workers: Worker) -> Iterator[None]:
    """Have workers at work, each in a thread of its own."""
    with ExitStack() as stack:
        for worker in workers:
            ready = threading.Event()
            thread = threading.Thread(target=worker.run, kwargs={"ready": ready.set})
            thread.start()
            stack.callback(thread.join, 30)
            stack.callback(worker.stop)
            assert ready.wait(30)
        yield


def task(run: Callable[[Context], object], *, name: str = "a task", every: float = 1) -> Task:
    return Task(name, timedelta(seconds=every), "for a test", run)


class TestTwoWorkers:
    def test_do_each_task_once_a_tick_between_them(self, place: Place) -> None:
        runs: list[float] = []
        table = task(lambda _: runs.append(time.monotonic()))

        with working(place.worker(table), place.worker(table)):
            waiting.until(lambda: len(runs) >= 2, what="the runs at the start")
            begun, so_far = time.monotonic(), len(runs)
            waiting.until(lambda: len(runs) >= so_far + 4, what="four more runs")

        assert time.monotonic() - begun > 2.5  # each second once, not twice

    def test_leave_nothing_behind(self, place: Place) -> None:
        runs: list[Context] = []

        with working(place.worker(task(runs.append))):
            waiting.until(lambda: len(runs) > 1, what="two runs")
            waiting.until(lambda: place.queue.is_worked_on(within=5), what="a sign of life")

        assert place.jobs("a task") <= 1  # the next may wait, but what was done is gone
        assert not place.queue.is_worked_on(within=60)

    def test_take_up_the_job_of_one_that_died(self, place: Place) -> None:
        """As it stands in the database after a kill: under way, of a worker that shows no sign of life."""
        runs: list[Context] = []
        place.asks(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            " RETURNING id) INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            " SELECT 'tasks', 'nightly', '{\"timestamp\": 0}', 'doing', id FROM dead"
        )

        with working(place.worker(task(runs.append, name="nightly", every=86400))):
            waiting.until(lambda: len(runs) == 2, what="its own run at the start, and that of the dead one")
            waiting.until(lambda: place.jobs("nightly") == 0, what="both to be done with")

    def test_forget_the_job_of_a_dead_worker_where_the_same_waits_already(self, place: Place) -> None:
        place.asks(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, status) VALUES"
            " ('elsewhere', 'x', 'link-7', '{}', 'doing'), ('elsewhere', 'x', 'link-7', '{}', 'todo')"
        )

        with working(place.worker(task(lambda _: None))):
            waiting.until(lambda: place.jobs("x") == 1, what="one of both to be forgotten")


class TestAWorker:
    def test_goes_on_after_a_fault_and_tells_no_values(self, place: Place, caplog: pytest.LogCaptureFixture) -> None:
        runs = []
        title = "a private" + " title"

        def fail(_: Context) -> None:
            runs.append(1)
            raise RuntimeError(title)

        with caplog.at_level(logging.WARNING), working(place.worker(task(fail))):
            waiting.until(lambda: len(runs) > 1, what="two runs")

        assert "RuntimeError" in caplog.text
        assert "a private title" not in caplog.text

    def test_never_does_one_task_twice_at_once(self, place: Place) -> None:
        begun, ends = [], threading.Event()

        def linger(_: Context) -> None:
            begun.append(1)
            ends.wait(30)

        other: list[Context] = []
        with working(place.worker(task(linger), task(other.append, name="another"))):
            waiting.until(lambda: len(other) > 3, what="another task to go on meanwhile")
            ends.set()

        assert len(begun) <= 2

    def test_ends_within_seconds_whatever_is_under_way(self, place: Place) -> None:
        begun, ends = threading.Event(), threading.Event()

        def hang(_: Context) -> None:
            begun.set()
            ends.wait(60)

        with working(place.worker(task(hang))):
            begun.wait(10)
            before = time.monotonic()
        ends.set()

        assert time.monotonic() - before < 8

    def test_goes_on_when_it_has_lost_the_database_for_a_while(self, place: Place) -> None:
        runs: list[Context] = []

        with working(place.worker(task(runs.append))):
            waiting.until(lambda: runs, what="a run")
            place.asks(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            so_far = len(runs)
            waiting.until(lambda: len(runs) > so_far + 2, what="runs afterwards", seconds=30)

    def test_writes_for_the_link_that_another_process_rang_for(
        self, place: Place, request: pytest.FixtureRequest
    ) -> None:
        with (
            place.app.app_context(),
            library(request.node.nodeid) as lib,
            working(place.worker(task(lambda _: None), engine=lib.engine)),
        ):
            waiting.until(lambda: place.queue.is_worked_on(within=5), what="a sign of life")
            pages = replace(lib.engine, bell=Bell(Caller(place.queue)))
            lib.place()

            pages.bell.ring(lib.link_id)

            waiting.until(lambda: lib.entries, what="the entry in the calendar")


class TestACaller:
    def test_knows_whether_a_worker_lives(self, place: Place) -> None:
        assert not Caller(place.queue).is_heard()

        with working(place.worker(task(lambda _: None))):
            waiting.until(Caller(place.queue).is_heard, what="to hear it")

        waiting.until(lambda: not Caller(place.queue).is_heard(), what="to hear it no more")

    def test_puts_no_job_where_nobody_takes_it(self, place: Place) -> None:
        caller = Caller(place.queue)

        caller.call((1, 2))

        caller.close()
        assert place.jobs() == 0

    def test_makes_one_job_of_many_calls_for_a_link(self, place: Place) -> None:
        place.asks("INSERT INTO procrastinate_workers DEFAULT VALUES")  # it lives, and takes nothing
        callers = [Caller(place.queue) for _ in range(3)]

        for caller in callers:
            caller.call((7,))
            caller.call((7, 8))

        for caller in callers:
            caller.close()
        assert place.asks("SELECT queueing_lock, lock FROM procrastinate_jobs ORDER BY 1") == [
            ("link-7", None),
            ("link-8", None),
        ]

    def test_holds_nobody_up_and_fails_nobody_when_the_queue_is_stuck(
        self, place: Place, caplog: pytest.LogCaptureFixture
    ) -> None:
        place.asks("INSERT INTO procrastinate_workers DEFAULT VALUES")
        caller = Caller(place.queue)
        stuck = create_engine(place.url)
        with stuck.begin() as connection:
            connection.execute(text("LOCK TABLE procrastinate_jobs"))
            before = time.monotonic()
            caller.call((7,))
            took = time.monotonic() - before
            caller.close()
        stuck.dispose()

        assert took < 0.5
        assert place.jobs() == 0
        assert "no worker was woken for link 7" in caplog.text
