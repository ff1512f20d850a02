"""What should stand in the calendars: kept in the transaction of each change, written by `sync` afterwards.

A row says what one occurrence should be in one calendar, not what was done to it: ten edits collapse into
one write, and nothing is lost by a crash.
"""

from datetime import datetime

from booking.domain.states import LinkState, PushState
from booking.services import profiles
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Occurrence, PushItem

#: From these a change leads back to work; the others are under way and notice by the version.
_SETTLED = frozenset({PushState.CLEAN, PushState.CONFLICT, PushState.DEAD})


def writes_to(session: Session, space_id: int) -> bool:
    """Tell whether a booking there has to wait for a calendar before it is confirmed."""
    link = queries.links.of_space(session, space_id)
    if link is None or link.state not in queries.links.TAKES_WRITES:
        return False
    return profiles.effective(session, space_id).writes


def touch(session: Session, occurrence: Occurrence, *, now: datetime) -> None:
    """Have the calendars follow an occurrence whose time, text, state or space has changed.

    Every change calls this, in its own transaction, with the occurrence flushed and its space locked. The calendars
    that it has left already stay out of it: a reading of its room, which holds that link, must not wait for theirs.
    """
    link = queries.links.of_space(session, occurrence.space_id)
    session.flush()
    link_ids = set(queries.push.links_that_want(session, occurrence.id)) | ({link.id} if link else set())
    if not link_ids:  # no calendar has it, and none shall
        return
    queries.links.lock_all(session, link_ids)  # whoever writes to a calendar holds its link: nobody overwrites anybody
    rows = queries.push.of_occurrence(session, occurrence.id)
    standing = queries.links.standing(session, link_ids)
    for row in rows:
        if row.link_id not in standing:
            continue  # it has left, or what becomes of it was settled when the pairing was ended
        here = link is not None and row.link_id == link.id
        want(row, present=here and occurrence.holds, now=now)
    if link is None or not occurrence.holds or any(row.link_id == link.id for row in rows):
        return
    if _takes_rows(session, link) and occurrence.ends_at >= queries.profiles.begins(session, link.space_id, now=now):
        session.add(new_row(session, occurrence, link, now=now))
        session.flush()


def _takes_rows(session: Session, link: CalendarLink) -> bool:
    return link.state is not LinkState.LEAVING and profiles.effective(session, link.space_id).writes


def new_row(session: Session, occurrence: Occurrence, link: CalendarLink, *, now: datetime) -> PushItem:
    """Return a row that has an occurrence written into a calendar.

    Versions and generations go on where other pairings left them: an entry that one of them left in a mailbox that
    is paired again must not look newer than we are, as after a restore.
    """
    version, generation = queries.push.newest(session, occurrence.id)
    return PushItem(
        occurrence_id=occurrence.id,
        link_id=link.id,
        want_version=version + 1,
        want_present=True,
        acked_version=0,
        generation=max(generation, 1),
        state=PushState.DIRTY,
        wanted_at=now,
        attempts=0,
        put_backs=0,
        created_at=now,
        updated_at=now,
    )


def want(row: PushItem, *, present: bool, now: datetime) -> None:
    """Raise what a row wants by one version; wake it if it was at rest."""
    row.want_version += 1
    row.want_present = present
    row.updated_at = now
    if row.state is PushState.GONE:
        if present:
            begin_anew(row, now=now)
        return
    row.wanted_at = row.wanted_at or now
    if row.state in _SETTLED:
        make_due(row)


def let_be(row: PushItem, *, now: datetime) -> None:
    """Write no more of a row that waits: what stands in the calendar stays there as it is, and counts as settled."""
    row.state = PushState.CLEAN if row.remote_id else PushState.GONE
    row.next_at = row.recheck_at = None
    row.gone_at = None if row.remote_id else now
    row.updated_at = now


def make_due(row: PushItem) -> None:
    """Have a row taken up at once."""
    row.state = PushState.DIRTY
    row.next_at = None
    row.attempts = 0


def begin_anew(row: PushItem, *, now: datetime) -> None:
    """Have a row written as a new entry: the old one is gone, and a late echo of it must not pass for the new."""
    row.generation += 1
    row.remote_id = row.remote_etag = row.remote_uid = row.remote_text_hash = ""
    row.sent_starts_at = row.sent_ends_at = None
    row.sent_text_hash = row.sent_extras = ""
    row.intent_op = None
    row.recheck_at = None
    row.gone_at = None
    row.updated_at = now
    row.wanted_at = now
    make_due(row)
