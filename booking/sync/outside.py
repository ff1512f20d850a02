"""What others put into a room's calendar: stored as times that block, with no more detail than staff asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from booking.connectors.port import RemoteEvent, RemotePerson
from booking.domain import titles
from booking.domain.intervals import Interval, pieces
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.services.profiles import EffectiveProfile
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, ExternalEvent
from booking.sync import outsiders
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


@dataclass(frozen=True, slots=True)
class Source:
    """Whose time events take, and where they come from: a pairing's mailbox, or a folder."""

    space_id: int
    link_id: int | None = None
    folder_id: int | None = None
    mailbox: str = ""
    mailbox_name: str = ""
    connection_id: int | None = None

    def known(self, session: Session, during: Interval, uids: frozenset[str]) -> tuple[ExternalEvent, ...]:
        """Return what is stored of it in a window, and under these UIDs; gone ones too."""
        if self.link_id is not None:
            return queries.external.known(session, self.link_id, during=during, uids=uids)
        return queries.folder_events.known(session, self.folder_id, self.space_id, during=during, uids=uids)


@dataclass(slots=True)
class Outside:
    """The outside events of one link, or of one folder for one space, while a reading is taken in."""

    session: Session
    home: CalendarLink | Source
    profile: EffectiveProfile
    now: datetime
    blocking: list[RemoteEvent] = field(default_factory=list)
    changes: int = 0
    _stored: dict[Key, list[ExternalEvent]] = field(default_factory=dict)
    _keys: dict[str, Key] = field(default_factory=dict)  # by the id of what is stored under it
    _kept: set[Key] = field(default_factory=set)
    _window: Interval | None = None
    _shown: frozenset[str] = frozenset()
    _names: dict[str, str] = field(default_factory=dict)  # who made what was known before this reading, by UID
    _since: datetime = field(init=False)  # what ended before stays out

    def __post_init__(self) -> None:
        """Find out from when on items are synced here."""
        self._since = queries.profiles.begins(self.session, self.source.space_id, now=self.now)

    @property
    def source(self) -> Source:
        """Return where the events come from."""
        home = self.home
        if isinstance(home, Source):
            return home
        return Source(
            home.space_id,
            link_id=home.id,
            mailbox=home.mailbox,
            mailbox_name=home.mailbox_name,
            connection_id=home.connection_id,
        )

    def load(self, window: Interval, *, uids: frozenset[str], shown: frozenset[str] = frozenset()) -> None:
        """Fetch what is known of a window and of these UIDs, in one go; `shown` are the ids of all that it shows."""
        self._window, self._shown = window, shown
        for row in self.source.known(self.session, window, uids):
            key = (row.uid, row.original_start)
            self._stored.setdefault(key, []).append(row)
            self._keys[row.remote_id] = key
            self._names[row.uid] = self._names.get(row.uid) or row.organizer

    def keep(self, event: RemoteEvent) -> None:
        """Store an event as it stands now."""
        key = self._key(event)
        self._kept.add(key)
        if event.when.end < self._since and key not in self._stored:
            return  # it ended before the window begins; what is known already is followed, for it may have moved
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
        today, first = (datetime.combine(each.astimezone(UTC).date(), time(), UTC) for each in (self.now, self._since))
        part = when.clipped(Interval(min(today, first) - _BACK, today + _AHEAD))
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
        if row is None:  # of what was here before nobody learns more by asking for names later
            name = self._names[key[0]] if key[0] in self._names else self._made_by(event)
            row = ExternalEvent(
                organizer=name,
                link_id=self.source.link_id,
                folder_id=self.source.folder_id,
                space_id=self.source.space_id,
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
        row.organizer = row.organizer if open_book and self.profile.keep_organizers else ""
        row.seen_at, row.gone_at, row.missing_since = self.now, None, None

    def _made_by(self, event: RemoteEvent) -> str:
        """Return who made an event, by name alone: of one in the room's own name, who had it in hand last.

        With a password, no e-mail address is ever shown: a name that is one stays out.
        """
        person = event.organizer
        if person is None or self._is_the_room(person):
            return titles.without_addresses(event.last_modified_by)[:200]
        name = titles.without_addresses(person.name)
        shown = bool(name) and self.profile.keep_organizers
        marked = shown and outsiders.is_one(self.session, self.source.connection_id, person.address)
        return f"{name[: 200 - len(outsiders.MARK)]}{outsiders.MARK}" if marked else name[:200]

    def _is_the_room(self, person: RemotePerson) -> bool:
        """Tell whether that is the mailbox itself; inside a house a server may give its name alone."""
        if person.address:
            return person.address.lower() == self.source.mailbox
        return bool(person.name) and person.name.casefold() == self.source.mailbox_name.casefold()

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
