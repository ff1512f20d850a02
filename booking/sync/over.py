"""Letting go of what is over: held dates expire, and what was given up or in question asks for nobody any more."""

from datetime import datetime

from booking.domain.states import PushState
from booking.services import expiry
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import rows
from booking.sync.engine import Engine


def let_go(engine: Engine) -> int:
    """Settle what is over; return on how many dates and links there was something."""
    now = engine.now()
    with reading() as session:
        held = queries.over.held(session, now=now)
    for occurrence_id in held:
        with transaction() as session:
            expiry.expire(session, occurrence_id, now=now)
    with reading() as session:
        links = queries.over.links(session, now=now)
    for link_id in links:
        _settle(link_id, now=now)
    return len(held) + len(links)


def _settle(link_id: int, *, now: datetime) -> None:
    with transaction() as session:
        queries.links.lock(session, link_id)
        for item in queries.over.given_up(session, link_id, now=now):
            if item.remote_id:  # it stands there as it was before the last change
                rows.turn(item, PushState.CLEAN, now=now)
            else:
                rows.gone(item, now=now)
        for conflict in queries.over.conflicts(session, link_id, now=now):
            conflict.resolved_at = now
