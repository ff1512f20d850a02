"""A library beside which public folders stand: what staff do with them, and what follows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from booking.domain import availability
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Alert, ExternalEvent, Space
from booking.store.queries.folders import FolderRow
from booking.store.queries.trees import TreeRow
from booking.sync import alerts, folder_reading, folders, ticking, why
from booking.sync.front import Front
from booking.sync.ticking import Chosen
from tests import build
from tests.sync.library import Library

#: The account that signs in, in the library of `library.py`; its own calendar stands under this address.
ACCOUNT = "svc@library.example"


@dataclass
class Shelves:
    """Folders, and the space that they may block: one without a mailbox."""

    lib: Library
    space_id: int

    def look(self, mailbox: str = "") -> TreeRow:
        """Have a tree read, as the button does."""
        with transaction() as session:
            tree = folders.ask_for_tree(
                session, self.lib.connection_id, mailbox=mailbox, actor=build.ADMINISTRATOR, now=self.lib.clock.now
            )
        folders.read_due(self.lib.engine)
        with reading() as session:
            return folders.progress(session, tree)

    def rows(self) -> tuple[FolderRow, ...]:
        with reading() as session:
            return queries.folders.rows(session, self.lib.connection_id)

    def row(self, name: str) -> FolderRow:
        return next(each for each in self.rows() if each.path[-1] == name)

    def choose(self, name: str, space_id: int | None, *, seen: bool = False) -> Chosen:
        folder = self.row(name)
        return ticking.choose(
            self.lib.engine,
            self.lib.connection_id,
            {folder.id: space_id},
            agreed={folder.id} if seen else (),
            actor=build.ADMINISTRATOR,
            now=self.lib.clock.now,
        )

    def ticked(self, *path: str) -> str:
        """A public folder that blocks the space; returns its address for whoever writes into it."""
        address = self.lib.server.add_folder("", *path)
        self.look()
        self.choose(path[-1], self.space_id)
        return address

    def beat(self, seconds: float = 61) -> None:
        """Let time pass, and do all that is due."""
        self.lib.clock.turn(seconds=seconds)
        ticking.go_on(self.lib.engine)
        folder_reading.read_due(self.lib.engine)

    def own(self) -> FolderRow:
        with reading() as session:
            found = queries.folders.own(session, self.lib.connection_id)
        assert found is not None
        return found

    def read_own(self) -> None:
        ticking.read_own(self.lib.connection_id, actor=build.ADMINISTRATOR, now=self.lib.clock.now)
        self.beat()

    def leave_own(self, *, seen: bool = False) -> Chosen:
        return ticking.leave_own(
            self.lib.engine,
            self.lib.connection_id,
            agreed={ticking.OWN} if seen else (),
            actor=build.ADMINISTRATOR,
            now=self.lib.clock.now,
        )

    def events(self, space_id: int | None = None) -> list[ExternalEvent]:
        """Return what is stored and not gone, by start."""
        with reading() as session:
            query = select(ExternalEvent).where(ExternalEvent.gone_at.is_(None)).order_by(ExternalEvent.starts_at)
            return [each for each in session.scalars(query) if space_id in {None, each.space_id}]

    def blocked(self, space_id: int | None = None) -> list[Interval]:
        return [each.when for each in self.events(space_id or self.space_id) if each.blocks]

    def unmatched(self) -> list[tuple[str, str]]:
        """Return place and reason of what is about no space."""
        own = self.own()
        with reading() as session:
            found = queries.folder_events.unmatched(session, own.id, now=self.lib.clock.now)
        return [(each.place, each.why) for each in found]

    def is_certain(self, when: Interval) -> bool:
        """Tell whether free time of the space may be called free."""
        cadence = self.lib.engine.timing.cadence
        now = self.lib.clock.now
        with reading() as session:
            known = queries.free.freshness(session, [self.space_id]).get(self.space_id)
            place = queries.places.space(session, self.space_id)
            assert place is not None
            vacant = queries.vacancies.spaces(
                session, location_id=place.location_id, zone=place.zone, when=when, now=now, cadence=cadence
            )
        certain = not availability.unsure_times(known, when, now=now, cadence=cadence)
        assert [each.certain for each in vacant if each.space_id == self.space_id] == [certain]
        return certain

    def why(self, moment: datetime) -> str:
        """Return the words for why the space is as it is at a moment."""
        with reading() as session:
            place = queries.places.space(session, self.space_id)
            assert place is not None
            found = why.why(session, place, moment, now=self.lib.clock.now, cadence=self.lib.engine.timing.cadence)
        return found.reasons[0].words

    def alerts(self) -> list[str]:
        """Look for what is wrong for long enough, and return the words about folders."""
        alerts.look(self.lib.engine)
        with reading() as session:
            query = select(Alert).where(Alert.resolved_at.is_(None), Alert.code == "folder")
            return [each.words for each in session.scalars(query)]

    def books(self, when: Interval) -> str:
        """Book the space as a page does."""
        wish = Wish(self.space_id, (when,), Patron("Ada", "Lovelace", "ada@example.org"))
        return Front(self.lib.engine).place(wish, actor=NOBODY, now=self.lib.clock.now).ref

    def named(self, space_id: int, name: str) -> None:
        with transaction() as session:
            session.get_one(Space, space_id).name = name


def shelves(lib: Library) -> Shelves:
    """Return the folders of a library; the account's own mailbox is there, and a space without one."""
    lib.server.add_room(ACCOUNT, "Service", kind="mailbox")
    with transaction() as session:
        connection = queries.connections.lock(session, lib.connection_id)
        connection.email = ACCOUNT
        space = build.space(session, name="Bookmobile")
        return Shelves(lib, space.id)
