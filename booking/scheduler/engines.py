"""The engine of sync as it really runs: on the clock, and with the servers that we can speak to."""

import os

from booking import clock
from booking.sync import servers
from booking.sync.engine import Engine, Timing


def engine(*, timing: Timing, allow_local: bool, base_url: str, proxy: str = "") -> Engine:
    """Return the engine that pages and background work of this process share."""
    return Engine(
        connect=servers.connect,
        now=clock.now,
        timing=timing,
        allow_local=allow_local,
        base_url=base_url,
        proxy=proxy,
        worker_name=f"process-{os.getpid()}",
    )
