"""The engine of sync as it really runs: on the clock, with the servers that we can speak to, and awake to others."""

import os
import platform
from pathlib import Path

from booking import clock
from booking.scheduler import embedded
from booking.scheduler.calling import Caller
from booking.store.job_queue import JobQueue
from booking.sync import servers
from booking.sync.bell import Bell
from booking.sync.engine import Engine, Timing

_LONGEST_NAME = 40  # of a machine, in the name of a worker


def engine(
    *,
    timing: Timing,
    allow_local: bool,
    base_url: str,
    folder: Path,
    queue: JobQueue | None,
    proxy: str = "",
    alert_mail: str = "",
) -> Engine:
    """Return the engine that pages and background work of this process share.

    Where this process leaves the writing to others, they are woken, and it knows whether there are any: workers that
    share `queue`, or a process beside it that does the background work of `folder`.
    """
    caller = None if queue is None else Caller(queue)

    def elsewhere() -> bool:
        return (caller is not None and caller.is_heard()) or embedded.is_held(folder / embedded.LOCK)

    return Engine(
        connect=servers.connect,
        now=clock.now,
        timing=timing,
        allow_local=allow_local,
        base_url=base_url,
        proxy=proxy,
        worker_name=f"{platform.node()[:_LONGEST_NAME]}-{os.getpid()}",
        alert_mail=alert_mail,
        elsewhere=elsewhere,
        bell=Bell(caller),
    )
