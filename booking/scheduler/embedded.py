"""Background work in this process: APScheduler for the table of tasks, and a pool of threads that write.

A file lock lets one process of an installation do it; others serve pages only. Everything is level-triggered,
so ending at any moment loses nothing.
"""

import fcntl
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import IO

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from booking.scheduler import application, tasks
from booking.scheduler.application import Application
from booking.scheduler.tasks import Context, Task
from booking.sync import worker
from booking.sync.engine import Engine
from booking.sync.watching import Supervisor

log = logging.getLogger(__name__)

LOCK = "scheduler.lock"
_LISTEN = 5.0
_LOOK_EVERY = 0.05
_STOP_WITHIN = timedelta(seconds=5)
#: Whoever looks whether the lock is held holds it himself for a moment; one that starts then must not give up.
_PROBED_WITHIN = timedelta(seconds=1)


class Runner:
    """The background work of one process. `working` is False where another process does it."""

    def __init__(
        self,
        app: Application,
        context: Context,
        *,
        lock_file: Path,
        writers: int,
        table: tuple[Task, ...],
        watches: Supervisor | None = None,
    ) -> None:
        self._app = app
        self._context = context
        self._lock_file = lock_file
        self._writers = writers
        self._table = table
        self._watches = watches
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
        self._lock = _taken(self._lock_file, patience=_PROBED_WITHIN)
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
        if self._watches is not None:
            self._watches.start()

    def stop(self) -> None:
        """End within a few seconds: what is under way is finished if it is quick, else the next start finds it."""
        self._stopping.set()
        self._context.engine.bell.close()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
            if self._watches is not None:
                self._watches.stop()
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
            application.do(self._app, what, work, is_ending=self._stopping.is_set)
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()


def _writing(engine: Engine, link_id: int) -> Callable[[], None]:
    return lambda: worker.run_link(engine, link_id)


def _taken(path: Path, *, patience: timedelta = timedelta(), how: int = fcntl.LOCK_EX) -> IO[str] | None:
    """Return the open lock file if nobody else holds it, or stops holding it in time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience.total_seconds()
    handle = path.open("a")
    while True:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() < deadline:
                time.sleep(_LOOK_EVERY)
                continue
            handle.close()
            return None
        return handle


def is_held(path: Path) -> bool:
    """Tell whether some process does the background work of the installation whose lock file this is.

    Shared, so that two who look at one moment do not take each other for that process.
    """
    handle = _taken(path, how=fcntl.LOCK_SH)
    if handle is None:
        return True
    handle.close()
    return False


def start(app: Application) -> Runner:
    """Start the background work of an application, and return what ends it."""
    site = app.extensions["booking"].settings
    context = application.context(app)
    runner = Runner(
        app,
        context,
        lock_file=Path(site.instance) / LOCK,
        writers=max(int(site.sync_workers), 1),
        table=tasks.table(context.engine),
        watches=Supervisor(context.engine, app.app_context),
    )
    runner.start()
    return runner
