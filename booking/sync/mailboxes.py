"""Whether a mailbox suits a space: it exists, nobody else has it, and we may read and write its calendar."""

from dataclasses import dataclass
from datetime import datetime

from booking.connectors.places import RemoteMailbox
from booking.connectors.port import Connector, ConnectorError, Rights, StepResult
from booking.domain import permissions
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Actor, Permission
from booking.domain.states import LinkState
from booking.domain.traces import Traces
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.links import LinkRow
from booking.sync import calls, outsiders, strangers
from booking.sync.calls import Failure, NotNow
from booking.sync.engine import Engine
from booking.sync.trials import Step

_TITLES = {
    "mailbox": "The mailbox exists",
    "paired": "No other space uses it",
    "read": "The account may read the calendar",
    "write": "The account may write in the calendar",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test of a mailbox for a space found: no `mailbox` when a step failed. `current` is what the space has.

    `seen` is what its calendar shows of the mailbox's rules, if it was read.
    """

    connection_id: int
    current: LinkRow | None
    mailbox: RemoteMailbox | None
    steps: tuple[Step, ...]
    seen: Traces | None = None


def tried(engine: Engine, *, space_id: int, address: str, actor: Actor, now: datetime) -> Tried:
    """Find a mailbox for a space, and see that it is free and that we may read and write; nothing is changed.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such space.
        NotPossible: its location has no connection, or the space is still leaving another mailbox.
    """
    connection_id, current = _may_pair(space_id, actor)
    steps: list[Step] = []
    mailbox = _resolved(engine, connection_id, address.strip(), steps)
    if mailbox is None or not _is_free(mailbox.address, space_id, steps):
        return Tried(connection_id, current, None, tuple(steps))
    if not _allowed(engine, connection_id, mailbox.address, steps):
        return Tried(connection_id, current, None, tuple(steps))
    steps += outsiders.step(connection_id, mailbox.address)
    seen = strangers.look(engine, connection_id, mailbox.address, now=now)
    steps += strangers.step(seen)
    return Tried(connection_id, current, mailbox, tuple(steps), seen)


def _may_pair(space_id: int, actor: Actor) -> tuple[int, LinkRow | None]:
    with reading() as session:
        space = queries.places.space(session, space_id)
        if space is None:
            raise NotFound(what="space")
        permissions.require(actor, Permission.PAIR_SPACES, on=space.scope)
        connection = queries.connections.of_location(session, space.location_id)
        current = queries.links.row_of_space(session, space_id)
    if connection is None:
        raise NotPossible("Connect the location to its calendar server first.")
    if current is not None and current.state is LinkState.LEAVING:
        raise NotPossible("This space is still being disconnected from its old mailbox. Try again in a moment.")
    return connection.id, current


def _resolved(engine: Engine, connection_id: int, address: str, steps: list[Step]) -> RemoteMailbox | None:
    try:
        found = calls.ask(engine, connection_id, "resolve", lambda line: line.resolve(address))
    except (ConnectorError, NotNow) as failure:
        steps.append(_failed("mailbox", failure))
        return None
    if found is None:
        words = f"The server knows no mailbox with the address {address}."
        remedy = "Check the spelling with whoever looks after Exchange; it is the room's own e-mail address."
        steps.append(Step("mailbox", _TITLES["mailbox"], StepResult.FAILED, words, remedy))
        return None
    detail = f"{found.name} <{found.address}>" if found.name else found.address
    steps.append(Step("mailbox", _TITLES["mailbox"], StepResult.OK, detail))
    return found


def _is_free(mailbox: str, space_id: int, steps: list[Step]) -> bool:
    with reading() as session:
        other = queries.links.row_of_mailbox(session, mailbox)
    if other is None or other.space_id == space_id:
        return True
    words = f"{mailbox} is paired with {other.space_name}, {other.location_name}."
    remedy = "A mailbox belongs to one space. Disconnect it there first, or take another mailbox."
    steps.append(Step("paired", _TITLES["paired"], StepResult.FAILED, words, remedy))
    return False


def _allowed(engine: Engine, connection_id: int, mailbox: str, steps: list[Step]) -> bool:
    def look(line: Connector) -> Rights:
        return line.probe(mailbox)

    try:
        rights = calls.ask(engine, connection_id, "probe", look)
    except (ConnectorError, NotNow) as failure:
        steps.append(_failed("read", failure))
        return False
    if rights.read:
        steps.append(Step("read", _TITLES["read"], StepResult.OK))
        steps.append(Step("write", _TITLES["write"], StepResult.OK) if rights.write else _missing("write", rights))
    else:  # what is missing for reading says nothing yet about writing
        steps += [_missing("read", rights), Step("write", _TITLES["write"], StepResult.SKIPPED)]
    return rights.read and rights.write


def _missing(name: str, rights: Rights) -> Step:
    remedy = "Fresh rights can take some minutes to arrive."
    return Step(name, _TITLES[name], StepResult.FAILED, rights.missing, remedy)


def _failed(name: str, failure: Failure) -> Step:
    return Step(name, _TITLES[name], StepResult.FAILED, str(failure))
