"""What asks a server: connections are tried and stored, then spaces paired, each by itself and each told."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.cli.applying.rooms import ToPair
from booking.cli.applying.servers import ToTry, ToUse
from booking.cli.applying.whole import Todo
from booking.domain.errors import Refused
from booking.domain.permissions import COMMAND_LINE
from booking.http import words
from booking.services import connections
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.links import LinkRow
from booking.sync import connections as sync_connections
from booking.sync import imports, links
from booking.sync.engine import Engine
from booking.sync.trials import Outcome


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done with a server, or could not be, and what there is to say of it."""

    what: str
    ok: bool
    detail: str


def out(engine: Engine, todo: Todo, *, now: datetime) -> Iterator[Done]:
    """Do what is left to do, and give each thing when it is done.

    What fails does not stop the others, and is taken up again by the next run.
    """
    for connection in todo.to_try:
        yield _tried(engine, connection, now=now)
    for location in todo.to_use:
        yield _used(location, now=now)
    without = set(_without_connection(todo.to_pair))
    for pairing in _freed_first(todo.to_pair):
        if pairing.location_id not in without:
            yield _paired(engine, pairing, now=now)
    waiting = [each.slug for each in todo.to_pair if each.location_id in without]
    if waiting:
        spaces = f"{len(waiting)} spaces" if len(waiting) > 1 else f"space {waiting[0]}"
        yield Done(spaces, ok=False, detail="not paired: their location has no connection yet. Run this again then.")


def _freed_first(pairings: Sequence[ToPair]) -> Iterator[ToPair]:
    """Give the pairings in an order in which a mailbox is let go by one space before another takes it.

    Of spaces that swap their mailboxes none can be first; these come last, and the server's answer says so.
    """
    with reading() as session:
        holders = {each.slug: queries.links.row_of_mailbox(session, each.mailbox) for each in pairings}
    left = list(pairings)
    while left:
        waiting = {each.space_id for each in left}
        ready = [each for each in left if not _is_held(holders[each.slug], each, by=waiting)] or left
        yield from ready
        left = [each for each in left if each not in ready]


def _is_held(holder: LinkRow | None, pairing: ToPair, *, by: Collection[int]) -> bool:
    return holder is not None and holder.space_id != pairing.space_id and holder.space_id in by


def _tried(engine: Engine, connection: ToTry, *, now: datetime) -> Done:
    def act() -> Outcome:
        return sync_connections.save_and_test(
            engine, connection.draft, connection_id=connection.connection_id, actor=COMMAND_LINE, now=now
        )

    return _told(f"connection {connection.key}", act, lambda _: "the server let us in; saved")


def _used(location: ToUse, *, now: datetime) -> Done:
    what = f"location {location.slug}"
    try:
        with transaction() as session:
            stored = queries.connections.named(session, location.connection)
            if stored is None:
                return Done(
                    what, ok=False, detail=f"the connection {location.connection} could not be saved, see above"
                )
            connections.use(session, stored.id, location_id=location.location_id, actor=COMMAND_LINE, now=now)
    except Refused as refusal:
        return Done(what, ok=False, detail=words.sentence(refusal))
    return Done(what, ok=True, detail=f"uses {location.connection}")


def _without_connection(pairings: Iterable[ToPair]) -> Iterator[int]:
    with reading() as session:
        for location_id in {each.location_id for each in pairings}:
            if queries.connections.row_of_location(session, location_id) is None:
                yield location_id


def _paired(engine: Engine, pairing: ToPair, *, now: datetime) -> Done:
    def act() -> Outcome:
        return links.pair(engine, space_id=pairing.space_id, address=pairing.mailbox, actor=COMMAND_LINE, now=now)

    return _told(f"space {pairing.slug}", act, lambda outcome: _what_stands(outcome, pairing, now=now))


def _what_stands(outcome: Outcome, pairing: ToPair, *, now: datetime) -> str:
    with reading() as session:
        link = None if outcome.link_id is None else queries.links.row(session, outcome.link_id)
        if link is None:
            return "paired"
        waiting = imports.count(session, link.id, now=now)
    said = [f"paired with {link.mailbox}"]
    if link.mailbox != pairing.mailbox:
        said.append(f"which the server gives for {pairing.mailbox}: write that in the file")
    if waiting:
        some = "1 booking made before is" if waiting == 1 else f"{waiting} bookings made before are"
        said.append(f"{some} not in its calendar: booking space import {pairing.slug} writes them")
    return "; ".join(said)


def _told(what: str, act: Callable[[], Outcome], words_for: Callable[[Outcome], str]) -> Done:
    try:
        outcome = act()
    except Refused as refusal:
        return Done(what, ok=False, detail=words.sentence(refusal))
    if outcome.saved:
        return Done(what, ok=True, detail=words_for(outcome))
    failed = [step for step in outcome.steps if step.failed]
    return Done(
        what, ok=False, detail=" ".join(f"{step.title}: {step.detail} {step.remedy}".strip() for step in failed)
    )
