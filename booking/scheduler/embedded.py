"""Background work in this process: APScheduler for the table of tasks, and a pool of threads that write.

A file lock lets one process of an installation do it; others serve pages only. Everything is level-triggered,
so ending at any moment loses nothing.
"""

import fcntl
import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from booking.scheduler import tasks
from booking.scheduler.tasks import Context, Task
from booking.sync import worker
from booking.sync.engine import Engine

log = logging.getLogger(__name__)

LOCK = "scheduler.lock"
_LISTEN = 5.0
_STOP_WITHIN = timedelta(seconds=5)


class Application(Protocol):
    """What is needed of a Flask application here: a context for each thread, and what it was joined from."""

    extensions: dict[str, Any]

    def app_context(self) -> AbstractContextManager[Any]: ...


class Runner:
    """The background work of one process. `working` is False where another process does it."""

    def __init__(
        self, app: Application, context: Context, *, lock_file: Path, writers: int, table: tuple[Task, ...]
    ) -> None:
        self._app = app
        self._context = context
        self._lock_file = lock_file
        self._writers = writers
        self._table = table
        self._lock: IO[str] | None = None
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._idle = threading.Condition()
        self._under_way = 0
        self._scheduler: BackgroundScheduler | None = None

    @property
    def working(self) -> bool:
        return self._lock is not None

    def start(self) -> None:
        """Begin, unless another process of this installation has."""
        self._lock = _taken(self._lock_file)
        if self._lock is None:
            log.info("another process does the background work")
            return
        for number in range(self._writers):
            thread = threading.Thread(target=self._write, name=f"push-{number}", daemon=True)
            self._context.engine.bell.join()
            thread.start()
            self._threads.append(thread)
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a task that takes longer than its interval is fine
        self._scheduler = self._scheduled()
        self._scheduler.start()

    def stop(self) -> None:
        """End within a few seconds: what is under way is finished if it is quick, else the next start finds it."""
        self._stopping.set()
        self._context.engine.bell.close()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        deadline = time.monotonic() + _STOP_WITHIN.total_seconds()
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        with self._idle:
            self._idle.wait_for(lambda: not self._under_way, max(deadline - time.monotonic(), 0))
        self._context.engine.lines.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _scheduled(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max(len(self._table), 1))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for task in self._table:
            scheduler.add_job(
                self._run,
                "interval",
                args=[task],
                id=task.name,
                seconds=task.every.total_seconds(),
                next_run_time=self._context.engine.now(),
                jitter=min(task.every.total_seconds() / 20, 30) if task.every > timedelta(seconds=10) else None,
            )
        return scheduler

    def _run(self, task: Task) -> None:
        self._safely(task.name, lambda: task.run(self._context))

    def _write(self) -> None:
        """Write for whichever link is rung for, until told to stop."""
        bell = self._context.engine.bell
        try:
            while not self._stopping.is_set():
                link_id = bell.take(_LISTEN)
                if link_id is None:
                    continue
                try:
                    self._safely(f"link {link_id}", _writing(self._context.engine, link_id))
                finally:
                    bell.done(link_id)
        finally:
            bell.leave()

    def _safely(self, what: str, work: Callable[[], object]) -> None:
        """Do some work with a context of its own; a fault is logged and never ends the thread."""
        if self._stopping.is_set():
            return
        with self._idle:
            self._under_way += 1
        try:
            with self._app.app_context():
                work()
        except Exception as error:  # noqa: BLE001 - a bug in one task must not end the others
            if not self._stopping.is_set():
                # Only its kind and place: its words may quote what stands in a calendar or a row.
                place = "".join(traceback.format_tb(error.__traceback__))
                log.error("%s failed: %s\n%s", what, type(error).__name__, place)  # noqa: TRY400 - no message, see above
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()


def _writing(engine: Engine, link_id: int) -> Callable[[], None]:
    return lambda: worker.run_link(engine, link_id)


def _taken(path: Path) -> IO[str] | None:
    """Return the open lock file if nobody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle


def is_held(path: Path) -> bool:
    """Tell whether some process does the background work of the installation whose lock file this is."""
    handle = _taken(path)
    if handle is None:
        return True
    handle.close()
    return False


def start(app: Application) -> Runner:
    """Start the background work of an application, and return what ends it."""
    wiring = app.extensions["booking"]
    site = wiring.settings
    context = Context(engine=wiring.engine, post=wiring.post, base_url=site.base_url, mail_from=site.mail_from)
    runner = Runner(
        app,
        context,
        lock_file=Path(site.instance) / LOCK,
        writers=max(int(site.sync_workers), 1),
        table=tasks.table(wiring.engine),
    )
    runner.start()
    return runner
