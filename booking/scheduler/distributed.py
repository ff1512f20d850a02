"""Background work in as many processes as one likes, on any machine: Procrastinate, on PostgreSQL.

The same table of tasks as in one process. Each is a periodic job, of which one process takes each tick; a link that
somebody rang for is a job too. State lies in our own rows, so a job that is lost, doubled or late loses nothing:
no job has a `lock`, which a killed worker would hold, for the link's own claim keeps others away.
"""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Status

from booking.scheduler import application, tasks, ticks
from booking.scheduler.application import Application
from booking.scheduler.calling import DEAD_AFTER, HEARTBEAT, PUSH
from booking.scheduler.hands import Hands
from booking.scheduler.tasks import Context, Task
from booking.scheduler.ticks import Ticks
from booking.sync.watching import Supervisor
from booking.sync.worker import run_link

log = logging.getLogger(__name__)

#: The queue of the tasks. They have slots of their own, so that slow servers do not keep them from being done.
TASKS = "tasks"
_STALLED = "stalled jobs"

_POLL = 2.0  # also how late a job is seen whose notice was lost
_STOP_WITHIN = 4.0
_AGAIN = 3.0  # the wait after losing the database
_MOST_ATTEMPTS = 3  # of a job whose worker dies each time: the sweep tries it anyway
_CONNECTIONS = 4  # of Procrastinate itself, besides two that listen


class Worker:
    """The background work of one process among several."""

    def __init__(
        self,
        app: Application,
        context: Context,
        *,
        connect: Mapping[str, Any],
        concurrency: int,
        table: tuple[Task, ...],
        watches: Supervisor | None = None,
    ) -> None:
        """Prepare; `connect` is what the driver is told, `concurrency` how many links are written to at once."""
        self._app = app
        self._context = context
        self._connect = dict(connect)
        self._concurrency = concurrency
        self._table = table
        self._watches = watches
        self._pushing = Hands(concurrency, "push")
        self._doing_tasks = Hands(len(table), "task")
        self._under_way: set[str] = set()
        self._ended = threading.Event()
        self._end: Callable[[], object] = self._ended.set

    def run(self, *, ready: Callable[[], None]) -> None:
        """Work until `stop`, or SIGTERM or SIGINT where this is the main thread; `ready` is called once."""
        if self._watches is not None:
            self._watches.start()
        try:
            asyncio.run(self._until_asked_to_end(ready))
        finally:
            self._ended.set()
            if self._watches is not None:
                self._watches.stop()
            self._pushing.close()
            self._doing_tasks.close()
            self._context.engine.bell.close()
            self._context.engine.lines.close()

    def stop(self) -> None:
        """End within a few seconds: what is under way is finished if it is quick, else another worker finds it."""
        self._end()

    # ---------------------------------------------------------------- for ever

    async def _until_asked_to_end(self, ready: Callable[[], None]) -> None:
        loop, asked = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            self._ended.set()
            loop.call_soon_threadsafe(asked.set)

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, end)
        working = asyncio.create_task(self._for_ever(ready))
        if self._ended.is_set():
            asked.set()
        self._end = end
        await asked.wait()
        self._end = self._ended.set
        with _silent("psycopg"):  # that a connection was cut off in the middle of a wait is no news now
            working.cancel()
            await asyncio.wait([working])

    async def _for_ever(self, ready: Callable[[], None]) -> None:
        while not self._ended.is_set():
            try:
                await self._work(ready)
            except Exception as error:  # noqa: BLE001 - above all, the database may be away for a while
                if not self._ended.is_set():
                    log.warning("the job queue is lost, and taken up anew: %s", _kinds(error))
            ready = _nothing
            await asyncio.sleep(_AGAIN)

    async def _work(self, ready: Callable[[], None]) -> None:
        connector = PsycopgConnector(kwargs=self._connect, min_size=1, max_size=_CONNECTIONS)
        pushes, periodic = self._push_app(connector), self._task_app(connector)
        async with pushes.open_async(), asyncio.TaskGroup() as group:
            group.create_task(_run(pushes, queue=PUSH, concurrency=self._concurrency))
            group.create_task(_run(periodic, queue=TASKS, concurrency=len(self._table)))
            await self._begin_all(periodic)
            ready()

    async def _begin_all(self, app: App) -> None:
        """Have each task done now: what fell due while no worker ran does not wait for its next tick."""
        for task in self._table:
            try:
                await app.configure_task(task.name).defer_async(timestamp=0)
            except AlreadyEnqueued:
                continue

    # ---------------------------------------------------------------- the jobs

    def _push_app(self, connector: PsycopgConnector) -> App:
        app = App(connector=connector)

        async def push(link_id: int) -> None:
            await self._do(self._pushing, f"link {link_id}", partial(run_link, self._context.engine, link_id))

        async def take_up(timestamp: int) -> None:
            del timestamp
            await _take_up_stalled(app)

        app.task(name=PUSH, queue=PUSH)(push)
        _periodic(app, _STALLED, queue=PUSH, cron=ticks.of(timedelta(seconds=DEAD_AFTER / 2)).cron, work=take_up)
        return app

    def _task_app(self, connector: PsycopgConnector) -> App:
        app = App(connector=connector)
        for task in self._table:
            due = ticks.of(task.every)
            _periodic(app, task.name, queue=TASKS, cron=due.cron, work=self._doing(task, due))
        return app

    def _doing(self, task: Task, due: Ticks) -> Callable[[int], Awaitable[None]]:
        async def do(timestamp: int) -> None:
            if task.name in self._under_way or not due.is_due(timestamp):
                return
            self._under_way.add(task.name)
            try:
                await self._do(self._doing_tasks, task.name, partial(task.run, self._context))
            finally:
                self._under_way.discard(task.name)

        return do

    async def _do(self, hands: Hands, what: str, work: Callable[[], object]) -> None:
        await hands.do(partial(application.do, self._app, what, work, is_ending=self._ended.is_set))


@contextlib.contextmanager
def _silent(library: str) -> Iterator[None]:
    """Keep what a library warns of out of the log meanwhile; what fails is still heard."""
    logger = logging.getLogger(library)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _nothing() -> None:
    """Whoever waited for the start was told."""


def _kinds(error: Exception) -> str:
    """Return what went wrong, without its words."""
    inside = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    return ", ".join(sorted({type(each).__name__ for each in inside}))


def _periodic(app: App, name: str, *, queue: str, cron: str, work: Callable[[int], Awaitable[None]]) -> None:
    """Have something done at each moment of `cron`, by one process; at most one of its jobs waits."""
    task = app.task(name=name, queue=queue, queueing_lock=f"task-{name}")(work)
    app.periodic(cron=cron)(task)


async def _run(app: App, *, queue: str, concurrency: int) -> None:
    """Do the jobs of a queue until cancelled.

    Raises:
        Exception: the database is away.
    """
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=concurrency,
        fetch_job_polling_interval=_POLL,
        shutdown_graceful_timeout=_STOP_WITHIN,
        delete_jobs=DeleteJobCondition.ALWAYS,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=DEAD_AFTER,
    )
    raise ConnectionError  # it ends by itself only when it has lost its place


async def _take_up_stalled(app: App) -> None:
    """Give the jobs of dead workers to the living."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
        with contextlib.suppress(ConnectorException):  # another worker was quicker
            if job.attempts >= _MOST_ATTEMPTS:
                await manager.finish_job(job, Status.FAILED, delete_job=True)
                continue
            try:
                await manager.retry_job(job)
            except UniqueViolation:  # one like it waits already
                await manager.finish_job(job, Status.FAILED, delete_job=True)
    await manager.prune_stalled_workers(DEAD_AFTER)


def worker(app: Application, *, connect: Mapping[str, Any], concurrency: int) -> Worker:
    """Return the background work of an application, to be run."""
    context = application.context(app)
    return Worker(
        app,
        context,
        connect=connect,
        concurrency=concurrency,
        table=tasks.table(context.engine),
        watches=Supervisor(context.engine, app.app_context),
    )
