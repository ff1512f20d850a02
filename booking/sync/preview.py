"""A change of a sync profile as staff see it: what would follow is shown first, then done, and workers are woken."""

from collections.abc import Sequence
from datetime import datetime

from booking.domain.permissions import Actor
from booking.services import assigning, directions
from booking.services.assigning import Done, ProfileWish
from booking.services.directions import Plan
from booking.services.profiles import EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.queries.profiles import PlaceRow
from booking.sync.engine import Engine

__all__ = ["Plan", "assign", "carry_out", "delete_profile", "direction_plan", "save_profile"]


def direction_plan(session: Session, place: ProfilePlace, wanted: EffectiveProfile, now: datetime) -> Plan:
    """Return what would follow if that profile became the place's own: counts and lists, nothing is changed."""
    return directions.plan(session, place, wanted, now=now)


def carry_out(engine: Engine, place: ProfilePlace, wanted: EffectiveProfile, *, actor: Actor, now: datetime) -> Plan:
    """Make that profile the place's own, with all that follows from it, and wake the workers; return what it was.

    Raises:
        Refused: Forbidden, or Invalid with every mistake by field.
    """
    with transaction() as session:
        done = directions.save(session, place, wanted, actor=actor, now=now)
        concerned = queries.links.rows_in(
            session, location_id=place.location_id, category_id=place.category_id, space_id=place.space_id
        )
    if done.rooms:
        engine.bell.ring(*(link.id for link in concerned))
    return done


def save_profile(engine: Engine, profile_id: int | None, wish: ProfileWish, *, actor: Actor, now: datetime) -> Done:
    """Make a named profile, or change one wherever it applies, and wake the workers; return what followed.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    with transaction() as session:
        done = assigning.save(session, profile_id, wish, actor=actor, now=now)
    return _woken(engine, done)


def assign(
    engine: Engine,
    profile_id: int,
    *,
    added: Sequence[PlaceRow],
    removed: Sequence[PlaceRow],
    actor: Actor,
    now: datetime,
) -> Done:
    """Give a named profile to places and take it from others, and wake the workers; return what followed.

    Raises:
        Refused: Forbidden, or NotFound.
    """
    with transaction() as session:
        done = assigning.change_members(session, profile_id, added=added, removed=removed, actor=actor, now=now)
    return _woken(engine, done)


def delete_profile(engine: Engine, profile_id: int, *, actor: Actor, now: datetime) -> Done:
    """Delete a named profile, and wake the workers; return what followed.

    Raises:
        Refused: Forbidden, or NotFound.
    """
    with transaction() as session:
        done = assigning.delete(session, profile_id, actor=actor, now=now)
    return _woken(engine, done)


def _woken(engine: Engine, done: Done) -> Done:
    if done.link_ids:
        engine.bell.ring(*done.link_ids)
    return done
