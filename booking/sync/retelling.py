"""Entries that still read as a profile had them before: how many there are, and having them written anew.

A changed mapping holds for what is written from then on. What stands in Outlook already follows when its booking
changes, or all at once when staff ask for it here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from booking.domain.mapping import Mapping
from booking.domain.permissions import INSTALLATION, Actor, Permission, require
from booking.domain.profiles import EffectiveProfile
from booking.domain.states import Channel
from booking.services import audit, calendars, profiles
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import PushItem
from booking.store.queries.links import TAKES_WRITES, LinkRow
from booking.sync import jobs
from booking.sync.engine import Engine


@dataclass(frozen=True, slots=True)
class Extent:
    """What a profile writes to, and what of that would read differently."""

    rooms: int  # paired, and written to under this profile
    standing: int  # entries of ours in them, for times that are not over
    differing: int | None  # of those: written anew, they would be otherwise; None: too many to look through now


NOTHING = Extent(0, 0, 0)


def extent(session: Session, engine: Engine, profile_id: int, wanted: Mapping, *, at_most: int | None = None) -> Extent:
    """Return how much would be written anew now under a mapping of the profile, be it stored or only wished for.

    Where more than `at_most` entries would have to be looked through, they are only counted.
    """
    found = queries.profiles.get(session, profile_id)
    if found is None:
        return NOTHING
    profile = replace(profiles.value(found), field_mapping=wanted)
    links = tuple(_links(session, profile_id)) if profile.writes else ()
    install_id = queries.connections.install_id(session)
    now = engine.now()
    standing = sum(queries.push.standing(session, link.id, now=now) for link in links)
    if at_most is not None and standing > at_most:
        return Extent(len(links), standing, None)
    differing = sum(
        _differs(engine, row, profile, install_id)
        for link in links
        for row in queries.push.at_rest(session, link.id, now=now)
    )
    return Extent(len(links), standing, differing)


def rewrite(engine: Engine, profile_id: int, *, actor: Actor) -> int:
    """Have every future entry under a profile that reads differently written anew; return how many those are.

    One transaction for each room: whoever books meanwhile waits for one room at most.

    Raises:
        Forbidden: the actor may not edit connections.
    """
    require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    with reading() as session:
        link_ids = [link.id for link in _links(session, profile_id)]
    now, wanted = engine.now(), 0
    for link_id in link_ids:
        with transaction() as session:
            wanted += _rewrite_room(session, engine, profile_id, link_id, now=now)
    with transaction() as session:
        found = queries.profiles.get(session, profile_id)
        audit.note(
            session,
            "profile.rewritten",
            actor=actor,
            channel=Channel.STAFF,
            now=now,
            subject=found.name if found else "",
            detail="One future entry is written anew." if wanted == 1 else f"{wanted} future entries are written anew.",
        )
    engine.bell.ring(*link_ids)
    return wanted


def _rewrite_room(session: Session, engine: Engine, profile_id: int, link_id: int, *, now: datetime) -> int:
    """Have one room's entries written anew, if the profile is still the one that applies there."""
    row = queries.links.row(session, link_id)
    if row is None:
        return 0
    queries.places.lock_space(session, row.space_id)
    queries.links.lock_all(session, [link_id])
    found = queries.profiles.get(session, profile_id)
    if found is None or link_id not in {each.id for each in _links(session, profile_id)}:
        return 0
    profile = profiles.value(found)
    if not profile.writes:
        return 0
    install_id = queries.connections.install_id(session)
    differing = [
        each for each in queries.push.at_rest(session, link_id, now=now) if _differs(engine, each, profile, install_id)
    ]
    for each in differing:
        calendars.want(each, present=True, now=now)
    return len(differing)


def _links(session: Session, profile_id: int) -> Iterator[LinkRow]:
    """Yield the pairings that are written to and to whose space no other profile is nearer."""
    members = queries.profiles.members(session)
    for link in queries.links.rows(session):
        nearest = ((None, None, link.space_id), (None, link.category_id, None), (link.location_id, None, None))
        applying = next((members[place] for place in nearest if place in members), None)
        if applying == profile_id and link.state in TAKES_WRITES:
            yield link


def _differs(engine: Engine, row: PushItem, profile: EffectiveProfile, install_id: str) -> bool:
    return bool(jobs.differing(row, jobs.draft(engine, row, profile, install_id)))
