"""Messages to people, queued in the transaction of what they tell of.

So none is lost, and none is sent for something that was rolled back. `mail.worker` sends them.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from booking.store import queries
from booking.store.database import Session
from booking.store.models import Booking, Occurrence, OutboxMessage


def tell(
    session: Session,
    kind: str,
    booking: Booking,
    *,
    occurrence: Occurrence | None = None,
    facts: Mapping[str, object] | None = None,
    now: datetime,
    once: str,
) -> None:
    """Queue a message to the patron of a booking; does nothing if one with the same `once` was queued before.

    Args:
        session: of the transaction.
        kind: which message (`mail.messages`).
        booking: flushed, its patron loaded.
        occurrence: the one date it is about, if it is about one.
        facts: what it needs to say and will not stand in the database any more; JSON.
        now: the present moment.
        once: makes it unique.
    """
    if queries.outbox.is_queued(session, once):
        return
    session.add(
        OutboxMessage(
            once=once,
            kind=kind,
            booking_id=booking.id,
            occurrence_id=occurrence.id if occurrence else None,
            to_address=booking.patron.email,
            facts=json.dumps(facts or {}),
            created_at=now,
            due_at=now,
            state=queries.outbox.WAITING,
        ),
    )
    session.flush()
