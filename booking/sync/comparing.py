"""Both sides of one room, entry by entry: what a reading showed, and what our database holds. Changes nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking.connectors.port import RemoteEvent
from booking.domain.intervals import Interval
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.domain.states import PushState
from booking.services import profiles
from booking.store import queries
from booking.store.database import Session
from booking.store.models import ExternalEvent, PushItem
from booking.store.queries.links import LinkRow
from booking.sync import judging, outside
from booking.sync.readings import Reading

#: Rows of these are at rest: both sides should agree. The others are under way, or wait for staff.
_AT_REST = frozenset({PushState.CLEAN, PushState.GONE})


class What(StrEnum):
    """How the two sides differ."""

    MISSING = "missing"  # a booking that its calendar should show
    UNWRITTEN = "unwritten"  # a booking that nobody was told to write
    ELSEWHEN = "elsewhen"  # a booking that stands at another time
    LEFT_BEHIND = "left_behind"  # an entry of ours that should not stand there
    TWICE = "twice"
    OTHER_ID = "other_id"  # its entry is another one than we had noted
    UNKNOWN_KEY = "unknown_key"  # it bears our stamp, and we know nothing of it
    NOT_KNOWN = "not_known"  # an outside event that we did not have
    OTHER_TIME = "other_time"  # an outside event that stands at another time
    NOT_THERE = "not_there"  # an outside event that we have, and the calendar has not


WORDS = {
    What.MISSING: "the booking's entry is not in the calendar",
    What.UNWRITTEN: "the booking was never to be written into the calendar",
    What.ELSEWHEN: "the booking's entry stands at another time",
    What.LEFT_BEHIND: "an entry of a booking stands that should not",
    What.TWICE: "the booking stands in the calendar more than once",
    What.OTHER_ID: "the booking's entry has another id than was noted",
    What.UNKNOWN_KEY: "an entry of ours belongs to no booking that is known here",
    What.NOT_KNOWN: "an outside event was not known here",
    What.OTHER_TIME: "an outside event stands at another time",
    What.NOT_THERE: "an outside event that was known here is not in the calendar",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the sides differ: never a title. `ref` names the booking, if it is about one."""

    what: What
    when: Interval
    ref: str = ""

    @property
    def words(self) -> str:
        """Return it as staff read it; times in UTC."""
        return f"{self.when.start:%Y-%m-%d %H:%M} to {self.when.end:%Y-%m-%d %H:%M} UTC: {WORDS[self.what]}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison looked at, and found."""

    bookings: int
    events: int
    differences: tuple[Difference, ...]


def compare(session: Session, reading: Reading, *, install_id: str, now: datetime) -> Compared:
    """Compare what a reading showed with what is stored, for all that is not over."""
    sides = _Sides(session, reading, install_id, now)
    ours, theirs = tuple(sides.of_bookings()), tuple(sides.of_events())
    return Compared(len(sides.rows), len(sides.outside), (*ours, *theirs))


class _Sides:
    def __init__(self, session: Session, reading: Reading, install_id: str, now: datetime) -> None:
        self._session = session
        self._now = now
        self._link: LinkRow = reading.link
        self.stamped: dict[str, list[RemoteEvent]] = {}
        self.outside: list[RemoteEvent] = []
        for event in reading.events:
            if event.when.end <= now:
                continue
            stamp = event.stamp
            if stamp and stamp.install_id == install_id and not judging.is_copy(event):
                self.stamped.setdefault(stamp.key, []).append(event)
            else:
                self.outside.append(event)
        found = queries.push.on_link(session, self._link.id, keys=self.stamped, during=reading.window)
        self.rows = {key: row for key, row in found.items() if row.occurrence.ends_at > now or key in self.stamped}
        self._way = profiles.effective(session, self._link.space_id).way
        self._stored = queries.external.expected(session, self._link.id, during=reading.window, now=now)

    # ---------------------------------------------------------------- bookings

    def of_bookings(self) -> Iterator[Difference]:
        for key, row in self.rows.items():
            if row.state in _AT_REST:
                yield from self._of_row(row, self.stamped.get(key, []))
        known = queries.push.by_keys(self._session, self.stamped)
        for key, events in self.stamped.items():
            if key not in known:
                yield Difference(What.UNKNOWN_KEY, events[0].when)
            elif key not in self.rows:
                yield Difference(What.LEFT_BEHIND, events[0].when, known[key].booking.ref)
        forgotten = queries.reconciling.forgotten(self._session, self._link.id, now=self._now)
        for occurrence in forgotten if self._way.writes else ():
            yield Difference(What.UNWRITTEN, occurrence.when, occurrence.booking.ref)

    def _of_row(self, row: PushItem, events: list[RemoteEvent]) -> Iterator[Difference]:
        ref, when = row.occurrence.booking.ref, row.occurrence.when
        standing = [event for event in events if event.stamp and event.stamp.generation == row.generation]
        for event in events:
            if event not in standing or not row.want_present:
                yield Difference(What.LEFT_BEHIND, event.when, ref)
        if row.want_present and standing:
            yield from _of_entry(row, standing)
        elif row.want_present and self._way.writes:
            yield Difference(What.MISSING, when, ref)

    # ---------------------------------------------------------------- outside events

    def of_events(self) -> Iterator[Difference]:
        if not self._way.takes_in:  # of what others write nothing is kept here
            return
        stored: dict[str, list[ExternalEvent]] = {}
        for row in self._stored:
            stored.setdefault(row.remote_id, []).append(row)
        by_uid = Counter((row.uid, row.original_start) for row in self._stored)
        for event in self.outside:
            rows = stored.pop(event.ref.id, None)
            if rows is None and not by_uid[outside.stored_uid(event), outside.original(event)]:
                yield Difference(What.NOT_KNOWN, event.when)
            elif rows is not None and not _same_time(rows, event.when):
                yield Difference(What.OTHER_TIME, event.when)
        shown = {(outside.stored_uid(event), outside.original(event)) for event in self.outside}
        for rows in stored.values():
            if (rows[0].uid, rows[0].original_start) not in shown:
                yield Difference(What.NOT_THERE, rows[0].when)


def _of_entry(row: PushItem, standing: list[RemoteEvent]) -> Iterator[Difference]:
    ref, when = row.occurrence.booking.ref, row.occurrence.when
    if len(standing) > 1:
        yield Difference(What.TWICE, when, ref)
    if row.remote_id not in {event.ref.id for event in standing}:
        yield Difference(What.OTHER_ID, when, ref)
    elif all(event.when != when for event in standing):
        yield Difference(What.ELSEWHEN, standing[0].when, ref)


def _same_time(rows: list[ExternalEvent], when: Interval) -> bool:
    """Tell whether an event is stored as it stands; of one that is stored in pieces only what is stored counts."""
    if when.length > LONGEST_OCCURRENCE:
        return all(when.covers(row.when) for row in rows)
    return [row.when for row in rows] == [when]
