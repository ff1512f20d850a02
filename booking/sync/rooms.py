"""What a server's room lists offer: which space each room belongs to, and which could be paired by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from booking.connectors.port import ConnectorError
from booking.domain.errors import NotFound, NotPossible
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.places import SpaceRow
from booking.sync import calls, matching
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.matching import Matching, Named


@dataclass(frozen=True, slots=True)
class OfferedRoom:
    """A room that the server lists. `space_slug` is empty for one that no space is paired with."""

    address: str
    name: str
    building: str
    space_slug: str = ""
    space_name: str = ""
    location_name: str = ""


def offered(engine: Engine, connection_id: int) -> tuple[OfferedRoom, ...]:
    """Return every room that the server lists, by building and name. No transaction may be open.

    Raises:
        NotPossible: the server could not be asked; says why.
    """
    try:
        rooms = calls.ask(engine, connection_id, "rooms", lambda line: tuple(line.rooms()))
    except (ConnectorError, NotNow) as failure:
        raise NotPossible(str(failure)) from failure
    with reading() as session:
        paired = {each.mailbox: each for each in queries.links.rows(session)}
    found = []
    for room in rooms:
        link = paired.get(room.address.lower())
        where = (link.space_slug, link.space_name, link.location_name) if link else ("", "", "")
        found.append(OfferedRoom(room.address, room.name, room.building, *where))
    return tuple(sorted(found, key=lambda each: (each.building.casefold(), each.name.casefold(), each.address)))


@dataclass(frozen=True, slots=True)
class Plan:
    """What could be paired in a location: proposals by name, what people must decide, and what is paired already."""

    location_id: int
    matching: Matching
    paired: int
    rooms: int


def plan(engine: Engine, location_id: int, *, buildings: Sequence[str] = ()) -> Plan:
    """Return which of a location's spaces could be paired with which rooms of its server. Changes nothing.

    Args:
        engine: of whoever asks.
        location_id: whose spaces.
        buildings: only rooms of these lists, whatever the case of their names; all without.

    Raises:
        NotFound: there is no such location.
        NotPossible: it has no connection, the server could not be asked, or it has no such list.
    """
    with reading() as session:
        location = queries.places.location(session, location_id)
        if location is None:
            raise NotFound(what="location")
        spaces = queries.places.spaces(session, location_id=location_id)
        paired = {each.space_id for each in queries.links.rows(session)}
    if location.connection_id is None:
        raise NotPossible("Connect the location to its calendar server first.")
    rooms = _of_buildings(offered(engine, location.connection_id), buildings)
    found = matching.propose(
        _unpaired(spaces, paired),
        (Named(each.address, each.name) for each in rooms if not each.space_slug),
        place=location.name,
    )
    return Plan(location_id, found, paired=sum(each.id in paired for each in spaces), rooms=len(rooms))


def _unpaired(spaces: Iterable[SpaceRow], paired: set[int]) -> tuple[Named, ...]:
    return tuple(Named(each.slug, each.name) for each in spaces if each.id not in paired)


def _of_buildings(rooms: tuple[OfferedRoom, ...], wanted: Sequence[str]) -> tuple[OfferedRoom, ...]:
    if not wanted:
        return rooms
    known = {each.building.casefold(): each.building for each in rooms}
    for name in wanted:
        if name.casefold() not in known:
            there = f"It has {', '.join(sorted(known.values()))}." if known else "It has none."
            raise NotPossible(f"The server has no room list {name!r}. {there}")
    names = {name.casefold() for name in wanted}
    return tuple(each for each in rooms if each.building.casefold() in names)
