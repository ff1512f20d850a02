"""What we know of the items that bear our stamp: rows and occurrences, loaded in one go."""

from collections.abc import Iterable

from booking.connectors.port import RemoteEvent
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from booking.domain.states import PushState
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Occurrence, PushItem
from booking.sync.judging import Ours, plain

_OPEN_INTENT = frozenset({PushState.INTENT, PushState.UNKNOWN})


def load(
    session: Session, link: CalendarLink, events: Iterable[RemoteEvent], *, install_id: str, during: Interval
) -> dict[str, Ours]:
    """Return, by occurrence key, what we know of every key of ours among these events."""
    keys = keys_of(events, install_id=install_id)
    if not keys:
        return {}
    occurrences = queries.push.by_keys(session, keys)
    rows = queries.push.on_link(session, link.id, keys=keys, during=during)
    return {key: of(each, rows.get(key), link) for key, each in occurrences.items()}


def keys_of(events: Iterable[RemoteEvent], *, install_id: str) -> frozenset[str]:
    """Return the keys in our stamps."""
    return frozenset(each.stamp.key for each in events if each.stamp and each.stamp.install_id == install_id)


def of(occurrence: Occurrence, row: PushItem | None, link: CalendarLink, *, busy: BusyClass | None = None) -> Ours:
    """Return what is known of one occurrence on a link; `busy` is what it would be written with now, if not as ever."""
    same_space = occurrence.space_id == link.space_id
    if row is None:
        return Ours(here=False, same_space=same_space, when=occurrence.when)
    sent = row.sent_when
    return Ours(
        here=True,
        same_space=same_space,
        when=occurrence.when,
        generation=row.generation,
        want_present=row.want_present,
        want_version=row.want_version,
        acked_version=row.acked_version,
        open_intent=row.state in _OPEN_INTENT,
        unverified=row.state is PushState.WRITTEN,
        remote_id=row.remote_id,
        remote_etag=row.remote_etag,
        text_hash=row.remote_text_hash,
        sent=plain(sent, row.sent_busy) if sent else None,
        busy=busy or row.sent_busy,
    )
