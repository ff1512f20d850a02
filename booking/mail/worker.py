"""Sending what waits: claim one message, send it with no transaction open, write down how it went."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from secrets import token_hex

from booking.mail import messages, smtp
from booking.mail.smtp import Away, Post, TryLater, Undelivered
from booking.store import database
from booking.store.queries import outbox
from booking.store.queries.outbox import MessageFacts, NoticeFacts

#: Longer than the longest conversation with a mail server (`smtp.DEADLINE`).
CLAIM = timedelta(minutes=5)
#: How long to wait after each failed attempt; the last goes on until it is too late.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
GIVE_UP = timedelta(days=2)

#: These tell that something stands; when nothing stands any more, a later message has said so.
_ABOUT_WHAT_STANDS = frozenset({"confirmed", "changed", "moved_in_outlook", "restored"})


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that nobody else sends now."""

    id: int
    attempt: int
    facts: MessageFacts | NoticeFacts


def send_due(
    post: Post, *, base_url: str, mail_from: str, now: Callable[[], datetime], claim: timedelta = CLAIM
) -> int:
    """Send every message that is due, oldest first, and return how many went out.

    A message is claimed before it is sent, so that two workers never send one message. If a worker dies in
    between, the message is sent again when the claim has run out: with the same Message-ID, for nobody can
    know whether it went out. While the mail server is away, one message asks for all: a sign-in that fails is
    not repeated for each.
    """
    sent = 0
    try:
        while claimed := _claim(mail_from=mail_from, now=now(), claim=claim):
            sent += _send(post, claimed, base_url=base_url, mail_from=mail_from, now=now)
    except Away:
        return sent
    return sent


def _claim(*, mail_from: str, now: datetime, claim: timedelta) -> Claimed | None:
    with database.transaction() as session:
        claims_now = database.server_now(session)
        message = outbox.next_due(session, now=now, claims_now=claims_now)
        if message is None:
            return None
        message.state = outbox.SENDING
        message.attempts += 1
        message.claimed_until = claims_now + claim
        message.message_id = message.message_id or f"<booking.{token_hex(12)}@{mail_from.rpartition('@')[2]}>"
        return Claimed(message.id, message.attempts, outbox.facts(session, message.id))


def _send(post: Post, claimed: Claimed, *, base_url: str, mail_from: str, now: Callable[[], datetime]) -> int:
    if _overtaken(claimed.facts):
        _record(claimed, now=now(), state=outbox.OVERTAKEN)
        return 0
    try:
        message = _composed(claimed.facts, base_url=base_url, mail_from=mail_from, now=now())
        post.send(message)
    except Away as error:
        _put_off(claimed, why=str(error), now=now())
        _hold_back(claimed, now=now())
        raise
    except TryLater as error:
        _put_off(claimed, why=str(error), now=now())
    except Undelivered as error:
        _record(claimed, now=now(), state=outbox.FAILED, why=str(error))
    else:
        _record(claimed, now=now(), state=outbox.SENT, subject=str(message["Subject"]))
        return 1
    return 0


def _overtaken(facts: MessageFacts | NoticeFacts) -> bool:
    if isinstance(facts, NoticeFacts):
        return False
    return facts.kind in _ABOUT_WHAT_STANDS and not any(each.holds for each in facts.dates)


def _composed(facts: MessageFacts | NoticeFacts, *, base_url: str, mail_from: str, now: datetime) -> EmailMessage:
    try:
        if isinstance(facts, NoticeFacts):
            return messages.compose_notice(facts, base_url=base_url, mail_from=mail_from, now=now)
        return messages.compose(facts.kind, facts, base_url=base_url, mail_from=mail_from, now=now)
    except ValueError as error:
        raise smtp.Undeliverable(f"an address is not one that mail can be sent to: {error}") from error


def _record(claimed: Claimed, *, now: datetime, state: str, subject: str = "", why: str = "") -> None:
    with database.transaction() as session:
        message = outbox.claimed(session, claimed.id, attempt=claimed.attempt)
        if message is None:
            return  # we were frozen past our claim, and somebody else has taken over
        message.state = state
        message.subject = subject
        message.last_error = why
        message.sent_at = now if state == outbox.SENT else None
        message.claimed_until = None


def _put_off(claimed: Claimed, *, why: str, now: datetime) -> None:
    with database.transaction() as session:
        message = outbox.claimed(session, claimed.id, attempt=claimed.attempt)
        if message is None:
            return
        message.last_error = why
        message.claimed_until = None
        if now - message.created_at > GIVE_UP:
            message.state = outbox.FAILED
            return
        message.state = outbox.WAITING
        message.due_at = now + _wait(claimed)


def _hold_back(claimed: Claimed, *, now: datetime) -> None:
    """Have all that is due wait as long as the message that found the server away."""
    with database.transaction() as session:
        for message in outbox.due(session, now=now):
            message.due_at = now + _wait(claimed)


def _wait(claimed: Claimed) -> timedelta:
    return WAITS[min(claimed.attempt, len(WAITS)) - 1]
