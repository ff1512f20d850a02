"""The service account's own calendar: which spaces an event there is about.

People who arrange something for several rooms, or for a room without a mailbox, invite the service account too. An
event blocks each space whose mailbox is invited and each that its place names. What is asked for that is compared
and forgotten: neither who was invited nor the place of anything private is kept.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from booking.connectors.port import Concerned, Definite, EventKind, Kind, RemoteEvent
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.folders import FolderRow, Matchable
from booking.sync import calls, outside
from booking.sync.engine import Engine

#: In a place, Outlook puts this between several rooms.
BETWEEN = ";"


class Why(StrEnum):
    """Why an event is about no space of ours."""

    NO_SPACE = "no_space"  # no mailbox of ours is invited, and its place is the name of no space
    SEVERAL = "several"  # its place is the name of several spaces


@dataclass(frozen=True, slots=True)
class Match:
    """The spaces that an event is about; none, and then why."""

    spaces: frozenset[int] = frozenset()
    why: Why | None = None


def match(concerned: Concerned, spaces: Sequence[Matchable]) -> Match:
    """Return the spaces whose mailbox is invited, or whose name is the place; a name that several have counts for none.

    Of several spaces with one name, the only one in a location that uses this connection is meant.
    """
    found = {each.space_id for each in spaces if each.mailbox and each.mailbox in concerned.addresses}
    several = False
    for written in concerned.place.split(BETWEEN):
        name = _plain(written)
        named = [each for each in spaces if name and name in _names(each)]
        nearer = [each for each in named if each.connected]
        meant = nearer if len(named) > 1 and nearer else named
        if len(meant) == 1:
            found.add(meant[0].space_id)
        several = several or len(meant) > 1
    if found:
        return Match(frozenset(found))
    return Match(why=Why.SEVERAL if several else Why.NO_SPACE)


def _names(space: Matchable) -> frozenset[str]:
    name, location = _plain(space.name), _plain(space.location_name)
    return frozenset({name, f"{name}, {location}", f"{location}, {name}"})


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def digest(spaces: Iterable[Matchable]) -> str:
    """Return what changes when any event might now be about other spaces."""
    lines = (
        f"{each.space_id}\t{each.name}\t{each.location_name}\t{each.mailbox}\t{each.connected}\t{each.active}"
        for each in spaces
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def address_of(connection: ConnectionRow) -> str:
    """Return the mailbox of the service account.

    Raises:
        Definite: nobody has entered it.
    """
    known = (connection.email, connection.username)
    found = next((each.strip().lower() for each in known if "@" in each), "")
    if not found:
        words = "The e-mail address of the account is not known: enter it in the connection, then its calendar is read."
        raise Definite(Kind.PERMANENT, words)
    return found


@dataclass(slots=True)
class Matcher:
    """Matches the events of one reading; only what is new or changed is asked for."""

    engine: Engine
    folder: FolderRow
    mailbox: str
    spaces: Sequence[Matchable]
    known: Mapping[tuple[str, str], Match]  # by id and etag
    #: What unchanged events block since before our spaces changed: that they match no more was not said in Outlook.
    held: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    _series: dict[str, Match] = field(default_factory=dict)

    def of(self, event: RemoteEvent) -> Match:
        """Return which spaces an event is about.

        Raises:
            NotNow, ConnectorError: the server did not say.
        """
        key = event.ref.id, event.ref.etag
        before = self.known.get(key)
        if before is not None:
            return before
        found = self._anew(event)
        held = self.held.get(key)
        return Match(found.spaces | held) if held else found

    def _anew(self, event: RemoteEvent) -> Match:
        if event.when.end <= self.engine.now():
            return Match()  # it blocks nobody any more
        uid = event.ref.uid
        if event.kind is not EventKind.OCCURRENCE or not uid:
            return self._asked(event)
        if uid not in self._series:  # all dates of a series invite the same
            self._series[uid] = self._asked(event)
        return self._series[uid]

    def _asked(self, event: RemoteEvent) -> Match:
        connection = self.folder.connection_id
        found = calls.ask(self.engine, connection, "concerned", lambda line: line.concerned(self.mailbox, event.ref))
        if found is None:  # shown a moment ago
            raise Definite(Kind.TRANSIENT, "An entry of the account's own calendar went away while it was read.")
        return match(found, self.spaces)


def matcher(engine: Engine, folder: FolderRow, mailbox: str) -> Matcher:
    """Return what matches the events of the account's own calendar now."""
    with reading() as session:
        spaces = queries.folders.matchable(session, folder.connection_id)
        held = _held(session, folder)
        if folder.matched_with != digest(spaces):
            return Matcher(engine, folder, mailbox, spaces, {}, held)
        return Matcher(engine, folder, mailbox, spaces, _known(session, folder, held))


def _held(session: Session, folder: FolderRow) -> dict[tuple[str, str], frozenset[int]]:
    """Return which spaces each event blocks since the last reading, by its id and etag."""
    found: dict[tuple[str, str], frozenset[int]] = {}
    for row in queries.folder_events.kept(session, folder.id):
        key = (row.remote_id, row.remote_etag)
        found[key] = found.get(key, frozenset()) | {row.space_id}
    return found


def _known(
    session: Session, folder: FolderRow, held: Mapping[tuple[str, str], frozenset[int]]
) -> dict[tuple[str, str], Match]:
    """Return what the last reading found, for events that have not changed since."""
    matched = {key: Match(spaces) for key, spaces in held.items()}
    none = {
        (row.remote_id, row.remote_etag): Match(why=Why(row.why))
        for row in queries.folder_events.unmatched_models(session, folder.id)
    }
    return none | matched


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An event that is about no space."""

    event: RemoteEvent
    why: Why

    @property
    def key(self) -> tuple[str, str]:
        """Return under which UID and date it is kept."""
        return outside.stored_uid(self.event), outside.original(self.event)
