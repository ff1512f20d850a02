"""What events of a mailbox still take of a space that was disconnected from it, until staff have looked at the list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update

from booking.domain.intervals import Interval
from booking.domain.states import LinkState
from booking.store.database import Session
from booking.store.models import CalendarLink, ExternalEvent

#: Pairings that are over: nobody reads their calendars any more.
OVER = (LinkState.LEAVING, LinkState.ENDED)


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A time that is still taken. Title and organiser are there only where the profile asked, never of private ones."""

    id: int
    mailbox: str
    when: Interval
    private: bool
    title: str
    organizer: str


def rows(session: Session, space_id: int, *, now: datetime) -> tuple[LeftRow, ...]:
    """Return what still takes time of a space and is not over, earliest first."""
    found = session.execute(_select(space_id, now).add_columns(CalendarLink.mailbox))
    return tuple(
        LeftRow(
            event.id,
            mailbox,
            event.when,
            event.private,
            "" if event.private else event.title,
            "" if event.private else event.organizer,
        )
        for event, mailbox in found
    )


def models(session: Session, space_id: int, *, now: datetime) -> tuple[ExternalEvent, ...]:
    """Return the same, to be changed."""
    return tuple(session.scalars(_select(space_id, now)))


def counts(session: Session, space_ids: Iterable[int], *, now: datetime) -> dict[int, int]:
    """Return, for each of these spaces that has any, how many such times there are."""
    query = (
        select(ExternalEvent.space_id, func.count())
        .join(CalendarLink, CalendarLink.id == ExternalEvent.link_id)
        .where(
            ExternalEvent.space_id.in_(tuple(space_ids)),
            CalendarLink.state.in_(OVER),
            ExternalEvent.gone_at.is_(None),
            ExternalEvent.blocks.is_(True),
            ExternalEvent.ends_at > now,
        )
        .group_by(ExternalEvent.space_id)
    )
    return {space_id: number for space_id, number in session.execute(query)}  # noqa: C416 - rows, not pairs


def supersede(session: Session, link: CalendarLink, *, now: datetime) -> None:
    """Let go of what earlier pairings of this space with this mailbox left: the mailbox was read anew, and wholly."""
    before = select(CalendarLink.id).where(
        CalendarLink.space_id == link.space_id,
        CalendarLink.mailbox == link.mailbox,
        CalendarLink.state.in_(OVER),
    )
    session.execute(
        update(ExternalEvent)
        .where(ExternalEvent.link_id.in_(before), ExternalEvent.gone_at.is_(None))
        .values(gone_at=now)
        .execution_options(synchronize_session=False),
    )


def _select(space_id: int, now: datetime) -> Select[ExternalEvent]:
    return (
        select(ExternalEvent)
        .join(CalendarLink, CalendarLink.id == ExternalEvent.link_id)
        .where(
            ExternalEvent.space_id == space_id,
            CalendarLink.state.in_(OVER),
            ExternalEvent.gone_at.is_(None),
            ExternalEvent.blocks.is_(True),
            ExternalEvent.ends_at > now,
        )
        .order_by(ExternalEvent.starts_at, ExternalEvent.id)
    )
