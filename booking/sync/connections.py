"""Trying a connection before it is stored: what works is kept until something better works."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from booking.connectors import registry
from booking.connectors.port import ConnectionSettings, Connector, Definite, Kind, SignIn, StepResult
from booking.domain import permissions, servers, verdicts
from booking.domain.errors import Invalid
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.verdicts import Verdict
from booking.services import connections
from booking.services.connections import ConnectionDraft
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.connections import ConnectionRow, UserOfConnection
from booking.sync import calls, changed_servers, trials
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.trials import Outcome, Step

__all__ = [
    "VERSIONS", "VERSIONS_HINT", "ConnectionDraft", "Found", "Outcome", "Step", "find_server", "save_and_test",
    "save_paused", "shared_with", "test", "try_place", "verdict",
]  # fmt: skip

#: The versions of Exchange that staff may choose, each with words, and how to choose.
VERSIONS = registry.VERSIONS
VERSIONS_HINT = registry.VERSIONS_HINT


@dataclass(frozen=True, slots=True)
class Found:
    """A server that a search found; `server` is what staff would write."""

    server: str
    version: str = ""
    display_name: str = ""


def find_server(
    engine: Engine,
    email: str,
    username: str = "",
    password: str = "",
    *,
    actor: Actor,
    sign_in: str = SignIn.BASIC,
    ca_pem: str = "",
) -> Found:
    """Return the server of an e-mail address, or of a user name that is one. Without a password nobody signs in.

    Raises:
        Forbidden: only administrators may look for servers.
        Invalid: nothing was found, or the password was refused; by field, in words that say what was tried.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    try:
        found = registry.find_server(
            email,
            username,
            password,
            sign_in=SignIn(sign_in),
            ca_pem=ca_pem,
            allow_local=engine.allow_local,
            proxy=engine.proxy,
            leg_seconds=engine.timing.leg.total_seconds(),
            deadline_seconds=engine.timing.deadline.total_seconds(),
        )
    except Definite as failure:
        field = "password" if failure.kind is Kind.SIGN_IN else "server"
        raise Invalid({field: str(failure)}) from failure
    return Found(_as_written(found.url), found.version, found.display_name)


def _as_written(url: str) -> str:
    """Return the name alone where the rest of the address is the usual one."""
    parts = urlsplit(url)
    usual = parts.scheme == "https" and parts.port is None and parts.path.lower() == "/ews/exchange.asmx"
    return parts.hostname or url if usual else url


def save_and_test(
    engine: Engine,
    draft: ConnectionDraft,
    *,
    actor: Actor,
    now: datetime,
    connection_id: int | None = None,
    location_id: int | None = None,
) -> Outcome:
    """Try what was entered, with one sign-in; store it only if that works, else keep what was stored.

    Args:
        engine: of whoever asks.
        draft: what was entered.
        actor: who asks.
        now: when.
        connection_id: which connection it changes; without it the one of the location, or a new one.
        location_id: who uses it from now on; without it the connection stands by itself until a location does.

    Raises:
        Forbidden: only administrators may change connections.
        NotFound: there is no such connection or location.
        Invalid: with every mistake, by field.
    """
    with reading() as session:
        whole = connections.checked(session, draft, connection_id=connection_id, location_id=location_id, actor=actor)
        kept = None if draft.password else _same_account(session, whole, connection_id, location_id)
        row = _row(session, connection_id, location_id)
    steps = _tried(engine, whole) if kept is None else _tried_again(engine, whole, kept)
    steps = steps if row is None else changed_servers.noticed(row, steps)
    if not (trials.signs_in(steps) and trials.passed(steps)):
        return Outcome(steps, saved=False)
    with transaction() as session:
        stored = connections.store(
            session,
            whole,
            connection_id=connection_id,
            location_id=location_id,
            paused=False,
            steps=trials.report(steps),
            actor=actor,
            now=now,
        )
        stored_id = stored.id
        links = queries.links.ids_of_connection(session, stored_id)
        connections.believe_again(session, links, now=now)
    engine.bell.ring(*links)
    return Outcome(steps, saved=True, connection_id=stored_id)


def save_paused(
    engine: Engine,  # noqa: ARG001 - all of sync takes the engine first
    draft: ConnectionDraft,
    *,
    actor: Actor,
    now: datetime,
    connection_id: int | None = None,
    location_id: int | None = None,
) -> int:
    """Store what was entered without a test, and return its id; nothing is asked of the server until it is resumed.

    For which connection it is stands at `save_and_test`.

    Raises:
        Forbidden: only administrators may change connections.
        NotFound: there is no such connection or location.
        Invalid: with every mistake, by field.
    """
    with transaction() as session:
        whole = connections.checked(session, draft, connection_id=connection_id, location_id=location_id, actor=actor)
        return connections.store(
            session,
            whole,
            connection_id=connection_id,
            location_id=location_id,
            paused=True,
            steps=(),
            actor=actor,
            now=now,
        ).id


def test(engine: Engine, connection_id: int) -> tuple[Step, ...]:
    """Try a stored connection as it is, unless it is to be left alone just now."""
    return _tested(engine, connection_id, "", "")


def try_place(engine: Engine, connection_id: int, *, mailbox: str, folder: str = "") -> tuple[Step, ...]:
    """Try a stored connection as it is, and what its account may do in a mailbox, or in a folder.

    Without a mailbox the folder is a public one.
    """
    return _tested(engine, connection_id, mailbox, folder)


def verdict(steps: Sequence[Step]) -> Verdict:
    """Return how a whole test ended."""
    return verdicts.of(step.result.value for step in steps) if trials.signs_in(steps) else Verdict.FAILED


def _row(session: Session, connection_id: int | None, location_id: int | None) -> ConnectionRow | None:
    """Return the stored connection that is changed; None for a new one."""
    if connection_id is not None:
        return queries.connections.row(session, connection_id)
    return None if location_id is None else queries.connections.row_of_location(session, location_id)


def _same_account(
    session: Session, draft: ConnectionDraft, connection_id: int | None, location_id: int | None
) -> int | None:
    """Return the id of the stored connection whose account would sign in again, in the way it did."""
    if connection_id is None and location_id is not None:
        found = queries.connections.of_location(session, location_id)
        connection_id = None if found is None else found.id
    if connection_id is None or queries.connections.line(session, connection_id).sign_in != draft.sign_in:
        return None
    return connection_id


def _tested(engine: Engine, connection_id: int, mailbox: str, folder: str) -> tuple[Step, ...]:
    def check(line: Connector) -> tuple[Step, ...]:
        return trials.from_checks(line.check(mailbox, folder=folder))

    return _counted(engine, connection_id, check)


def _tried_again(engine: Engine, draft: ConnectionDraft, connection_id: int) -> tuple[Step, ...]:
    """Try a draft with the stored password: one more try of the stored connection, and it counts like one."""
    return _counted(engine, connection_id, lambda _: _tried(engine, draft))


def _counted(engine: Engine, connection_id: int, do: Callable[[Connector], tuple[Step, ...]]) -> tuple[Step, ...]:
    try:
        steps = calls.check(engine, connection_id, do)
    except NotNow as reason:
        words = f"{reason.reason} The next attempt is possible at {reason.until:%H:%M} UTC."
        return (Step("sign_in", "The account signs in", StepResult.SKIPPED, words),)
    for step in steps:
        if step.name == "sign_in" and step.result is StepResult.FAILED:
            calls.was_refused(engine, connection_id, step.detail)
    return steps


def shared_with(session: Session, connection_id: int) -> tuple[UserOfConnection, ...]:
    """Return the locations that a connection, and so its password, serves."""
    return queries.connections.locations(session, connection_id)


def _tried(engine: Engine, draft: ConnectionDraft) -> tuple[Step, ...]:
    """Try a draft on a connector of its own; no transaction is open and nothing is remembered."""
    connector = engine.connect(_settings(engine, draft))
    try:
        return trials.from_checks(connector.check())
    finally:
        connector.close()


def _settings(engine: Engine, draft: ConnectionDraft) -> ConnectionSettings:
    return ConnectionSettings(
        protocol=draft.protocol,
        server=draft.server,
        username=servers.login(draft.username, draft.netbios),
        password=draft.password or "",
        email=draft.email,
        impersonate=draft.impersonate,
        sign_in=SignIn(draft.sign_in),
        version=draft.version,
        ca_pem=draft.ca_pem,
        allow_local=engine.allow_local,
        proxy=engine.proxy,
        leg_seconds=engine.timing.leg.total_seconds(),
        deadline_seconds=engine.timing.deadline.total_seconds(),
    )
