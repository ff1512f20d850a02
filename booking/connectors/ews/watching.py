"""One watch over many mailboxes: a subscription for each, and one hanging answer for all of them.

It has a client of its own, since the stream holds the only connection. All its requests name the same mailbox to
the load balancer, so that all reach the same mailbox server.

Sources: learn.microsoft.com, "How to: Maintain affinity between a group of subscriptions and the Mailbox server" and
"Handling notification-related errors in EWS in Exchange".
"""

import time
from collections.abc import Iterator, Sequence
from threading import Event

from booking.connectors.ews import notices, wire
from booking.connectors.ews.client import Client
from booking.connectors.ews.faults import Wire
from booking.connectors.ews.streams import Pulse, Stream
from booking.connectors.port import ConnectorError, Definite, Hint, HintKind, Kind

#: For how long we tell the server, when we leave, that it need not keep anything for us.
LEAVING_SECONDS = 5.0
#: Failures of the whole connection; every other one is that mailbox's alone.
OF_THE_CONNECTION = frozenset({Kind.SIGN_IN, Kind.THROTTLED})


class Watch:
    """Hints about these mailboxes. Read by one thread; any other may stop it."""

    def __init__(self, client: Client, mailboxes: Sequence[str]) -> None:
        self._client = client
        self._mailboxes = tuple(dict.fromkeys(each.lower() for each in mailboxes))
        self._subscriptions: dict[str, str] = {}  # id to mailbox
        self._anchor = ""
        self._pulse = Pulse()
        self._stopped = Event()

    def stop(self) -> None:
        """End the watch: whoever reads it gets no more hints, and no error."""
        self._stopped.set()
        self._client.cut()

    def hints(self) -> Iterator[Hint]:
        """Yield hints until `stop`, or until no mailbox is left.

        When the time of one hanging answer is over, the next is asked for with the same subscriptions: the server
        keeps what happens in between.

        Raises:
            Definite: the line broke or fell silent, or the server has forgotten us. What was missed is lost.
        """
        broken = False
        try:
            yield from self._subscribe()
            yield from self._listen()
        except ConnectorError:
            broken = not self._stopped.is_set()
            if broken:
                raise
        finally:
            self._leave(politely=not broken)

    def _subscribe(self) -> Iterator[Hint]:
        """Subscribe to each mailbox; yield those that cannot be watched."""
        for mailbox in self._mailboxes:
            if self._stopped.is_set():
                return
            anchor = self._anchor or mailbox
            try:
                self._subscriptions[self._client.subscribe(mailbox, anchor)] = mailbox
            except Definite as refusal:
                if not _about_a_mailbox(refusal):
                    raise
                yield Hint(HintKind.FAILED, mailbox, refusal)
            else:
                self._anchor = anchor

    def _listen(self) -> Iterator[Hint]:
        """Yield what one hanging answer after the other says."""
        told = False
        while self._subscriptions and not self._stopped.is_set():
            stream = self._client.stream(self._anchor, tuple(self._subscriptions))
            try:
                if self._stopped.is_set():  # while it was being opened
                    return
                if not told:
                    yield from (Hint(HintKind.WATCHING, each) for each in self._subscriptions.values())
                    told = True
                yield from self._read(stream)
            finally:
                stream.close()

    def _read(self, stream: Stream) -> Iterator[Hint]:
        """Yield what one hanging answer says, until the server ends it in order."""
        for document in self._client.documents(stream, self._anchor, self._pulse):
            if self._stopped.is_set():
                return
            notice = self._understood(document)
            self._pulse.heard(time.monotonic(), only_alive=not notice.changed)
            yield from (Hint(HintKind.CHANGED, each) for each in self._changed(notice))
            if notice.closed:
                return
            if not notice.changed:
                yield Hint(HintKind.ALIVE)

    def _changed(self, notice: notices.Notice) -> list[str]:
        """Return where to look; everywhere if the server names a subscription that is none of ours."""
        if any(each not in self._subscriptions for each in notice.changed):
            return sorted(self._subscriptions.values())
        return sorted({self._subscriptions[each] for each in notice.changed})

    def _understood(self, document: bytes) -> notices.Notice:
        try:
            notice = notices.notice(document)
        except wire.Unreadable:
            raise Definite(Kind.TRANSIENT, "The server's notice could not be read.", code=Wire.UNREADABLE) from None
        if notice.code != "NoError":
            raise self._client.refusal(notice.code, notice.text, self._anchor)
        return notice

    def _leave(self, *, politely: bool) -> None:
        """Tell the server, as far as it listens, that nothing need be kept for us; and hang up."""
        until = time.monotonic() + LEAVING_SECONDS
        try:
            for subscription in self._subscriptions if politely else ():
                if time.monotonic() > until:
                    break
                self._client.unsubscribe(subscription, self._anchor, seconds=LEAVING_SECONDS)
        except ConnectorError:
            return  # it forgets by itself after a while
        finally:
            self._client.close()


def _about_a_mailbox(refusal: Definite) -> bool:
    """Tell whether only this mailbox cannot be watched: EWS itself refused it."""
    below_ews = refusal.code.startswith("HTTP") or refusal.code in tuple(Wire)
    return refusal.kind not in OF_THE_CONNECTION and not below_ews
