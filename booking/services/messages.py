"""Messages that could not be sent: to be tried again."""

from datetime import datetime

from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Actor, Permission, require
from booking.domain.states import Channel
from booking.services import audit
from booking.store import queries
from booking.store.database import Session


def try_again(session: Session, message_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a failed message back among those that wait.

    Raises:
        Refused: NotFound, Forbidden, or NotPossible for one that did not fail.
    """
    scope = queries.messages.scope(session, message_id)
    message = queries.messages.lock(session, message_id)
    if scope is None or message is None:
        raise NotFound(what="message")
    require(actor, Permission.SEE_MESSAGES, on=scope)
    if message.state != queries.outbox.FAILED:
        raise NotPossible("This message did not fail, so there is nothing to repeat. Nothing was changed.")
    message.state = queries.outbox.WAITING
    message.due_at = now
    message.claimed_until = None
    message.attempts = 0
    audit.note(
        session,
        "message.tried_again",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        subject=message.subject or message.kind,
    )
