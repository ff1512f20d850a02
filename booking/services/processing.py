"""What is known of a mailbox's own rules: kept with its pairing, beside what the calendar shows of them."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booking.domain import exclusivity, mailbox_rules, permissions, traces
from booking.domain.effects import OurRules
from booking.domain.errors import NotFound
from booking.domain.exclusivity import Exclusivity
from booking.domain.mailbox_rules import MailboxRules
from booking.domain.permissions import Actor, Permission
from booking.domain.states import LIVE, Authority, Channel
from booking.domain.traces import Traces
from booking.services import audit, profiles
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink
from booking.store.queries.places import SpaceRow


class Source(StrEnum):
    """Where the rules come from."""

    PASTED = "pasted"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a mailbox's rules, from where and since when; and what its calendar showed."""

    rules: MailboxRules = field(default_factory=MailboxRules)
    source: Source | None = None
    at: datetime | None = None
    traces: Traces | None = None


NOTHING = Known()


def of_link(link: CalendarLink) -> Known:
    """Return what is kept with a pairing."""
    stored = _stored(link)
    rules, seen = stored.get("rules"), stored.get("traces")
    source = stored.get("source")
    return Known(
        rules=mailbox_rules.from_plain(rules) if isinstance(rules, dict) else MailboxRules(),
        source=Source(source) if source in {each.value for each in Source} else None,
        at=link.processing_at,
        traces=traces.from_plain(seen) if isinstance(seen, dict) else None,
    )


def of_space(session: Session, space_id: int) -> Known:
    """Return what is kept with the live pairing of a space; nothing without one."""
    link = queries.links.of_space(session, space_id)
    return of_link(link) if link else NOTHING


def ours(session: Session, space: SpaceRow) -> OurRules:
    """Return what holds for a space here, as far as a mailbox's rules touch it."""
    profile = profiles.effective(session, space.id)
    link = queries.links.row_of_space(session, space.id)
    connection = (
        queries.connections.row(session, link.connection_id)
        if link
        else queries.connections.row_of_location(session, space.location_id)
    )
    return OurRules(
        longest=space.rules.longest,
        window=space.rules.window,
        capacity=space.capacity,
        mailbox=link.mailbox if link else "",
        accounts=(connection.email, connection.username) if connection else (),
        exclusive=link is not None and link.authority is Authority.EXCLUSIVE,
        keeps_titles=profile.keep_titles and profile.reads,
        tentative_blocks=profile.tentative_blocks,
        reads=profile.reads,
        writes=profile.writes,
    )


def keep(
    session: Session, link_id: int, rules: MailboxRules, *, source: Source, actor: Actor, now: datetime
) -> CalendarLink:
    """Keep the rules of a pairing's mailbox, in place of what was known before.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing any more.
    """
    link = _to_change(session, link_id, actor)
    stored = _stored(link)
    stored["rules"], stored["source"] = mailbox_rules.to_plain(rules), source.value
    link.processing, link.processing_at = json.dumps(stored), now
    words = f"{link.mailbox}: {rules.number_known} of {len(mailbox_rules.SETTINGS)} settings, {source.value}"
    subject = f"Pairing {link.id}"
    audit.note(
        session, "link.rules_entered", actor=actor, channel=Channel.STAFF, now=now, subject=subject, detail=words
    )
    return link


def keep_traces(session: Session, link_id: int, seen: Traces, *, actor: Actor) -> None:
    """Keep what the calendar of a pairing shows, in place of what it showed before.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing any more.
    """
    link = _to_change(session, link_id, actor)
    link.processing = json.dumps(_stored(link) | {"traces": traces.to_plain(seen)})


def alone(session: Session, link: CalendarLink) -> Exclusivity:
    """Return whether the mailbox's rules, as they are known, leave its room to our account."""
    connection = queries.connections.row(session, link.connection_id)
    accounts = (connection.email, connection.username) if connection else ()
    return exclusivity.judge(of_link(link).rules, accounts)


def _stored(link: CalendarLink) -> dict[str, object]:
    found = json.loads(link.processing) if link.processing else {}
    return found if isinstance(found, dict) else {}


def _to_change(session: Session, link_id: int, actor: Actor) -> CalendarLink:
    row = queries.links.row(session, link_id)
    if row is None or row.state not in LIVE:  # the space may have another mailbox by now, with rules of its own
        raise NotFound(what="pairing")
    space = queries.places.lock_space(session, row.space_id)
    permissions.require(actor, Permission.PAIR_SPACES, on=queries.places.space_row(space).scope)
    return queries.links.lock(session, link_id)
