"""Connections to calendar servers: what may be entered, and how it is stored."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from booking.domain import email_domains, permissions, servers
from booking.domain.entries import Entries
from booking.domain.errors import Invalid, NotFound
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.states import Channel, LinkState, PushState
from booking.services import audit, calendars
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Connection, Location
from booking.store.queries.connections import ConnectionRow


@dataclass(frozen=True, slots=True)
class ConnectionDraft:
    """What an administrator entered. A password of None keeps the stored one."""

    name: str
    server: str
    username: str
    password: str | None = field(repr=False)
    email: str = ""
    impersonate: bool = True
    sign_in: str = "basic"  # or "ntlm"
    version: str = ""
    ca_pem: str = field(default="", repr=False)
    protocol: str = "ews"
    alert_email: str = ""  # who is told when it is in trouble
    netbios: str = ""  # the domain of DOMAIN\\name, where the user name is the name alone
    email_domains: str = ""  # of the organisation, besides that of the account's own address; commas between
    default_owner: str = ""  # of what comes from calendars and matches nobody here
    password_expires_on: date | None = None  # as the Exchange administrator says
    reads_own_calendar: bool | None = None  # the account's own calendar blocks spaces too; None keeps what stands


def checked(
    session: Session,
    draft: ConnectionDraft,
    *,
    actor: Actor,
    connection_id: int | None = None,
    location_id: int | None = None,
) -> ConnectionDraft:
    """Return the draft, tidied and complete with its password.

    Args:
        session: to look in.
        draft: what was entered.
        actor: who asks.
        connection_id: which connection it changes; without it the one of the location, or a new one.
        location_id: who will use it; without it the connection stands by itself until a location does.

    Raises:
        Forbidden: only administrators may see or change connections.
        NotFound: there is no such connection.
        Invalid: with every mistake, by field.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    entries = Entries()
    tidy = replace(
        draft,
        name=entries.line("name", draft.name, longest=120, required=True),
        server=entries.line("server", draft.server, longest=300, required=True),
        username=entries.line("username", draft.username, longest=254, required=True),
        email=entries.line("email", draft.email, longest=254),
        version=entries.line("version", draft.version, longest=40),
        alert_email=entries.line("alert_email", draft.alert_email, longest=254),
        ca_pem=entries.text("ca_pem", draft.ca_pem, longest=60_000),
        netbios=entries.line("netbios", draft.netbios, longest=64),
        email_domains=email_domains.checked(entries, "email_domains", draft.email_domains),
        default_owner=entries.line("default_owner", draft.default_owner, longest=200),
    )
    stored = _standing(session, connection_id, location_id)
    if tidy.protocol != "memory":
        servers.check_server(entries, tidy.server)
    servers.check_login(entries, tidy.username, tidy.netbios)
    servers.check_choices(entries, sign_in=tidy.sign_in, version=tidy.version)
    servers.check_certificates(entries, tidy.ca_pem)
    servers.check_email(entries, "email", tidy.email)
    servers.check_email(entries, "alert_email", tidy.alert_email)
    _check_name(session, entries, tidy.name, stored)
    password = _password(entries, tidy, stored)
    entries.check()
    return replace(tidy, password=password)


def _standing(session: Session, connection_id: int | None, location_id: int | None) -> Connection | None:
    """Return the connection that is changed; None for a new one."""
    if connection_id is not None:
        found = session.get(Connection, connection_id)
        if found is None:
            raise NotFound(what="connection")
        return found
    return None if location_id is None else queries.connections.of_location(session, location_id)


def is_version(name: str) -> bool:
    """Tell whether a connection may speak that version of Exchange Web Services; empty means found out."""
    return servers.is_version(name)


def _check_name(session: Session, entries: Entries, name: str, stored: Connection | None) -> None:
    other = queries.connections.named(session, name)
    if other is not None and (stored is None or other.id != stored.id):
        entries.wrong("name", "Another connection has this name.")


def _password(entries: Entries, draft: ConnectionDraft, stored: Connection | None) -> str:
    """Return the password to use. A stored one goes only where it was meant for: same server, same account."""
    if draft.password:
        return draft.password
    if stored is None or not stored.password:
        entries.wrong("password", "Enter the password.")
        return ""
    entered = servers.login(draft.username, draft.netbios)
    known = servers.login(stored.username, stored.netbios)
    if (draft.server.lower(), entered.lower()) != (stored.server.lower(), known.lower()):
        entries.wrong("password", "Server or user name changed: enter the password again.")
        return ""
    return stored.password


def store(
    session: Session,
    draft: ConnectionDraft,
    *,
    paused: bool,
    steps: Sequence[object],
    actor: Actor,
    now: datetime,
    connection_id: int | None = None,
    location_id: int | None = None,
) -> Connection:
    """Store a checked draft, with the breaker closed and a new revision; for which connection `checked` says.

    Raises:
        Forbidden: only administrators may change connections.
        NotFound: there is no such connection or location.
        Invalid: spaces of the location are paired through another one.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    connection = _standing(session, connection_id, location_id)
    if connection is None:
        connection = Connection(name=draft.name, protocol=draft.protocol, revision=0, created_at=now)
        session.add(connection)
    _take(connection, draft)
    connection.paused = paused
    connection.check_report = json.dumps(list(steps)) if steps else ""
    connection.checked_at = now if steps else None
    connection.updated_at = now
    session.flush()
    _try_again(session, connection)
    audit.note(
        session,
        "connection.saved",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        subject=connection.name,
        detail="Saved and paused, without a test." if paused else "Saved after a good test.",
    )
    if location_id is not None:
        use(session, connection.id, location_id=location_id, actor=actor, now=now)
    return connection


def _take(connection: Connection, draft: ConnectionDraft) -> None:
    connection.name = draft.name
    connection.server = draft.server
    connection.username = draft.username
    connection.password = draft.password or ""
    connection.email = draft.email
    connection.impersonate = draft.impersonate
    connection.sign_in = draft.sign_in
    connection.version = draft.version
    connection.ca_pem = draft.ca_pem
    connection.alert_email = draft.alert_email
    connection.netbios = draft.netbios
    connection.email_domains = draft.email_domains
    connection.default_owner = draft.default_owner
    connection.password_expires_on = draft.password_expires_on
    if draft.reads_own_calendar is not None:
        connection.reads_own_calendar = draft.reads_own_calendar
    connection.revision += 1
    connection.breaker_until = None
    connection.breaker_reason = ""
    connection.throttled_until = None
    connection.signed_in_at = None


def keep_report(session: Session, connection_id: int, steps: Sequence[object], *, now: datetime) -> None:
    """Keep how a test of a stored connection went, good or bad; its settings stay as they are."""
    connection = queries.connections.lock(session, connection_id)
    connection.check_report = json.dumps(list(steps))
    connection.checked_at = now


def _try_again(session: Session, connection: Connection) -> None:
    """Take up again what was given up under the old settings."""
    queries.links.lock_all(session, queries.links.ids_of_connection(session, connection.id))
    for row in queries.push.failing(session, connection.id):
        if row.state is PushState.DEAD:
            calendars.make_due(row)
        row.next_at = None


def believe_again(session: Session, link_ids: Iterable[int], *, now: datetime) -> None:
    """Let links that waited for a good sign-in be read at once."""
    for link_id in sorted(link_ids):
        link = queries.links.lock(session, link_id)
        if link.state is LinkState.AUTH_FAILED:
            link.state, link.state_since, link.state_reason = LinkState.ACTIVE, now, ""
        link.next_read_at = None
        link.look_at = now


def use(session: Session, connection_id: int, *, location_id: int, actor: Actor, now: datetime) -> None:
    """Have a location use a connection that stands already.

    Raises:
        Forbidden: only administrators may change connections.
        NotFound: there is no such location or connection.
        Invalid: spaces of the location are paired through another one.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    location, connection = session.get(Location, location_id), session.get(Connection, connection_id)
    if location is None or connection is None:
        raise NotFound(what="location" if location is None else "connection")
    require_free(session, location_id, connection_id=connection_id)
    if location.connection_id == connection_id:
        return
    location.connection_id = connection_id
    audit.note(
        session,
        "connection.used",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        subject=connection.name,
        detail=f"{location.name} uses it.",
    )


def require_free(session: Session, location_id: int, *, connection_id: int | None) -> None:
    """Pass if a location's spaces are not paired through another connection than this one; None is a new one.

    Raises:
        Invalid: they are.
    """
    paired = [each for each in queries.links.rows(session) if each.location_id == location_id]
    if any(each.connection_id != connection_id for each in paired):
        raise Invalid({"connection": "Disconnect this location's spaces first; they are paired through the other one."})


def pause(session: Session, connection_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a connection rest: nothing is read or written through it, and what people book waits.

    Raises:
        Forbidden: only administrators may change connections.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    connection = queries.connections.lock(session, connection_id)
    if connection.paused:
        return
    connection.paused = True
    connection.updated_at = now
    audit.note(session, "connection.paused", actor=actor, channel=Channel.STAFF, now=now, subject=connection.name)


def is_internal(connection: ConnectionRow, address: str) -> bool:
    """Tell whether an e-mail address belongs to the organisation behind a connection."""
    return email_domains.is_own(address, domains(connection))


def domains(connection: ConnectionRow) -> tuple[str, ...]:
    """Return the domains of that organisation's addresses: the account's own first."""
    own = email_domains.of(connection.email) or email_domains.of(connection.username)
    return tuple(dict.fromkeys(each for each in (own, *email_domains.listed(connection.email_domains)) if each))


def resume(session: Session, connection_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a paused connection work again. Whether one that was stopped may write is decided by `sync.identity`.

    Raises:
        Forbidden: only administrators may change connections.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    connection = queries.connections.lock(session, connection_id)
    connection.paused = False
    connection.breaker_until = None
    connection.updated_at = now
    audit.note(
        session,
        "connection.resumed",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        subject=connection.name,
    )
