"""The sample's connection to the stand-in Exchange, and each space paired with its room."""

from datetime import datetime

from booking.cli.sample import exchange, library
from booking.domain.permissions import SYSTEM
from booking.services import connections
from booking.services.connections import ConnectionDraft
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import connections as sync_connections
from booking.sync import imports, links
from booking.sync.engine import Engine
from booking.sync.trials import Outcome

NAME = "Wexcombe Exchange"


class NotPaired(Exception):
    """The stand-in did not let itself be connected or paired; says which step failed."""


def connect(engine: Engine, *, server: str, now: datetime) -> None:
    """Connect both locations to the stand-in at `server`; does nothing if they are connected to it already."""
    with reading() as session:
        stored = queries.connections.named(session, NAME)
        known = {each.slug: each for each in queries.places.locations(session)}
    here = [known[each.slug] for each in library.LOCATIONS if each.slug in known]
    if not here:
        return  # a visitor retired them
    if stored is None or stored.server != server:
        _save(engine, server, location_id=here[0].id, now=now)
    with transaction() as session:
        connection = queries.connections.named(session, NAME)
        for each in here:
            if connection is not None and each.connection_id is None:
                connections.use(session, connection.id, location_id=each.id, actor=SYSTEM, now=now)


def _save(engine: Engine, server: str, *, location_id: int, now: datetime) -> None:
    draft = ConnectionDraft(
        name=NAME,
        server=server,
        username=exchange.SERVICE,
        password=exchange.SERVICE_PASSWORD,
        email=exchange.SERVICE,
    )
    outcome = sync_connections.save_and_test(engine, draft, location_id=location_id, actor=SYSTEM, now=now)
    if not outcome.saved:
        raise NotPaired(_failures(outcome))


def pair(engine: Engine, *, now: datetime) -> None:
    """Pair every sample space that was never paired with its room, and have its bookings written there."""
    for sample in library.SPACES:
        with reading() as session:
            space = queries.places.space_by_slug(session, sample.slug)
            paired = space is None or queries.links.of_space(session, space.id) is not None
        if space is None or paired:
            continue
        address = exchange.address_of(sample)
        outcome = links.pair(engine, space_id=space.id, address=address, actor=SYSTEM, now=now)
        if outcome.link_id is None:
            raise NotPaired(f"{address}: {_failures(outcome)}")
        imports.run(engine, outcome.link_id, actor=SYSTEM, now=now)


def _failures(outcome: Outcome) -> str:
    return "; ".join(f"{step.title}: {step.detail}" for step in outcome.steps if not step.ok)
