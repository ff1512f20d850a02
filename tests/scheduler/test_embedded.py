"""The background work of one process: one at a time for an installation, unharmed by faults, ended cleanly."""

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from booking import clock
from booking.mail import smtp
from booking.scheduler import embedded, tasks
from booking.scheduler.embedded import Runner
from booking.scheduler.tasks import Context, Task
from booking.sync import servers
from booking.sync.engine import Engine
from tests.support import waiting


def runner(folder: Path, *table: Task, engine: Engine | None = None) -> Runner:
    engine = engine or Engine(connect=servers.connect, now=clock.now)
    context = Context(engine, smtp.FolderPost(folder / "mail"), "http://library.example", "desk@library.example")
    return Runner(Flask("tasks"), context, lock_file=folder / "scheduler.lock", writers=2, table=table)


@contextmanager
def running(made: Runner) -> Iterator[Runner]:
    made.start()
    try:
        yield made
    finally:
        made.stop()


def task(run: Callable[[Context], object], *, every: float = 0.05) -> Task:
    return Task("a task", timedelta(seconds=every), "for a test", run)


class TestARunner:
    def test_runs_its_tasks_again_and_again(self, tmp_path: Path) -> None:
        runs: list[Context] = []

        with running(runner(tmp_path, task(runs.append))):
            waiting.until(lambda: len(runs) > 2, what="three runs")

    def test_goes_on_after_a_fault_and_tells_no_values(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        runs = []
        title = "a private" + " title"

        def fail(_: Context) -> None:
            runs.append(1)
            raise RuntimeError(title)

        with caplog.at_level(logging.ERROR), running(runner(tmp_path, task(fail))):
            waiting.until(lambda: len(runs) > 2, what="three runs")

        assert "RuntimeError" in caplog.text
        assert "a private title" not in caplog.text

    def test_leaves_the_work_to_the_process_that_was_first(self, tmp_path: Path) -> None:
        with running(runner(tmp_path)) as first, running(runner(tmp_path)) as second:
            assert (first.working, second.working) == (True, False)
            assert embedded.is_held(tmp_path / "scheduler.lock")

    def test_is_not_put_off_by_somebody_who_only_looks(self, tmp_path: Path) -> None:
        looker = embedded._taken(tmp_path / "scheduler.lock")
        assert looker is not None
        threading.Timer(0.3, looker.close).start()

        with running(runner(tmp_path)) as made:
            assert made.working

    def test_is_not_mistaken_for_somebody_else_who_looks(self, tmp_path: Path) -> None:
        lock = tmp_path / embedded.LOCK
        with lock.open("a") as looking:
            fcntl.flock(looking, fcntl.LOCK_SH)

            assert not embedded.is_held(lock)

    def test_takes_over_when_the_first_has_ended(self, tmp_path: Path) -> None:
        with running(runner(tmp_path)):
            pass

        with running(runner(tmp_path)) as second:
            assert second.working

    def test_ends_within_seconds_whatever_is_under_way(self, tmp_path: Path) -> None:
        begun, ends = threading.Event(), threading.Event()

        def hang(_: Context) -> None:
            begun.set()
            ends.wait(60)

        made = runner(tmp_path, task(hang))
        made.start()
        begun.wait(10)
        before = time.monotonic()
        made.stop()
        ends.set()

        assert time.monotonic() - before < 8

    def test_can_be_ended_twice(self, tmp_path: Path) -> None:
        made = runner(tmp_path)
        made.start()

        made.stop()
        made.stop()

        assert not made.working

    def test_is_heard_while_it_works(self, tmp_path: Path) -> None:
        engine = Engine(connect=servers.connect, now=clock.now)

        with running(runner(tmp_path, engine=engine)):
            assert engine.bell.heard

        assert not engine.bell.heard


class TestTheTable:
    def test_says_of_each_task_what_it_is_for(self) -> None:
        table = tasks.table(Engine(connect=servers.connect, now=clock.now))

        assert len({each.name for each in table}) == len(table)
        assert all(each.why and each.every > timedelta() for each in table)

    def test_reads_the_next_seven_days_every_minute(self) -> None:
        table = {each.name: each.every for each in tasks.table(Engine(connect=servers.connect, now=clock.now))}

        assert (table["near sweep"], table["far sweep"]) == (timedelta(seconds=60), timedelta(minutes=5))
