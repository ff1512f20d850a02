"""Reading the rooms' calendars: the sweep says where to look, the exact read what is there.

Free/busy of a hundred rooms costs one request; only a room whose digest changed is read exactly. The digest is
stored together with what that read brought, so that a crash in between reads again.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from functools import partial

from booking.connectors.port import ConnectorError, Definite, FreeBusy, Kind
from booking.domain import retry
from booking.domain.availability import FAR, NEAR
from booking.domain.intervals import Interval
from booking.domain.states import Counted, LinkState
from booking.services import profiles
from booking.store import queries
from booking.store.database import reading as reading_session
from booking.store.database import transaction
from booking.store.queries.links import LinkRow
from booking.sync import absences, apart, applying, calls, firsts, strays, sweeps, troubles
from booking.sync.calls import Failure, NotNow
from booking.sync.engine import Engine
from booking.sync.readings import Applied, Fate, Reading
from booking.sync.sweeps import ALL, Look

log = logging.getLogger(__name__)

_TRIES = 3
_DOUBLINGS = 8
_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=730)
#: Intervals after which a room is read exactly since the sweep did not manage.
_OVERDUE = 2
_COLUMNS = {NEAR: "near_digest", FAR: "far_digest", ALL: "rest_digest"}


# ------------------------------------------------------------------------------------------ exact read


def read_link(
    engine: Engine,
    link_id: int,
    *,
    near_digest: str | None = None,
    far_digest: str | None = None,
    rest_digest: str | None = None,
    believing: bool = False,
) -> Applied:
    """Read a room's whole window and take it in. A failure is remembered and never raised.

    Args:
        engine: of this reader.
        link_id: whose calendar.
        near_digest: what the sweep saw, to be stored with the result.
        far_digest: likewise.
        rest_digest: likewise.
        believing: staff have said that what vanished is truly gone.
    """

    def look(link: LinkRow) -> Reading:
        firsts.begin_reading(link, now=engine.now())
        return look_at(
            engine, link, full_window(engine, link),
            full=True, near_digest=near_digest, far_digest=far_digest, rest_digest=rest_digest, believing=believing,
        )  # fmt: skip

    try:
        return until_applied(engine, link_id, look)
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
        return until_applied(engine, link_id, lambda link: look_at(engine, link, window))
    except ConnectorError as failure:
        failed(engine, link_id, failure, operation="read")
        raise


def until_applied(engine: Engine, link_id: int, look: Callable[[LinkRow], Reading]) -> Applied:
    """Read and apply; again if we wrote meanwhile. After some tries leave it to the next round."""
    for _ in range(_TRIES):
        with reading_session() as session:
            link = queries.links.row(session, link_id)
            active = link is not None and profiles.effective(session, link.space_id).active
        if link is None or not active or link.state not in queries.links.WORKING:
            return Applied(Fate.IDLE)
        reading = look(link)
        applied = applying.apply(engine, reading)
        if applied.fate is not Fate.DROPPED:
            _mark_missing(reading, applied)
            strays.remove(engine, link, applied.strays)
            return applied
    with transaction() as session:
        queries.links.hint(session, link_id, at=engine.now() + timedelta(seconds=2))
    return Applied(Fate.DROPPED)


def _mark_missing(reading: Reading, applied: Applied) -> None:
    """Note what staff are asked about: the entries that a frozen room does not show."""
    concerned = reading.missing or reading.link.state is LinkState.FROZEN  # it may have thawed now
    if not reading.full or applied.fate is not Fate.APPLIED or not concerned:
        return
    with transaction() as session:
        queries.external.mark_missing(session, reading.link.id, reading.missing, now=reading.read_at)


def look_at(
    engine: Engine,
    link: LinkRow,
    window: Interval,
    *,
    full: bool = False,
    near_digest: str | None = None,
    far_digest: str | None = None,
    rest_digest: str | None = None,
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
    absences.require_whole(snapshot, absent)
    if absent.uncertain and not full:
        raise Definite(Kind.FORBIDDEN, f"Entries were not found, but that says nothing: {absent.why}")
    shown = {event.ref.id for event in snapshot.events}
    return Reading(
        link=link,
        window=window,
        events=(*snapshot.events, *(event for event in absent.found if event.ref.id not in shown)),
        read_at=read_at,
        vanished=absent.vanished,
        uncertain=absent.uncertain,
        why=absent.why,
        too_many=absent.too_many,
        missing=absent.missing,
        full=full,
        near_digest=near_digest,
        far_digest=far_digest,
        rest_digest=rest_digest,
    )


def full_window(engine: Engine, link: LinkRow) -> Interval:
    """Return how much of a room is read: as far ahead as it may be booked, and as its last entry of ours.

    As far back as its profile says, and a day more: an event is only known to have ended in time once it is seen.
    After a restore nobody knows where the last one is: everything that may ever be booked.
    """
    now = engine.now()
    with reading_session() as session:
        last = queries.push.latest_end(session, link.id)
        since = queries.profiles.begins(session, link.space_id, now=now)
    end = max(now + max(link.window, _FARTHEST if link.recovering else FAR) + _DAY, last or now)
    return Interval(min(now, since) - _DAY, end)


def failed(
    engine: Engine, link_id: int, failure: Failure, *, operation: str, at_least: timedelta = timedelta()
) -> None:
    """Remember that a room could not be read: its times go stale by themselves, and it is tried again.

    `at_least` is the shortest wait until then, doubling like the others.
    """
    if isinstance(failure, NotNow):
        return  # the connection's own state says so
    now = engine.now()
    with transaction() as session:
        link = queries.links.lock(session, link_id)
        link.read_failures += 1
        queries.counts.add(session, [link.id], Counted.READ_FAILED, at=now)
        firsts.reading_failed(session, link, str(failure), now=now)
        kind = failure.kind if isinstance(failure, Definite) else Kind.TRANSIENT
        left_alone = troubles.follow(engine, link, failure, now=now) if isinstance(failure, Definite) else None
        doubled = min(at_least * 2.0 ** min(link.read_failures - 1, _DOUBLINGS), retry.LONGEST_WAIT)
        link.next_read_at = now + (left_alone or max(troubles.wait(link.read_failures), doubled))
        if link.last_error != str(failure):
            troubles.note(session, now=now, operation=operation, kind=kind.value, message=str(failure), link_id=link.id)
        link.last_error = str(failure)


# ---------------------------------------------------------------------------------------------- sweeps


def sweep_near(engine: Engine) -> int:
    """Look at the next seven days of every room that is not listened to; return how many were read exactly."""
    return _sweep(engine, NEAR)


def sweep_far(engine: Engine) -> int:
    """Look at 42 days of every room; return how many were read exactly."""
    return _sweep(engine, FAR)


def sweep_rest(engine: Engine) -> int:
    """Look at all the time for which each room may be booked; return how many were read exactly."""
    return _sweep(engine, ALL)


def _sweep(engine: Engine, span: timedelta) -> int:
    now = engine.now()
    with reading_session() as session:
        links = queries.links.readable(session, now=now)
    if span == NEAR:
        links = tuple(link for link in links if not sweeps.is_watched(engine, link, now))
    changed: list[int] = []
    apart.each(sweeps.batches(links), lambda batch: changed.append(_sweep_batch(engine, batch, span)))
    return sum(changed)


def _sweep_batch(engine: Engine, batch: Sequence[LinkRow], span: timedelta) -> int:
    """Look at up to a hundred rooms of one connection with one request."""
    read_at = engine.now()
    look = sweeps.look(span, read_at.astimezone(UTC).date(), batch)
    try:
        answers = _free_busy(engine, batch, look)
    except NotNow:
        return 0
    except ConnectorError as failure:
        for link in batch:
            failed(engine, link.id, failure, operation="free_busy")
        return 0
    marks: dict[int, str] = {}
    for link in batch:
        answer = answers.get(link.mailbox, Definite(Kind.TRANSIENT, "The server said nothing about this room."))
        if isinstance(answer, FreeBusy):
            marks[link.id] = look.mark(link, answer)
        else:  # finding it among a hundred cost several requests: the next sweeps leave it out
            failed(engine, link.id, answer, operation="free_busy", at_least=engine.timing.near_every)
    same = {link.id for link in batch if sweeps.is_in_order(link) and sweeps.stored(link, span) == marks.get(link.id)}
    as_before = _as_on_its_day(engine, [link for link in batch if link.id in marks.keys() - same], look)
    for until, rooms in sweeps.by_end(look, [link for link in batch if link.id in same | as_before]).items():
        new = {link_id: marks[link_id] for link_id in rooms & as_before}
        _still_good(rooms, look, read_at, until=until, marks=new)
    changed = [link for link in batch if link.id in marks.keys() - same - as_before]
    apart.each(changed, lambda link: _look_closer(engine, link, marks[link.id], span))
    return len(changed)


def _free_busy(engine: Engine, rooms: Sequence[LinkRow], look: Look) -> Mapping[str, FreeBusy | ConnectorError]:
    mailboxes = [link.mailbox for link in rooms]
    return calls.ask(engine, rooms[0].connection_id, "free_busy", lambda line: line.free_busy(mailboxes, look.window))


def _as_on_its_day(engine: Engine, rooms: Sequence[LinkRow], look: Look) -> set[int]:
    """Return the rooms that differ only since a new day has begun: asked once more as on the day of their last look.

    Else every room with an event yesterday were read exactly each midnight. What the new day added at the end is of
    the next wider tier.
    """
    days: dict[date, list[LinkRow]] = {}
    for link in rooms:
        day = sweeps.day_of(sweeps.stored(link, look.span))
        if day is not None and day < look.day and sweeps.is_in_order(link):
            days.setdefault(day, []).append(link)
    same: set[int] = set()
    for day, alike in days.items():
        before = sweeps.look(look.span, day, alike)
        try:
            answers = _free_busy(engine, alike, before)
        except (ConnectorError, NotNow):
            continue  # then they are read exactly
        for link in alike:
            answer = answers.get(link.mailbox)
            if isinstance(answer, FreeBusy) and before.mark(link, answer) == sweeps.stored(link, look.span):
                same.add(link.id)
    return same


def _still_good(
    link_ids: AbstractSet[int], look: Look, read_at: datetime, *, until: datetime, marks: Mapping[int, str]
) -> None:
    """An unchanged digest counts as a good read of its tier. `marks` are those that a new day has changed."""
    with transaction() as session:
        queries.links.lock_all(session, link_ids)
        queries.counts.add(session, link_ids, Counted.READ, at=read_at)
        if look.span == ALL:
            queries.links.wholly_good(session, link_ids, read_at=read_at, until=until)
        else:
            queries.links.still_good(session, link_ids, read_at=read_at, near_only=look.span == NEAR)
        queries.links.marked(session, marks, column=_COLUMNS[look.span])


def _look_closer(engine: Engine, link: LinkRow, digest: str, span: timedelta) -> None:
    near, far, rest = (digest if span == each else None for each in (NEAR, FAR, ALL))
    applied = read_link(engine, link.id, near_digest=near, far_digest=far, rest_digest=rest)
    if applied.changes and link.look_at is None and sweeps.is_watched(engine, link, engine.now()):
        log.info("link %s changed, and nobody who listens had said so", link.id, extra={"link": link.id})
        with transaction() as session:
            queries.watches.doubt(session, link.id)


# ------------------------------------------------------------------------------------------- due reads


def read_due(engine: Engine) -> int:
    """Read exactly every room for which something asked for it, or whose last exact read grows old."""
    now = engine.now()
    with reading_session() as session:
        links = queries.links.readable(session, now=now)
    due = [link.id for link in links if is_due(engine, link)]
    apart.each(due, partial(read_link, engine))
    return len(due)


def is_due(engine: Engine, link: LinkRow) -> bool:
    """Tell whether a room wants an exact read now."""
    now = engine.now()
    timing = engine.timing
    if link.look_at is not None and not now < link.look_at <= now + timing.rest_every:  # or our clock was set back
        return True
    if link.read_at is None:
        return True
    exactly = timing.reconcile_every if sweeps.is_watched(engine, link, now) else timing.exact_every
    return (
        abs(now - link.read_at) >= _OVERDUE * timing.rest_every
        or abs(now - (link.full_read_at or link.read_at)) >= exactly
    )


def second_looks(engine: Engine) -> int:
    """Look once more at what was written a short while ago; return how many looks were due.

    When we looked, a booking attendant may have been between its own reading and its writing.
    """
    now = engine.now()
    with reading_session() as session:
        due = queries.push.second_looks(session, now=now)
        well = {link.id for link in queries.links.readable(session, now=now)} if due else set()
        due = tuple(each for each in due if each[0] in well)
    for link_id, when in due:
        if link_id not in well:
            continue  # it has just failed: it is left alone for a while, like after any other read
        try:
            read_part(engine, link_id, when)
        except (ConnectorError, NotNow):
            log.info("second look at link %s put off", link_id, extra={"link": link_id})
            well.discard(link_id)
    return len(due)
