"""Messages to people, queued in the transaction of what they tell of.

So none is lost, and none is sent for something that was rolled back. `mail.worker` sends them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex

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


def notify(
    session: Session,
    kind: str,
    to_address: str,
    *,
    facts: Mapping[str, Sequence[object]],
    now: datetime,
    gap: timedelta,
) -> None:
    """Queue a notice to staff that is about no booking.

    What happens while one waits goes along with it, and two are at least `gap` apart: however much breaks at once,
    nobody gets a storm of mail.

    Args:
        session: of the transaction.
        kind: which notice (`mail.messages`).
        to_address: to whom.
        facts: lists of what it needs to say; JSON.
        now: the present moment.
        gap: the shortest time between two.
    """
    waiting = queries.outbox.waiting_notice(session, kind, to_address)
    if waiting is not None:
        before = json.loads(waiting.facts)
        waiting.facts = json.dumps(
            {name: [*before.get(name, ()), *facts.get(name, ())] for name in before.keys() | facts.keys()}
        )
        return
    last = queries.outbox.last_notice(session, kind, to_address)
    session.add(
        OutboxMessage(
            once=f"{kind}:{token_hex(12)}",
            kind=kind,
            to_address=to_address,
            facts=json.dumps(facts),
            created_at=now,
            due_at=now if last is None else max(now, last + gap),
            state=queries.outbox.WAITING,
        ),
    )
    session.flush()
