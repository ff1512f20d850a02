"""What others put into a room's calendar: stored as times that block, with no more detail than staff asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from booking.connectors.port import RemoteEvent
from booking.domain.intervals import Interval, pieces
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.services.profiles import EffectiveProfile
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, ExternalEvent
from booking.sync.conflicts import LONGEST_UID

Key = tuple[str, str]

#: Around all that is ever read: a space may be booked two years ahead, and entries of yesterday are looked at.
_BACK, _AHEAD = timedelta(days=3), timedelta(days=800)


def original(event: RemoteEvent) -> str:
    """Return under which date of its series an event is kept; empty for one that stands alone."""
    return event.original_start.isoformat() if event.original_start else ""


def stored_uid(event: RemoteEvent) -> str:
    """Return under which UID an event is kept: as much of its own as tables take; its id where it has none."""
    return (event.ref.uid or event.ref.id)[:LONGEST_UID]


@dataclass(slots=True)
class Outside:
    """The outside events of one link while a reading is taken in."""

    session: Session
    link: CalendarLink
    profile: EffectiveProfile
    now: datetime
    blocking: list[RemoteEvent] = field(default_factory=list)
    changes: int = 0
    _stored: dict[Key, list[ExternalEvent]] = field(default_factory=dict)
    _keys: dict[str, Key] = field(default_factory=dict)  # by the id of what is stored under it
    _kept: set[Key] = field(default_factory=set)
    _window: Interval | None = None
    _shown: frozenset[str] = frozenset()

    def load(self, window: Interval, *, uids: frozenset[str], shown: frozenset[str] = frozenset()) -> None:
        """Fetch what is known of a window and of these UIDs, in one go; `shown` are the ids of all that it shows."""
        self._window, self._shown = window, shown
        for row in queries.external.known(self.session, self.link.id, during=window, uids=uids):
            key = (row.uid, row.original_start)
            self._stored.setdefault(key, []).append(row)
            self._keys[row.remote_id] = key

    def keep(self, event: RemoteEvent) -> None:
        """Store an event as it stands now."""
        key = self._key(event)
        self._kept.add(key)
        blocks = event.blocks(tentative_blocks=self.profile.tentative_blocks)
        if blocks:
            self.blocking.append(event)
        if not self.profile.way.takes_in:
            return  # of what others write nothing comes to us here; only ours is looked after
        rows = {row.piece: row for row in self._stored.get(key, ())}
        for number, when in enumerate(pieces(self._near(event.when), longest=LONGEST_OCCURRENCE)):
            self._write(rows.pop(number, None), event, key, number, when, blocks=blocks)
        for surplus in rows.values():
            self._lose(surplus)

    def _near(self, when: Interval) -> Interval:
        """Return as much of a time as can matter: somebody may block a room for centuries, row by row.

        The edges move once a day, so that one day's readings, wide or narrow, keep the same pieces.
        """
        today = datetime.combine(self.now.astimezone(UTC).date(), time(), UTC)
        part = when.clipped(Interval(today - _BACK, today + _AHEAD))
        return part or Interval(when.start, min(when.end, when.start + LONGEST_OCCURRENCE))

    def _key(self, event: RemoteEvent) -> Key:
        uid, date = stored_uid(event), original(event)
        known = self._keys.get(event.ref.id)
        if known is not None and known[1] == date and known not in self._kept:
            return known
        if (uid, date) in self._kept or self._is_anothers((uid, date), event):
            uid = f"{uid[:150]}#{event.ref.id[-140:]}"  # two items with one UID: neither must hide the other
        return uid, date

    def _is_anothers(self, key: Key, event: RemoteEvent) -> bool:
        """Tell whether a UID is that of another item too, which stands as well, or lies where nobody looked.

        Not of a series: all its dates have one UID, and their ids may change with it.
        """
        return not key[1] and any(
            row.gone_at is None
            and row.remote_id != event.ref.id
            and (row.remote_id in self._shown or not (self._window and self._window.overlaps(row.when)))
            for row in self._stored.get(key, ())
        )

    def _write(
        self,
        row: ExternalEvent | None,
        event: RemoteEvent,
        key: Key,
        number: int,
        when: Interval,
        *,
        blocks: bool,
    ) -> None:
        if row is None:
            row = ExternalEvent(
                link_id=self.link.id,
                space_id=self.link.space_id,
                uid=key[0],
                original_start=key[1],
                piece=number,
            )
            self.session.add(row)
            self._stored.setdefault(key, []).append(row)
            self.changes += 1
        elif row.gone_at is not None or (row.when, row.blocks) != (when, blocks):
            self.changes += 1
        self._fill(row, event, when, blocks=blocks)

    def _fill(self, row: ExternalEvent, event: RemoteEvent, when: Interval, *, blocks: bool) -> None:
        open_book = not event.private  # of a private event nothing is kept but its time
        row.remote_id, row.remote_etag = event.ref.id, event.ref.etag
        row.starts_at, row.ends_at = when.start, when.end
        row.busy, row.blocks, row.private = event.busy, blocks, event.private
        row.title = event.subject[:250] if open_book and self.profile.keep_titles else ""
        organizer = event.organizer.name if event.organizer else ""
        row.organizer = organizer[:200] if open_book and self.profile.keep_organizers else ""
        row.seen_at, row.gone_at, row.missing_since = self.now, None, None

    def release(self, event: RemoteEvent) -> None:
        """Let go of the time of an entry of ours that stood as an outside event: its own booking may take it now."""
        for rows in self._stored.values():
            for row in rows:
                if row.remote_id == event.ref.id:
                    self._lose(row)
        self.session.flush()

    def drop(self, *, vanished: frozenset[str], present: frozenset[str]) -> None:
        """Let go of what is certainly gone, and of what turned out to be ours."""
        for key, rows in self._stored.items():
            if key in self._kept:
                continue
            for row in rows:
                if row.gone_at is None and (row.remote_id in vanished or row.remote_id in present):
                    self._lose(row)

    def _lose(self, row: ExternalEvent) -> None:
        if row.gone_at is None:
            row.gone_at = self.now
            self.changes += 1

    def over(self, when: Interval) -> Iterator[RemoteEvent]:
        """Yield the blocking events that take some of that time."""
        return (event for event in self.blocking if event.when.overlaps(when))
