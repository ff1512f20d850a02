"""exchangelib's connection, made ours: one socket per client, nothing process-wide, nothing from the environment."""

import logging
import ssl
import uuid
from contextlib import suppress
from typing import Any

import exchangelib
from exchangelib import credentials, protocol, version
from exchangelib.folders import Calendar, Root
from exchangelib.properties import DistinguishedFolderId, FolderId, Mailbox
from requests import PreparedRequest, Response, Session
from requests.auth import AuthBase, HTTPBasicAuth

from booking.connectors.ews import services, transport, versions
from booking.connectors.ews.ntlm import OneTryNtlm
from booking.connectors.ews.transport import Door, GuardedAdapter
from booking.connectors.port import SignIn

# At DEBUG it logs request headers, the password among them; at ERROR whole requests with the names of patrons.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)
# At DEBUG it logs the messages of a sign-in, from which a password can be guessed at leisure.
logging.getLogger("spnego").setLevel(logging.CRITICAL)

#: Each schema version with the build that stands for it: exchangelib asks it what a server can do.
BUILDS: dict[str, Any] = {api: build for build, api, _ in reversed(version.VERSIONS)}


class OwnCredentials(credentials.Credentials):
    """exchangelib keeps one pool per endpoint and credentials; `pool` makes ours nobody else's."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self.pool = uuid.uuid4().hex


class OwnProtocol(protocol.Protocol):
    """One connection through one door."""

    RETRY_WAIT = 0  # exchangelib would report it as the wait that a busy server asked for
    SESSION_POOLSIZE = 1  # a larger pool deadlocks when the server is busy
    server_build: tuple[int, ...] = ()  # as it came with the last answer

    door: Door
    context: ssl.SSLContext
    sign_in: SignIn

    def raw_session(self, prefix: str, **_: object) -> Session:
        """Return a session that does not sign in."""
        return plain(prefix, self.door, self.context)

    def create_session(self) -> Session:
        """Return a session that signs in our way."""
        session: Session = super().create_session()
        known = self.credentials
        session.auth = sign_in(self.sign_in, known.username, known.password, self.door)
        return session


def sign_in(way: SignIn, username: str, password: str, door: Door) -> AuthBase:
    """Return how a session shows who it is. Basic in UTF-8: requests by itself knows only Latin letters."""
    match way:
        case SignIn.BASIC:
            return HTTPBasicAuth(username.encode(), password.encode())
        case SignIn.NTLM:
            return OneTryNtlm(username, password, door)


class Straight(Session):
    """Sees no redirection, so it neither follows one nor stumbles over an address that is none; reads with measure."""

    def send(self, request: PreparedRequest, **how: Any) -> Response:
        """Return the answer; unless it is streamed, with all that it says."""
        streamed = how.pop("stream", False)
        answer = super().send(request, stream=True, **how)
        if not streamed:
            transport.read(answer)
        return answer

    def get_redirect_target(self, resp: Response) -> None:
        """Return no address."""


def plain(prefix: str, door: Door, context: ssl.SSLContext) -> Session:
    """Return a session that can reach nothing but `prefix`: no proxy, no sign-in file, no other scheme."""
    session = Straight()
    session.trust_env = False
    session.adapters.clear()
    session.headers.update({"Content-Type": "text/xml; charset=utf-8", "User-Agent": "Booking"})
    session.mount(prefix, GuardedAdapter(door, context))
    return session


def configuration(url: str, *, username: str, password: str, version_name: str) -> Any:
    """Return everything that exchangelib would otherwise find out with requests of its own."""
    return exchangelib.Configuration(
        credentials=OwnCredentials(username, password),
        service_endpoint=url,
        auth_type=exchangelib.BASIC,  # so that it asks for nothing; `create_session` decides
        version=speaking(version_name or versions.NEWEST),
        retry_policy=services.OneTry(),
        max_connections=1,
    )


def speaking(name: str) -> Any:
    """Return a version of EWS as exchangelib wants it."""
    return exchangelib.Version(build=BUILDS[name], api_version=name)


def connection(config: Any, door: Door, context: ssl.SSLContext, way: SignIn) -> Any:
    """Return the one protocol object of this configuration; accounts made with it find it by themselves."""
    made = OwnProtocol(config=config)
    made.sign_in = way
    made.door = door
    made.context = context
    made.TIMEOUT = door.leg_seconds  # on the instance, so no other connection is touched
    return made


def forget(config: Any) -> None:
    """Let exchangelib's process-wide cache drop the connection, and the password with it."""
    cache = protocol.CachingProtocol
    with suppress(KeyError):
        made, _ = cache.__getitem__(OwnProtocol, config)
        made.close()
        cache.__delitem__(OwnProtocol, config)


def account(config: Any, address: str, *, impersonate: bool) -> Any:
    """Return a mailbox as the connection's account sees it; nothing is sent."""
    return exchangelib.Account(
        address,
        config=config,
        autodiscover=False,
        access_type=exchangelib.IMPERSONATION if impersonate else exchangelib.DELEGATE,
        default_timezone=exchangelib.UTC,
        locale="en_US",
    )


class OwnCalendar(DistinguishedFolderId):
    """The calendar of whoever signs in; needs no address, so it tells only whether they could sign in."""

    ELEMENT_NAME = "DistinguishedFolderId"

    def clean(self, version: Any = None) -> None:
        """Leave out exchangelib's demand for a mailbox; the server's own schema has none."""


def folder(folder_id: str) -> Any:
    """Return a folder by its id, as it was listed."""
    return FolderId(id=folder_id)


def calendar(owner: Any) -> Any:
    """Return the mailbox's calendar, built by hand: asking for it costs two requests."""
    mailbox = Mailbox(email_address=owner.primary_smtp_address)
    root = Root(account=owner, _distinguished_id=DistinguishedFolderId(id="root", mailbox=mailbox))
    return Calendar(root=root, _distinguished_id=DistinguishedFolderId(id="calendar", mailbox=mailbox))
