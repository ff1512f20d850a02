"""Trying a connection before it is stored: what works is kept until something better works."""

from datetime import datetime

from booking.connectors.port import ConnectionSettings, Connector, SignIn, StepResult
from booking.domain.permissions import Actor
from booking.services import connections
from booking.services.connections import ConnectionDraft
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.connections import UserOfConnection
from booking.sync import calls, trials
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.trials import Outcome, Step

__all__ = ["ConnectionDraft", "Outcome", "Step", "save_and_test", "save_paused", "shared_with", "test"]


def save_and_test(engine: Engine, draft: ConnectionDraft, *, location_id: int, actor: Actor, now: datetime) -> Outcome:
    """Try what was entered, with one sign-in; store it only if that works, else keep what was stored.

    Raises:
        Forbidden: only administrators may change connections.
        Invalid: with every mistake, by field.
    """
    with reading() as session:
        whole = connections.checked(session, draft, location_id=location_id, actor=actor)
    steps = _tried(engine, whole)
    if not (trials.signs_in(steps) and trials.passed(steps)):
        return Outcome(steps, saved=False)
    with transaction() as session:
        connections.store(
            session,
            whole,
            location_id=location_id,
            paused=False,
            steps=trials.report(steps),
            actor=actor,
            now=now,
        )
        links = queries.connections.paired_links(session, location_id)
        connections.believe_again(session, links, now=now)
    engine.bell.ring(*links)
    return Outcome(steps, saved=True)


def save_paused(
    engine: Engine,  # noqa: ARG001 - all of sync takes the engine first
    draft: ConnectionDraft,
    *,
    location_id: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Store what was entered without a test; nothing is asked of the server until it is resumed.

    Raises:
        Forbidden: only administrators may change connections.
        Invalid: with every mistake, by field.
    """
    with transaction() as session:
        whole = connections.checked(session, draft, location_id=location_id, actor=actor)
        connections.store(session, whole, location_id=location_id, paused=True, steps=(), actor=actor, now=now)


def test(engine: Engine, connection_id: int) -> tuple[Step, ...]:
    """Try a stored connection as it is, unless it is to be left alone just now."""

    def check(line: Connector) -> tuple[Step, ...]:
        return trials.from_checks(line.check())

    try:
        steps = calls.check(engine, connection_id, check)
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
        username=draft.username,
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
