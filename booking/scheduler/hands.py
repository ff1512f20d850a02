"""Threads for work that waits for databases and servers, while the loop that hands it out goes on."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue


class Hands:
    """So many threads. They stay, for each keeps its lines to calendar servers; none holds up the end of the process.

    Python's own pool waits at the end for whatever its threads do: with a server that hangs, for half a minute.
    """

    def __init__(self, number: int, name: str) -> None:
        self._waiting: SimpleQueue[tuple[Callable[[], object], Future[None]] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{each}", daemon=True) for each in range(number)
        ]
        for thread in self._threads:
            thread.start()

    async def do(self, work: Callable[[], object]) -> None:
        """Have it done by the next free thread, and wait; whoever stops waiting does not stop the thread."""
        done: Future[None] = Future()
        self._waiting.put((work, done))
        await asyncio.wrap_future(done)

    def close(self) -> None:
        """Send home whoever has nothing to do."""
        for _ in self._threads:
            self._waiting.put(None)

    def _work(self) -> None:
        while (given := self._waiting.get()) is not None:
            work, done = given
            if not done.set_running_or_notify_cancel():
                continue
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - whoever waits is told
                done.set_exception(error)
            else:
                done.set_result(None)
