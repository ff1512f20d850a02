"""Finding somebody's server from an e-mail address.

Whoever is asked is first asked as a stranger, over https with a trusted certificate, past the guard of `hosts`. A
password goes only to a host inside the address's own domain, and only when that host asks for it in the way that was
chosen. A redirection, an alias in DNS or an answer can name any host in the world: such a host is never shown a
password here. If it answers like Exchange, it is proposed, and the person sees its name before signing in there. The
step of Microsoft's clients that starts with plain http is left out for the same reason.

The first password that is refused ends the search: it costs one try, whatever the number of candidates.

Source: learn.microsoft.com, "Autodiscover for Exchange", "Implementing an Autodiscover client"; on passwords sent to
strangers: Guardicore, "Autodiscovering the Great Leak" (2021).
"""

import re
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests

from booking.connectors.ews import address, autodiscover_dns, dial, failures, faults, offers, session, transport
from booking.connectors.ews import autodiscover_messages as messages
from booking.connectors.ews.ntlm import NoChallenge
from booking.connectors.ews.offers import Offer
from booking.connectors.places import FoundServer
from booking.connectors.port import ConnectionSettings, Definite, Kind, SignIn

MOST_HOPS = 4
LONGEST_LEG = 5.0  # seconds; a candidate that does not answer should not use up the time of the others
LONGEST_ANSWER = 262_144
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?", re.ASCII)
NO_ADDRESS = "Looking for a server starts from an e-mail address, or a user name like svc-rooms@example.org."
NOT_LIKE_EXCHANGE = "It answers, but not as Exchange does."
_ASKED = ((messages.SOAP_PATH, messages.soap), (messages.POX_PATH, messages.pox))


def find(settings: ConnectionSettings) -> FoundServer:
    """Return the server of `settings.email`, or of a user name that is an address; `settings.server` is not used.

    Without a password nobody signs in anywhere, and the first candidate that answers like Exchange is returned.

    Raises:
        Definite: no address to start from, nothing found in time, or the password was refused; says what was tried.
    """
    with_leg = min(settings.leg_seconds, LONGEST_LEG)
    email = next((each.strip() for each in (settings.email, settings.username) if "@" in each), "")
    if not _domain(email):
        raise Definite(Kind.PERMANENT, NO_ADDRESS)
    search = _Search(settings, email, dial.door_for(settings), leg_seconds=with_leg)
    with search.door.deadline(settings.deadline_seconds):
        found = search.run()
    if found is None:
        raise search.nothing()
    return found


class _Search:
    """One search: whom to ask next, and what those asked said."""

    def __init__(self, settings: ConnectionSettings, email: str, door: transport.Door, *, leg_seconds: float) -> None:
        self.settings = settings
        self.door = door
        self.email = email
        self.domain = _domain(email)
        self.leg_seconds = door.leg_seconds = leg_seconds
        self.context = dial.context(door, settings.ca_pem)
        self.reasons: dict[str, str] = {}
        self._waiting: deque[str] = deque()
        self._elsewhere: list[str] = []  # hosts that were named on the way
        self._hops = 0
        self._tried = False  # the password was shown, and nobody said whether it is right

    def run(self) -> FoundServer | None:
        """Ask one after the other until somebody knows."""
        if self.settings.password:
            for host in self._own_hosts():
                found = self._signed_in(host)
                if found is not None:
                    return found
                if self._tried:
                    break  # somewhere else it may count as a second wrong one
        for host in self._candidates():
            if self._answers(found_at := _ews(host), host):
                return FoundServer(found_at)
            self._look_beyond(host)
        return None

    def nothing(self) -> Definite:
        """Return what to say when nobody knew."""
        if self.door.overdue:
            words = (
                f"Looking for the server of {self.domain} took longer than {self.settings.deadline_seconds:g} seconds."
            )
            return Definite(Kind.TRANSIENT, words)
        asked = "; ".join(f"{host}: {why}" for host, why in self.reasons.items())
        return Definite(Kind.PERMANENT, f"No Exchange server was found for {self.domain}. {asked}".strip())

    # Whom to ask

    def _own_hosts(self) -> Iterator[str]:
        """Yield the hosts of the domain that may know, those named on the way too; each once."""
        done: set[str] = set()
        self._waiting.extend((f"autodiscover.{self.domain}", self.domain))
        while self._waiting and not self.door.overdue:
            host = self._waiting.popleft()
            if host not in done:
                done.add(host)
                yield host

    def _candidates(self) -> Iterator[str]:
        """Yield every host that may be the server itself, those named by others first; each once."""
        usual = (f"autodiscover.{self.domain}", self.domain, f"mail.{self.domain}")
        left = [*autodiscover_dns.targets(self.domain, seconds=self.leg_seconds), *usual]
        done: set[str] = set()
        while not self.door.overdue:
            host = next((each for each in (*self._elsewhere, *left) if each not in done), None)
            if host is None:
                return
            done.add(host)
            yield host

    def _go_on_at(self, location: str, base: str) -> None:
        """Take note of a host that somebody named; only https, and only a few in all."""
        try:
            parts = urlsplit(urljoin(base, location))
            host = (parts.hostname or "").lower()
        except ValueError:  # no address at all
            return
        if parts.scheme != "https" or not host or host in self._elsewhere or self._hops >= MOST_HOPS:
            return
        self._hops += 1
        self._elsewhere.append(host)
        if self._is_own(host):
            self._waiting.append(host)

    def _is_own(self, host: str) -> bool:
        return host == self.domain or host.endswith(f".{self.domain}")

    # Asking

    def _signed_in(self, host: str) -> FoundServer | None:
        """Ask a host of the domain with the password, if it wants one in our way."""
        with self._session(host) as asking:
            for path, question in _ASKED:
                url = f"https://{host}{path}"
                offer = self._offer(asking, url, host)
                if offer is None:
                    return None  # not there at all
                if not offer.is_like_exchange or offer.lacks(self.settings.sign_in):
                    self._note_refusal(host, offer, base=url)
                    continue
                told = self._told(asking, url, question(url, self.email))
                while told and self._is_called(told.redirect_address):
                    told = self._told(asking, url, question(url, self.email))
                found = self._settled(told, host) if told else None
                if found is not None or self._tried:
                    return found
        return None

    def _told(self, asking: requests.Session, url: str, question: bytes) -> messages.Told | None:
        """Sign in and ask.

        Raises:
            Definite: the password was refused.
        """
        way, username = self.settings.sign_in, self.settings.username
        asking.auth = session.sign_in(way, username, self.settings.password, self.door)
        self.door.sent = False
        try:
            with asking.post(
                url, data=question, allow_redirects=False, timeout=self.leg_seconds, stream=True
            ) as answer:
                if answer.status_code == HTTPStatus.UNAUTHORIZED:
                    host = urlsplit(url).hostname
                    words = f"{host} does not accept the user name {username} with this password. It was tried once."
                    raise Definite(Kind.SIGN_IN, words, code="HTTP 401")
                if answer.is_redirect:
                    return messages.Told(redirect_url=answer.headers["Location"])
                content = answer.raw.read(LONGEST_ANSWER, decode_content=True)
                return messages.read(content) if answer.status_code == HTTPStatus.OK else None
        except NoChallenge:
            return None
        except failures.BROKEN:
            self._tried = self.door.sent
            return None

    def _is_called(self, address: str) -> bool:
        """Tell whether the same person is to be asked for under another address of the domain, and take note of it."""
        if not address or not self._is_own(_domain(address)) or self._hops >= MOST_HOPS:
            return False
        self._hops += 1
        self.email = address
        return True

    def _settled(self, told: messages.Told, host: str) -> FoundServer | None:
        """Return the server that was named, if it answers from here; or take note of whom to ask instead."""
        if told.redirect_url:
            self._go_on_at(told.redirect_url, f"https://{host}/")
        for url in told.urls:
            if self._answers(url, host):
                return FoundServer(url, told.version, told.display_name)
        return None

    def _answers(self, url: str, named_by: str) -> bool:
        """Tell whether there is a service at `url` that asks strangers to sign in as Exchange does."""
        try:
            endpoint = address.endpoint(url, allow_local=self.settings.allow_local)
        except address.AddressRefused as refusal:
            self.reasons[named_by] = str(refusal)
            return False
        with self._session(endpoint.host, endpoint.url) as asking:
            offer = self._offer(asking, endpoint.url, endpoint.host)
        if offer is None or offer.is_like_exchange:
            return offer is not None
        self._note_refusal(endpoint.host, offer, base=url)
        return False

    def _look_beyond(self, host: str) -> None:
        """Take note of where a host of the domain sends strangers who look for autodiscover."""
        if self._is_own(host) and self.reasons.get(host) == NOT_LIKE_EXCHANGE:
            url = f"https://{host}{messages.POX_PATH}"
            with self._session(host) as asking:
                offer = self._offer(asking, url, host)
            if offer is not None and offer.location:
                self._go_on_at(offer.location, url)

    def _offer(self, asking: requests.Session, url: str, host: str) -> Offer | None:
        self.door.failure = None  # of the one before
        try:
            return offers.asked(asking, url, seconds=self.leg_seconds)
        except failures.BROKEN as error:
            self.reasons[host] = str(faults.error(failures.broken(error, self.door), faults.Call()))
            return None

    def _note_refusal(self, host: str, offer: Offer, *, base: str) -> None:
        if offer.location:
            self._go_on_at(offer.location, base)
        if offer.is_like_exchange and offer.lacks(self.settings.sign_in):
            self.reasons[host] = faults.not_offered(self.settings.sign_in, offer.ways or frozenset[SignIn]())
        else:
            self.reasons.setdefault(host, NOT_LIKE_EXCHANGE)

    def _session(self, host: str, url: str = "") -> requests.Session:
        return session.plain(url or f"https://{host}/", self.door, self.context)


def _domain(email: str) -> str:
    """Return the domain of an address, as DNS wants it; empty if there is none."""
    try:
        domain = email.rpartition("@")[2].strip().strip(".").lower().encode("idna").decode()
    except UnicodeError:
        return ""
    return domain if _NAME.fullmatch(domain) else ""


def _ews(host: str) -> str:
    return f"https://{host}{address.PATH}"
