"""Who listens to what, and what has happened since they last heard.

Everything is in memory: subscriptions die with the server, as they do with Exchange's mailbox server.
Sources: learn.microsoft.com, "Handling notification-related errors in EWS in Exchange"; EXCHANGE-FACTS.md section 1.4.
"""

import secrets
import threading
import time
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from booking.sandbox.exchange.notices import events
from booking.sandbox.exchange.notices.events import Event, Kind, Place
from booking.sandbox.exchange.state.happenings import Happening

_REMEMBERED = 10_000
_ID_HEAD = b"sandbox"
#: How long a streaming subscription outlives its last connection.
STREAMING_MINUTES = 30
_SHORTEST_LIFE = 30.0  # seconds


class TooMany(Exception):
    """One subscription, or one hanging answer, more than allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a subscriber wants to hear. Without `folders`: every folder of the mailbox.

    owner: the account; charged: whom it counts against, the mailbox that the account acts as.
    minutes: how long it lives without being asked for.
    """

    owner: str
    charged: str
    mailbox: str
    kinds: frozenset[Kind]
    folders: frozenset[str] | None = None
    streaming: bool = True
    minutes: int = STREAMING_MINUTES


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A wish that was granted. `heard` is the number of the last event that was told or confirmed."""

    id: str
    wish: Wish
    heard: int
    dies_at: float

    def wants(self, event: Event) -> bool:
        return event.kind in self.wish.kinds and any(self._covers(place) for place in event.places)

    def _covers(self, place: Place) -> bool:
        folders = self.wish.folders
        return place.mailbox == self.wish.mailbox and (folders is None or place.folder in folders)


class Notices:
    """The subscriptions of a server and the last events. Its own lock: whoever holds it asks nothing of the store.

    heartbeat: seconds between signs of life on a stream. minute: how many seconds a minute of a subscriber's is.
    most_subscriptions: of one mailbox.
    """

    def __init__(
        self, *, now: Callable[[], datetime], heartbeat: float, minute: float, most_subscriptions: int
    ) -> None:
        self.heartbeat = heartbeat
        self.minute = minute
        self._most = most_subscriptions
        self._now = now
        self._told = threading.Condition()
        self._events: deque[tuple[int, Event]] = deque(maxlen=_REMEMBERED)
        self._last = 0
        self._alive: dict[str, Subscription] = {}
        self._hanging: Counter[str] = Counter()
        self._cuts = 0
        self._stirred = 0

    def hear(self, happening: Happening) -> None:
        """Take note of what happened to an item, and wake whoever waits for it."""
        with self._told:
            for event in events.of(happening, self._now()):
                self._last += 1
                self._events.append((self._last, event))
            self._stir()

    # Subscriptions

    def subscribe(self, wish: Wish) -> Subscription:
        """A new subscription, from now on.

        Raises:
            TooMany: that mailbox has as many as it may have.
        """
        with self._told:
            self._bury_the_dead()
            if sum(each.wish.charged == wish.charged for each in self._alive.values()) >= self._most:
                raise TooMany
            made = Subscription(id=_new_id(), wish=wish, heard=self._last, dies_at=self._end_of(wish))
            self._alive[made.id] = made
            return made

    def find(self, subscription_id: str) -> Subscription | None:
        """The subscription, if it is alive; it lives on for as long again."""
        with self._told:
            self._bury_the_dead()
            found = self._alive.get(subscription_id)
            if found is not None:
                found.dies_at = self._end_of(found.wish)
            return found

    def end(self, subscription_id: str) -> None:
        with self._told:
            self._alive.pop(subscription_id, None)
            self._stir()

    def lose(self) -> None:
        """Forget every subscription, as when a mailbox moves to another server."""
        with self._told:
            self._alive.clear()
            self._stir()

    def count(self) -> int:
        with self._told:
            return len(self._alive)

    # Events

    def since(self, subscription: Subscription, number: int) -> list[tuple[int, Event]]:
        """What it wants to hear of what came after the event of that number, oldest first, with their numbers."""
        with self._told:
            recent = []
            for at, event in reversed(self._events):
                if at <= number:
                    break
                if subscription.wants(event):
                    recent.append((at, event))
            return recent[::-1]

    def remembers(self, number: int) -> bool:
        """True if that event, or the beginning of time, is still among what is known."""
        with self._told:
            oldest = self._events[0][0] if self._events else self._last + 1
            return oldest - 1 <= number <= self._last

    # Hanging answers

    @contextmanager
    def hanging(self, who: str, most: int) -> Iterator[None]:
        """Hold while an answer hangs.

        Raises:
            TooMany: that many hang already.
        """
        with self._told:
            if self._hanging[who] >= most:
                raise TooMany
            self._hanging[who] += 1
        try:
            yield
        finally:
            with self._told:
                self._hanging[who] -= 1

    def hanging_now(self) -> int:
        """How many answers hang at the moment."""
        with self._told:
            return self._hanging.total()

    def lost_of(self, ids: Collection[str]) -> list[str]:
        """Those that are not, or no longer, alive."""
        with self._told:
            return [each for each in ids if each not in self._alive]

    def keep_alive(self, ids: Collection[str]) -> None:
        """A stream over them is open: they do not die of old age."""
        with self._told:
            for each in ids:
                found = self._alive.get(each)
                if found is not None:
                    found.dies_at = self._end_of(found.wish)

    def wait(self, seconds: float, *, since: int) -> None:
        """Return when anything has happened after `stirred` was that number, or when the time is over."""
        with self._told:
            self._told.wait_for(lambda: self._stirred != since, timeout=seconds)

    @property
    def stirred(self) -> int:
        """How often anything has happened; read it before looking for what did."""
        return self._stirred

    @property
    def cuts(self) -> int:
        """How often all streams have been cut."""
        return self._cuts

    def cut(self) -> None:
        """Break off every answer that hangs, in the middle."""
        with self._told:
            self._cuts += 1
            self._stir()

    def _stir(self) -> None:
        self._stirred += 1
        self._told.notify_all()

    def _end_of(self, wish: Wish) -> float:
        lasts = wish.minutes * self.minute
        # However short a minute is made: on a busy machine, seconds may pass before the stream is opened.
        return time.monotonic() + (max(lasts, _SHORTEST_LIFE) if wish.streaming else lasts)

    def _bury_the_dead(self) -> None:
        now = time.monotonic()
        self._alive = {key: each for key, each in self._alive.items() if each.dies_at > now}


def was_ours(subscription_id: str) -> bool:
    """True if an id was given out in this form."""
    try:
        return b64decode(subscription_id, validate=True).startswith(_ID_HEAD)
    except BadBase64:
        return False


def _new_id() -> str:
    return b64encode(_ID_HEAD + secrets.token_bytes(20)).decode()
