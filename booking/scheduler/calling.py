"""Waking workers in other processes, from one that serves pages: a job for each link that was rung for."""

import logging
import threading
import time

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from booking.store.job_queue import JobQueue

log = logging.getLogger(__name__)

#: The job that writes what waits on one link, and the queue that it lies in.
PUSH = "push link"
#: A worker shows this often that it lives.
HEARTBEAT = 3.0
#: Whoever has not shown it for so long is taken for dead.
DEAD_AFTER = 12.0

_BELIEVED_FOR = 2.0
_LAST_WORDS = 10.0


def queueing_lock(link_id: int) -> str:
    """Return the name under which one job for that link waits at most; what is rung for meanwhile is one with it."""
    return f"link-{link_id}"


class Caller:
    """Wakes workers elsewhere. A page never waits for it and never fails by it: a thread of its own does the work.

    What it loses, the sweep of the workers finds.
    """

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._app = App(connector=SyncPsycopgConnector())  # never opened: jobs go over the lines of the queue
        self._wanted: dict[int, None] = {}
        self._open = True
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._seen = (float("-inf"), False)

    def call(self, link_ids: tuple[int, ...]) -> None:
        """Have workers write what waits on these links."""
        with self._changed:
            self._wanted.update(dict.fromkeys(link_ids))
            if self._thread is None or not self._thread.is_alive():  # begun late: after a server has forked
                self._thread = threading.Thread(target=self._go_on, name="caller", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def is_heard(self) -> bool:
        """Tell whether any worker lives; believed for two seconds, so that pages need not ask each time."""
        at, answer = self._seen
        if time.monotonic() - at < _BELIEVED_FOR:
            return answer
        try:
            answer = self._queue.is_worked_on(within=DEAD_AFTER)
        except Exception as error:  # noqa: BLE001 - a page that cannot know goes on without
            log.warning("cannot see whether a worker lives: %s", type(error).__name__)
            answer = False
        self._seen = (time.monotonic(), answer)
        return answer

    def close(self) -> None:
        """Let what was called for get through, waiting a few seconds at most, and send the thread home."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_LAST_WORDS)

    def _go_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or not self._open)
                wanted, self._wanted = tuple(self._wanted), {}
            if not wanted:
                return
            if self.is_heard():
                for link_id in wanted:
                    self._defer(link_id)

    def _defer(self, link_id: int) -> None:
        try:
            if self._queue.has_waiting(queueing_lock(link_id)):
                return  # the job that waits will see this, too
            with self._queue.line() as line:
                self._app.configure_task(PUSH, queue=PUSH, queueing_lock=queueing_lock(link_id), connection=line).defer(
                    link_id=link_id
                )
        except AlreadyEnqueued:
            return  # put there a moment ago
        except Exception as error:  # noqa: BLE001 - a lost call loses nothing
            log.warning("no worker was woken for link %s: %s", link_id, type(error).__name__)
