"""Pre-flight of a pairing: our rules beside the mailbox's, a look at what its calendar shows, and *exclusive*.

The rules themselves come from people: EWS has no operation that reads them (`domain.traces`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.connectors.port import ConnectorError
from booking.domain import exclusivity, permissions, preflight
from booking.domain.effects import Kind, OurRules
from booking.domain.errors import NotFound, NotPossible
from booking.domain.exclusivity import Exclusivity, Verdict
from booking.domain.intervals import Interval
from booking.domain.mailbox_rules import MailboxRules
from booking.domain.permissions import Actor, Permission
from booking.domain.preflight import Line
from booking.domain.states import Authority
from booking.domain.traces import Traces
from booking.services import processing
from booking.services.processing import Known
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.links import LinkRow
from booking.store.queries.places import SpaceRow
from booking.sync import calls, glances, links, strangers
from booking.sync.calls import NotNow
from booking.sync.engine import Engine

#: As far ahead as a look goes, or as bookings reach if that is further: who books far ahead shows within a year.
_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Report:
    """All that pre-flight shows of a space. Without `link` nothing is kept of it."""

    space: SpaceRow
    link: LinkRow | None
    ours: OurRules
    known: Known
    lines: tuple[Line, ...]
    alone: Exclusivity

    @property
    def counts(self) -> dict[Kind, int]:
        """Return how many rules there are of each kind."""
        return preflight.worst(self.lines)

    @property
    def entered(self) -> bool:
        """Tell whether anything is known of the mailbox's rules."""
        return self.known.rules.number_known > 0

    @property
    def strangers(self) -> str:
        """Return what another installation has written there, in words; empty if nothing was seen."""
        seen = self.known.traces
        if seen is None or not seen.strangers:
            return ""
        return strangers.said(seen.strangers, seen.installations, days=seen.reach)


def report(session: Session, space: SpaceRow, *, instead: MailboxRules | None = None) -> Report:
    """Return the pre-flight of a space: with what is kept of its mailbox's rules, or with others `instead`."""
    link = queries.links.row_of_space(session, space.id)
    known = processing.of_space(session, space.id)
    if instead is not None:
        known = Known(rules=instead, traces=known.traces)
    ours = processing.ours(session, space)
    return Report(
        space=space,
        link=link,
        ours=ours,
        known=known,
        lines=preflight.table(ours, known.rules, known.traces),
        alone=exclusivity.judge(known.rules, ours.accounts),
    )


def look(engine: Engine, space_id: int, *, actor: Actor, now: datetime) -> Traces:
    """Read the room's calendar once, and keep what it shows of its mailbox's rules. No transaction may be open.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such space, or it is not paired.
        NotPossible: the calendar could not be read; says why.
    """
    link, space = _paired(space_id, actor)
    window = Interval(now, now + max(_AHEAD, space.rules.window))
    try:
        snapshot = calls.ask(engine, link.connection_id, "window", lambda line: line.window(link.mailbox, window))
    except (ConnectorError, NotNow) as failure:
        words = f"The calendar could not be read, so nothing is known of what it shows. {failure}"
        raise NotPossible(words) from failure
    with reading() as session:
        install_id = queries.connections.install_id(session)
    seen = glances.shown(snapshot.events, install_id=install_id, now=now, reach=window.length.days)
    with transaction() as session:
        processing.keep_traces(session, link.id, seen, actor=actor)
    return seen


def set_exclusive(engine: Engine, space_id: int, *, actor: Actor, now: datetime) -> None:
    """Mark a room as our account's alone, where nothing that is known speaks against it.

    Whether other people have write rights on its calendar is for whoever asks: no rule of the mailbox says it.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such space, or it is not paired.
        NotPossible: the mailbox's rules are not known or let others in, or others' entries stand in its calendar.
    """
    link, _space = _paired(space_id, actor)
    with reading() as session:
        model = queries.links.model(session, link.id)
        alone = processing.alone(session, model) if model else Exclusivity(Verdict.UNKNOWN)
    if alone.verdict is Verdict.UNKNOWN:
        words = "Enter the mailbox's rules first: nobody can call a room exclusive without them."
        raise NotPossible(f"{words} Not known yet: {', '.join(alone.missing)}.")
    links.set_authority(engine, link.id, Authority.EXCLUSIVE, actor=actor, now=now)


def _paired(space_id: int, actor: Actor) -> tuple[LinkRow, SpaceRow]:
    with reading() as session:
        space = queries.places.space(session, space_id)
        if space is None:
            raise NotFound(what="space")
        permissions.require(actor, Permission.PAIR_SPACES, on=space.scope)
        link = queries.links.row_of_space(session, space_id)
    if link is None:
        raise NotFound(what="pairing")
    return link, space
