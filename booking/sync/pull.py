"""Reading the rooms' calendars: the sweep says where to look, the exact read what is there.

Free/busy of a hundred rooms costs one request; only a room whose digest changed is read exactly. The digest is
stored together with what that read brought, so that a crash in between reads again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from booking.connectors.port import ConnectorError, Definite, FreeBusy, Kind, Limits
from booking.domain.availability import FAR, NEAR
from booking.domain.intervals import Interval
from booking.domain.states import LinkState
from booking.services import profiles
from booking.store import queries
from booking.store.database import reading as reading_session
from booking.store.database import transaction
from booking.store.queries.links import LinkRow
from booking.sync import absences, applying, calls, strays, troubles
from booking.sync.calls import Failure, NotNow
from booking.sync.engine import Engine
from booking.sync.readings import Applied, Fate, Reading

log = logging.getLogger(__name__)

_TRIES = 3
_DAY = timedelta(days=1)


# ------------------------------------------------------------------------------------------ exact read


def read_link(
    engine: Engine,
    link_id: int,
    *,
    near_digest: str | None = None,
    far_digest: str | None = None,
    believing: bool = False,
) -> Applied:
    """Read a room's whole window and take it in. A failure is remembered and never raised.

    Args:
        engine: of this reader.
        link_id: whose calendar.
        near_digest: what the sweep saw, to be stored with the result.
        far_digest: likewise.
        believing: staff have said that what vanished is truly gone.
    """

    def look(link: LinkRow) -> Reading:
        return look_at(
            engine, link, full_window(engine, link),
            full=True, near_digest=near_digest, far_digest=far_digest, believing=believing,
        )  # fmt: skip

    try:
        return _until_applied(engine, link_id, look)
    except (ConnectorError, NotNow) as failure:
        failed(engine, link_id, failure, operation="read")
        return Applied(Fate.IDLE)


def read_part(engine: Engine, link_id: int, window: Interval) -> Applied:
    """Read some of a room's time now and take it in. Says nothing about how well the rest is known.

    Raises:
        NotNow: the server may not be asked.
        ConnectorError: it could not be read; that is remembered.
    """
    try:
        return _until_applied(engine, link_id, lambda link: look_at(engine, link, window))
    except ConnectorError as failure:
        failed(engine, link_id, failure, operation="read")
        raise


def _until_applied(engine: Engine, link_id: int, look: Callable[[LinkRow], Reading]) -> Applied:
    """Read and apply; again if we wrote meanwhile. After some tries leave it to the next round."""
    for _ in range(_TRIES):
        with reading_session() as session:
            link = queries.links.row(session, link_id)
            active = link is not None and profiles.effective(session, link.space_id).active
        if link is None or not active or link.state not in queries.links.WORKING:
            return Applied(Fate.IDLE)
        applied = applying.apply(engine, look(link))
        if applied.fate is not Fate.DROPPED:
            strays.remove(engine, link, applied.strays)
            return applied
    with transaction() as session:
        queries.links.hint(session, link_id, at=engine.now() + timedelta(seconds=2))
    return Applied(Fate.DROPPED)


def look_at(
    engine: Engine,
    link: LinkRow,
    window: Interval,
    *,
    full: bool = False,
    near_digest: str | None = None,
    far_digest: str | None = None,
    believing: bool = False,
) -> Reading:
    """Look at a room's calendar, and ask for whatever should be there and was not shown. Nothing is stored.

    Raises:
        NotNow, ConnectorError: it could not be read, or not completely.
    """
    read_at = engine.now()
    with reading_session() as session:
        install_id = queries.connections.install_id(session)
        awaited = absences.expected(session, link, window, install_id=install_id, now=read_at)
    snapshot = calls.ask(engine, link.connection_id, "window", lambda line: line.window(link.mailbox, window))
    if not snapshot.complete:
        raise Definite(Kind.TRANSIENT, "The server did not show the whole calendar.")
    absent = absences.ask(engine, link, snapshot, awaited, believing=believing)
    shown = {event.ref.id for event in snapshot.events}
    return Reading(
        link=link,
        window=window,
        events=(*snapshot.events, *(event for event in absent.found if event.ref.id not in shown)),
        read_at=read_at,
        vanished=absent.vanished,
        uncertain=absent.uncertain,
        too_many=absent.too_many,
        full=full,
        near_digest=near_digest,
        far_digest=far_digest,
    )


def full_window(engine: Engine, link: LinkRow) -> Interval:
    """Return how much of a room is read: as far ahead as it may be booked, and as its last entry of ours."""
    now = engine.now()
    with reading_session() as session:
        last = queries.push.latest_end(session, link.id)
    end = max(now + max(link.window, FAR) + _DAY, last or now)
    return Interval(now - _DAY, end)


def failed(engine: Engine, link_id: int, failure: Failure, *, operation: str) -> None:
    """Remember that a room could not be read: its times go stale by themselves, and it is tried again."""
    if isinstance(failure, NotNow):
        return  # the connection's own state says so
    now = engine.now()
    with transaction() as session:
        link = queries.links.lock(session, link_id)
        link.read_failures += 1
        kind = failure.kind if isinstance(failure, Definite) else Kind.TRANSIENT
        left_alone = troubles.follow(engine, link, failure, now=now) if isinstance(failure, Definite) else None
        link.next_read_at = now + (left_alone or troubles.wait(link.read_failures))
        if link.last_error != str(failure):
            troubles.note(session, now=now, operation=operation, kind=kind.value, message=str(failure), link_id=link.id)
        link.last_error = str(failure)


# ---------------------------------------------------------------------------------------------- sweeps


def sweep_near(engine: Engine) -> int:
    """Look at the next seven days of every room; return how many were read exactly."""
    return _sweep(engine, NEAR)


def sweep_far(engine: Engine) -> int:
    """Look at 42 days of every room; return how many were read exactly."""
    return _sweep(engine, FAR)


def _sweep(engine: Engine, span: timedelta) -> int:
    with reading_session() as session:
        links = queries.links.readable(session, now=engine.now())
    read = 0
    for batch in _batches(links, Limits().free_busy_mailboxes):
        read += _sweep_batch(engine, batch, span)
    return read


def _batches(links: Iterable[LinkRow], size: int) -> Iterator[Sequence[LinkRow]]:
    by_connection: dict[int, list[LinkRow]] = {}
    for link in links:
        by_connection.setdefault(link.connection_id, []).append(link)
    for group in by_connection.values():
        for start in range(0, len(group), size):
            yield group[start : start + size]


def _sweep_batch(engine: Engine, batch: Sequence[LinkRow], span: timedelta) -> int:
    """Look at up to a hundred rooms of one connection with one request."""
    read_at = engine.now()
    window = _stable_window(read_at, span)
    mailboxes = [link.mailbox for link in batch]
    try:
        answers = calls.ask(engine, batch[0].connection_id, "free_busy", lambda line: line.free_busy(mailboxes, window))
    except NotNow:
        return 0
    except ConnectorError as failure:
        for link in batch:
            failed(engine, link.id, failure, operation="free_busy")
        return 0
    unchanged, changed = [], []
    for link in batch:
        answer = answers.get(link.mailbox, Definite(Kind.TRANSIENT, "The server said nothing about this room."))
        if not isinstance(answer, FreeBusy):
            failed(engine, link.id, answer, operation="free_busy")
        elif _is_known(link, answer, span):
            unchanged.append(link.id)
        else:
            changed.append((link.id, answer.digest))
    _still_good(unchanged, span, read_at)
    for link_id, digest in changed:
        _look_closer(engine, link_id, digest, span)
    return len(changed)


def _stable_window(now: datetime, span: timedelta) -> Interval:
    """Return a window that moves once a day: a sliding one would change its digest with every event it passes."""
    start = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    days = min(span + _DAY, timedelta(days=Limits().free_busy_days))
    return Interval(start, start + days)


def _is_known(link: LinkRow, answer: FreeBusy, span: timedelta) -> bool:
    stored = link.near_digest if span == NEAR else link.far_digest
    in_order = link.state in {LinkState.ACTIVE, LinkState.DEGRADED} and not link.read_failures
    return in_order and link.read_until is not None and stored == answer.digest


def _still_good(link_ids: Sequence[int], span: timedelta, read_at: datetime) -> None:
    """An unchanged digest counts as a good read of its tier."""
    if not link_ids:
        return
    with transaction() as session:
        queries.links.still_good(session, link_ids, read_at=read_at, near_only=span == NEAR)


def _look_closer(engine: Engine, link_id: int, digest: str, span: timedelta) -> None:
    if span == NEAR:
        read_link(engine, link_id, near_digest=digest)
    else:
        read_link(engine, link_id, far_digest=digest)


# ------------------------------------------------------------------------------------------- due reads


def read_due(engine: Engine) -> int:
    """Read exactly every room for which something asked for it, or whose last exact read grows old."""
    now = engine.now()
    with reading_session() as session:
        links = queries.links.readable(session, now=now)
    due = [link.id for link in links if is_due(engine, link)]
    for link_id in due:
        read_link(engine, link_id)
    return len(due)


def is_due(engine: Engine, link: LinkRow) -> bool:
    """Tell whether a room wants an exact read now."""
    now = engine.now()
    if link.look_at is not None and link.look_at <= now:
        return True
    return link.read_at is None or now - link.read_at >= engine.timing.rest_every


def second_looks(engine: Engine) -> int:
    """Look once more at what was written a short while ago; return how many looks were due.

    When we looked, a booking attendant may have been between its own reading and its writing.
    """
    with reading_session() as session:
        due = queries.push.second_looks(session, now=engine.now())
    for link_id, when in due:
        try:
            read_part(engine, link_id, when)
        except (ConnectorError, NotNow):
            log.info("second look at link %s put off", link_id)
    return len(due)
