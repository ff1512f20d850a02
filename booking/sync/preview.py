"""A change of direction as staff see it: what would follow is shown first, then done, and the workers are woken."""

from datetime import datetime

from booking.domain.permissions import Actor
from booking.services import directions
from booking.services.directions import Plan
from booking.services.profiles import EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import Session, transaction
from booking.sync.engine import Engine

__all__ = ["Plan", "carry_out", "direction_plan"]


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
