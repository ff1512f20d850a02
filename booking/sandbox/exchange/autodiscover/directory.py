"""What autodiscover says of an address: settings, look elsewhere, or that nobody is there."""

import threading
from dataclasses import dataclass

from booking.sandbox.exchange.ews import versions
from booking.sandbox.exchange.personalities import Personality
from booking.sandbox.exchange.state.store import Store


@dataclass(frozen=True, slots=True)
class Found:
    """A mailbox, and where its EWS is."""

    address: str
    name: str
    ews_url: str

    @property
    def legacy_dn(self) -> str:
        user = self.address.partition("@")[0]
        return f"/o=Sandbox/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={user}"


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """Ask for that address instead."""

    address: str


@dataclass(frozen=True, slots=True)
class OtherUrl:
    """Ask at that URL instead."""

    url: str


class Directory:
    """Who is here, and who is said to be elsewhere. `ews_url`: what is told in place of where we were asked."""

    def __init__(self, store: Store, personality: Personality) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._elsewhere: dict[str, str] = {}
        self.personality = personality
        self.ews_url = ""
        #: Where every request is sent by HTTP, before anybody signs in.
        self.location = ""

    @property
    def supported_schemas(self) -> str:
        """The names of the schemas that EWS here speaks, as Exchange lists them."""
        return ", ".join(versions.up_to(self.personality))

    def send_elsewhere(self, address: str, to: str) -> None:
        """Send whoever asks for that address to another one, or to a URL."""
        with self._lock:
            self._elsewhere[address.lower()] = to

    def look_up(self, address: str, *, ews_url: str) -> Found | OtherAddress | OtherUrl | None:
        """What there is to say; None if nobody has that address. `ews_url` is ours, as the caller reached us."""
        with self._lock:
            elsewhere = self._elsewhere.get(address.strip().lower())
        if elsewhere is not None:
            return OtherAddress(elsewhere) if "@" in elsewhere and "://" not in elsewhere else OtherUrl(elsewhere)
        with self._store.change():
            mailbox = self._store.mailboxes.get(address.strip().lower())
        if mailbox is None or "@" not in mailbox.address:
            return None
        return Found(mailbox.address, mailbox.name, self.ews_url or ews_url)
