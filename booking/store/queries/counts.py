"""How much sync did of late, by link: entries minute by minute, reads in stretches of ten minutes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from booking.domain.states import Counted, PushState
from booking.store.database import Session
from booking.store.models import ExternalEvent, Occurrence, PushItem, SyncCount

#: How long one line lasts. Reads come every minute to every room, so their lines are longer.
_MINUTE, _STRETCH = timedelta(minutes=1), timedelta(minutes=10)
_LENGTHS: Mapping[Counted, timedelta] = {
    Counted.READ: _STRETCH,
    Counted.READ_FAILED: _STRETCH,
    Counted.WRITTEN: _MINUTE,
    Counted.WRITE_FAILED: _MINUTE,
    Counted.TAKEN_IN: _MINUTE,
}
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def add(session: Session, link_ids: Iterable[int], what: Counted, *, at: datetime, number: int = 1) -> None:
    """Count that something was done on these links; whoever calls holds their rows."""
    wanted = set(link_ids)
    if not wanted or not number:
        return
    starts_at = at - (at - _EPOCH) % _LENGTHS[what]
    known = session.scalars(
        update(SyncCount)
        .where(SyncCount.link_id.in_(wanted), SyncCount.what == what, SyncCount.starts_at == starts_at)
        .values(number=SyncCount.number + number)
        .returning(SyncCount.link_id)
        .execution_options(synchronize_session=False)
    )
    lines = [
        {"link_id": link_id, "what": what, "starts_at": starts_at, "number": number}
        for link_id in sorted(wanted - set(known))
    ]
    if lines:
        session.execute(insert(SyncCount), lines)


def since(session: Session, moment: datetime) -> dict[int, dict[Counted, int]]:
    """Return how often what was done since then, by link; the line in which the moment lies counts whole."""
    query = (
        select(SyncCount.link_id, SyncCount.what, func.sum(SyncCount.number))
        .where(SyncCount.starts_at > moment - _STRETCH)
        .where((SyncCount.starts_at > moment - _MINUTE) | SyncCount.what.in_((Counted.READ, Counted.READ_FAILED)))
        .group_by(SyncCount.link_id, SyncCount.what)
    )
    found: dict[int, dict[Counted, int]] = defaultdict(dict)
    for link_id, what, number in session.execute(query):
        found[link_id][what] = int(number)
    return dict(found)


def lines(
    session: Session, *, since: datetime, what: Iterable[Counted], link_ids: Collection[int]
) -> tuple[tuple[int, Counted, datetime, int], ...]:
    """Return each line of these links since then: link, what, when it begins, and the number."""
    query = select(SyncCount.link_id, SyncCount.what, SyncCount.starts_at, SyncCount.number).where(
        SyncCount.link_id.in_(link_ids), SyncCount.what.in_(tuple(what)), SyncCount.starts_at >= since
    )
    return tuple((row[0], row[1], row[2], row[3]) for row in session.execute(query))


def forget(session: Session, *, before: datetime) -> None:
    """Delete the lines from before that."""
    session.execute(delete(SyncCount).where(SyncCount.starts_at < before))


def ours_in_step(session: Session, *, now: datetime) -> dict[int, int]:
    """Return how many dates to come of our bookings stand in the calendar as they should, by link."""
    query = (
        select(PushItem.link_id, func.count())
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.state == PushState.CLEAN,
            PushItem.want_present.is_(True),
            PushItem.remote_id != "",
            Occurrence.ends_at > now,
        )
        .group_by(PushItem.link_id)
    )
    return {link_id: number for link_id, number in session.execute(query)}  # noqa: C416 - rows, not pairs


def theirs_known(session: Session, *, now: datetime) -> dict[int, int]:
    """Return how many entries to come of other people are known here, by link; a long one counts once."""
    event = ExternalEvent
    query = (
        select(event.link_id, func.count())
        .where(event.gone_at.is_(None), event.ends_at > now, event.piece == 0, event.link_id.is_not(None))
        .group_by(event.link_id)
    )
    return {link_id or 0: number for link_id, number in session.execute(query)}
