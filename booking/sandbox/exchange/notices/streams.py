"""An answer that hangs: opens at once, tells what happens, gives signs of life, and closes when its time is over.

Source: learn.microsoft.com, "Notification subscriptions, mailbox events, and EWS in Exchange"; EWS reference,
GetStreamingEvents, ConnectionTimeout and ConnectionStatus.
"""

import time
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass

from booking.sandbox.exchange.notices.events import Event
from booking.sandbox.exchange.notices.subscriptions import Notices, Subscription

#: How soon, at the latest, a stream notices that nobody listens any more.
_LOOK_UP = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a stream: events by subscription, or none; the lost ones end it."""

    told: tuple[tuple[Subscription, tuple[tuple[int, Event], ...]], ...] = ()
    signs_of_life: tuple[Subscription, ...] = ()
    lost: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """What a hanging answer says over the life of its connection."""

    notices: Notices
    subscriptions: Collection[Subscription]
    minutes: int
    gone: Callable[[], bool]

    def speak(self) -> Generator[Said, None, None]:
        """The messages, each when it is due; ends when the client is gone.

        Raises:
            ConnectionAbortedError: somebody cut all streams.
        """
        ids = [each.id for each in self.subscriptions]
        cuts, ends_at = self.notices.cuts, time.monotonic() + self.minutes * self.notices.minute
        beat_at = time.monotonic() + self.notices.heartbeat
        yield Said()
        while not self.gone():
            stirred = self.notices.stirred
            if self.notices.cuts != cuts:
                raise ConnectionAbortedError
            said = self._said(ids, beat_at=beat_at, ends_at=ends_at)
            if said is None:
                soon = min(_LOOK_UP, max(0.0, min(beat_at, ends_at) - time.monotonic()))
                self.notices.wait(soon, since=stirred)
                continue
            yield said
            if said.closed:
                return
            beat_at = time.monotonic() + self.notices.heartbeat

    def _said(self, ids: list[str], *, beat_at: float, ends_at: float) -> Said | None:
        """What is to be said now, if anything."""
        lost = self.notices.lost_of(ids)
        if lost:
            return Said(lost=tuple(lost), closed=True)
        told = tuple((each, news) for each in self.subscriptions if (news := self._news(each)))
        if told:
            return Said(told=told)
        now = time.monotonic()
        if now >= ends_at:
            return Said(closed=True)
        if now < beat_at:
            return None
        self.notices.keep_alive(ids)
        return Said(signs_of_life=tuple(self.subscriptions))

    def _news(self, subscription: Subscription) -> tuple[tuple[int, Event], ...]:
        news = self.notices.since(subscription, subscription.heard)
        if news:
            subscription.heard = news[-1][0]
        return tuple(news)
