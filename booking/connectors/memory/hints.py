"""Who watches the server in memory, and what they are told."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Lock

from booking.connectors.port import ConnectorError, Definite, Hint, HintKind, Kind

#: How many heartbeats a line may be silent before it counts as dead.
PATIENCE = 2


class Hints:
    """The watches of one server. `silent` stands for a line that died without a word."""

    def __init__(self) -> None:
        self.heartbeat = timedelta(seconds=5)
        self.silent = False
        self._watches: list[Watch] = []
        self._lock = Lock()

    def open(self, mailboxes: Collection[str]) -> "Watch":
        """Return a watch that hears of everything from now on."""
        made = Watch(self, frozenset(mailboxes))
        with self._lock:
            self._watches.append(made)
        return made

    def changed(self, mailbox: str) -> None:
        """Tell whoever watches this mailbox."""
        with self._lock:
            listening = [] if self.silent else [each for each in self._watches if mailbox.lower() in each.mailboxes]
        for each in listening:
            each.tell(mailbox.lower())

    def end(self, error: ConnectorError | None = None) -> None:
        """End every watch: in order, or with an error."""
        with self._lock:
            ended, self._watches = self._watches, []
        for each in ended:
            each.tell(error)

    def drop(self, watch: "Watch") -> None:
        """Tell this one nothing any more."""
        with self._lock:
            self._watches = [each for each in self._watches if each is not watch]


class Watch:
    """One watch, and what it was told but has not shown yet."""

    def __init__(self, hints: Hints, mailboxes: frozenset[str]) -> None:
        self.mailboxes = mailboxes
        self._hints = hints
        self._told: SimpleQueue[str | ConnectorError | None] = SimpleQueue()

    def tell(self, what: str | ConnectorError | None) -> None:
        """Show this next: a mailbox that changed, an error, or None for the end."""
        self._told.put(what)

    def shown(self) -> Iterator[Hint]:
        """Yield what it is told, and a sign of life in between."""
        silence = 0
        while True:
            try:
                told = self._told.get(timeout=self._hints.heartbeat.total_seconds())
            except Empty:
                silence += 1
                if not self._hints.silent:
                    silence = 0
                    yield Hint(HintKind.ALIVE)
                elif silence == PATIENCE:
                    raise Definite(Kind.TRANSIENT, "The server has fallen silent.") from None
                continue
            if told is None:
                return
            if isinstance(told, ConnectorError):
                raise told
            yield Hint(HintKind.CHANGED, told)

    def close(self) -> None:
        """End it."""
        self._hints.drop(self)
        self.tell(None)
