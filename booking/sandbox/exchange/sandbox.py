"""The sandbox as one thing: to start, to fill, to look into, and to disturb."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from booking.sandbox.exchange import clock, seen
from booking.sandbox.exchange.acting import Acting
from booking.sandbox.exchange.autodiscover.directory import Directory
from booking.sandbox.exchange.autodiscover.service import Autodiscover
from booking.sandbox.exchange.calendar import view
from booking.sandbox.exchange.control import Control
from booking.sandbox.exchange.ews.disturbing import House
from booking.sandbox.exchange.ews.endpoint import PATH, Endpoint
from booking.sandbox.exchange.ews.sign_in import WAYS, Gate
from booking.sandbox.exchange.faults import Fault, Faults
from booking.sandbox.exchange.filling import Filling
from booking.sandbox.exchange.later import Later
from booking.sandbox.exchange.notices.subscriptions import Notices
from booking.sandbox.exchange.outlook import attendant
from booking.sandbox.exchange.outlook.release import AutoRelease
from booking.sandbox.exchange.personalities import EXCHANGE_2016, Personality
from booking.sandbox.exchange.request_log import LoggedRequest, RequestLog
from booking.sandbox.exchange.routes import Routes
from booking.sandbox.exchange.server import Server
from booking.sandbox.exchange.server_clock import ServerClock
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.throttle import Throttle, Throttling
from booking.sandbox.exchange.tls import identity

Plain = Any  # settings and knobs, each with the type that `Processing`, `Fault` or `add_event` gives it
_RELEASE_SWEEP = 5.0
_EWS_PATH = PATH.replace("/ews/exchange", "/EWS/Exchange")


class ExchangeSandbox(Filling, Acting):
    """A stand-in Exchange over HTTP. With a path, what it holds survives a restart; without, it is in memory only."""

    def __init__(  # noqa: PLR0913  (all that a server can be set to)
        self,
        path: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = clock.now,
        personality: Personality = EXCHANGE_2016,
        sign_in: tuple[str, ...] = WAYS,
        extended_protection: bool = False,
        tls: bool = False,
        names: Iterable[str] = (),
        throttling: Throttling | None = None,
        attendant_delay: float = 0.0,
        heartbeat: float = 5.0,
        minute: float = 60.0,
        most_subscriptions: int = 5000,
    ) -> None:
        """A sandbox that does not run yet.

        Args:
            path: the file that keeps what it holds.
            host: the address it listens on.
            port: the port; a free one if 0.
            now: its clock.
            personality: which Exchange it is.
            sign_in: the ways to sign in that it offers.
            extended_protection: NTLM over TLS must name the certificate it saw.
            tls: answer over HTTPS, with an authority of its own.
            names: host names that the certificate is for, besides this machine's.
            throttling: how much an account may ask; as much as it likes without.
            attendant_delay: seconds between the read and the write of a room's booking attendant.
            heartbeat: seconds between the signs of life of a stream of events.
            minute: seconds that a subscriber's minute lasts, for tests that cannot wait for one.
            most_subscriptions: of one mailbox.
        """
        self._host = host
        self._clock = ServerClock(now)
        self._later = Later(self._clock.elapsed)
        self._store = Store(path, now=self._clock)
        if attendant_delay:
            self._store.put_off = lambda act: self._later.after(attendant_delay, act)
        self._sweeps = False
        self._release = AutoRelease(self._store)
        self._faults = Faults()
        self._log = RequestLog()
        self._identity = identity(names) if tls else None
        gate = Gate(self._store, sign_in, extended_protection)
        self._notices = Notices(
            now=self._clock, heartbeat=heartbeat, minute=minute, most_subscriptions=most_subscriptions
        )
        self._store.listen(self._notices.hear)
        house = House(self._store, gate, self._clock, self._later, self._notices)
        throttle = Throttle(throttling, personality.limits, self._clock.elapsed)
        endpoint = Endpoint(house, self._faults, self._log, throttle, personality)
        control = Control(self._store, self._faults, self._log, self._clock, personality, self.advance)
        self._directory = Directory(self._store, personality)
        scheme = "http" if self._identity is None else "https"
        autodiscover = Autodiscover(self._directory, gate, self._log, self._clock, scheme, _EWS_PATH)
        routes = Routes(self._store, self._clock, control, endpoint, autodiscover)
        self._server = Server(host, port, routes.respond, self._identity)

    # Running

    def start(self) -> None:
        """Listen; returns when it does."""
        self._server.start()
        if not self._sweeps:
            self._sweeps = True
            self._later.every(_RELEASE_SWEEP, self._release.sweep)

    def stop(self) -> None:
        self._server.stop()

    def close(self) -> None:
        """Stop, forget what was still to happen, and let go of the file."""
        self._later.close()
        self.stop()
        self._store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        """Where the Outlook page is; everything else lies below it."""
        scheme = "http" if self._identity is None else "https"
        return f"{scheme}://{self._host}:{self.port}"

    @property
    def ca_pem(self) -> str:
        """The authority that signed its certificate; nothing without TLS."""
        return "" if self._identity is None else self._identity.ca_pem

    @property
    def ews_url(self) -> str:
        return f"{self.url}{_EWS_PATH}"

    # Looking

    def items(self, mailbox: str) -> list[seen.SeenItem]:
        """What stands in a mailbox's own calendar, earliest first; deleted items are not in it."""
        with self._store.change():
            return [seen.item(item) for item in self._store.items_of(mailbox.lower())]

    def shown(self, mailbox: str, start: datetime, end: datetime) -> list[seen.SeenItem]:
        """What Outlook's calendar shows of that time, earliest first: of a series, each date as an item of its own."""
        with self._store.change():
            return [seen.item(item) for item in view.overlapping(self._store.items_of(mailbox.lower()), start, end)]

    def items_in(self, folder_id: str) -> list[seen.SeenItem]:
        """What stands in a folder, a public one or one that was added, earliest start first."""
        with self._store.change():
            return [seen.item(item) for item in self._store.items_of(*ids.split_folder(folder_id))]

    def awaited(self, delegate: str) -> list[seen.SeenItem]:
        """The requests that were forwarded to a room's delegate and wait for an answer."""
        with self._store.change():
            return [seen.item(item) for item in attendant.awaited(self._store, delegate.lower())]

    def requests(self) -> list[LoggedRequest]:
        """What was asked over EWS, oldest first."""
        return self._log.all()

    def subscriptions(self) -> int:
        """How many subscriptions to events are alive."""
        return self._notices.count()

    def hanging(self) -> int:
        """How many streams of events are open."""
        return self._notices.hanging_now()

    def sign_ins(self) -> list[LoggedRequest]:
        """The requests whose credentials were looked at; `outcome` is 401 where they were wrong."""
        return self._log.sign_ins()

    # Time

    def advance(self, by: timedelta = timedelta()) -> None:
        """Let that much time pass at once: what waits for it happens before this returns, and rooms are released."""
        self._clock.move(by)
        self._later.run_due()
        self._release.sweep()

    def process_now(self) -> None:
        """Do at once all that was put off, such as the writes of booking attendants and changes applied late."""
        self._later.run_all()

    def set_clock_offset(self, offset: timedelta) -> None:
        """Make the server's clock wrong by that much: in the Date header, and in the times it stamps items with."""
        self._clock.set_offset(offset)

    # Disturbing

    def fault(self, **knobs: Plain) -> None:
        """Make it behave badly; the knobs are those of `Fault`."""
        self._faults.add(Fault(**knobs))

    def redirect_autodiscover(self, address: str, to: str) -> None:
        """Have autodiscover send whoever asks for that address to another address, or to a URL."""
        self._directory.send_elsewhere(address, to)

    def move_autodiscover(self, url: str) -> None:
        """Have all of autodiscover answer 302 with that URL, to anybody; with an empty one, answer itself again."""
        self._directory.location = url

    def announce_ews_at(self, url: str) -> None:
        """Have autodiscover tell that URL of EWS, instead of the one that leads here."""
        self._directory.ews_url = url

    def lose_subscriptions(self) -> None:
        """Forget every subscription to events, as when mailboxes move to another server."""
        self._notices.lose()

    def cut_streams(self) -> None:
        """Break off every stream of events in the middle, as a load balancer would."""
        self._notices.cut()

    def clear_faults(self) -> None:
        self._faults.clear()
