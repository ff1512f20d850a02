"""Forgetting what nobody needs any more: tombstones after 90 days, errors and events that are long over."""

from datetime import timedelta

from booking.domain.windows import MOST_DAYS
from booking.store import queries
from booking.store.database import transaction
from booking.sync.engine import Engine

#: A late echo of an entry that was deleted still finds its tombstone.
TOMBSTONES = timedelta(days=90)
ERRORS = timedelta(days=30)
EVENTS = timedelta(days=MOST_DAYS + 10)  # a profile may look back so far: what it reads again is not forgotten
READINGS = timedelta(days=2)  # lines of ordinary readings: there is one for each change
COUNTS = timedelta(hours=26)


def tidy(engine: Engine) -> None:
    """Delete old tombstones, errors, runs, and outside events that are over or gone."""
    now = engine.now()
    with transaction() as session:
        queries.tidying.forget(session, tombstones=now - TOMBSTONES, errors=now - ERRORS, events=now - EVENTS)
        queries.tidying.forget_readings(session, before=now - READINGS)
        queries.counts.forget(session, before=now - COUNTS)
