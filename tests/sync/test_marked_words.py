"""Words that only Outlook knows stay there: nothing that we keep, write, say or show has them.

Marked words stand in title, text, place, organiser and attendees of every kind of entry, in two rooms: one whose
profile asks for nothing, and one whose profile asks for titles and organisers. They are then looked for in all that
the installation left behind, after an ordinary day and after faults in the middle of reading.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import MetaData, create_engine, select, text

from booking import clock
from booking.app import create_app
from booking.config import Settings
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY, Role
from booking.http import logs
from booking.sandbox.exchange import ExchangeSandbox
from booking.scheduler import application, tasks
from booking.services import bookings, people
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import db, transaction
from booking.store.models import CalendarLink
from booking.sync import alerts
from tests import build
from tests.cli.house import ACCOUNT, PASSWORD, House, address, furnished, tomorrow
from tests.support.pages import Visitor

QUIET, CURIOUS = "lab", "nest"
STAFF, STAFF_PASSWORD = "chief@example.org", "a staff pass phrase"
OWN_TITLE, OWN_NAME = "zqxownzqx", "Zqxpatronzqx"
MARK = re.compile(rb"zqx[a-z0-9]+?zqx", re.IGNORECASE)
WHAT = ("title", "body", "place", "organizer", "attendee")
KINDS = (
    "ordinary",
    "private",
    "tentative",
    "series",
    "privateseries",
    "allday",
    "cancelled",
    "meeting",
    "privatemeeting",
)


def mark(room: str, kind: str, what: str) -> str:
    return f"zqx{room}{kind}{what}zqx"


@dataclass
class Site:
    """An installation in which things happened, and all that it left behind, by where it was found."""

    house: House
    app: Flask
    log: Path
    said: dict[str, bytes] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def runs(self, *arguments: str) -> None:
        """Run `booking`, and keep what it said, with the traceback if it had one."""
        answer = self.house.runs(*arguments)
        fault = "".join(traceback.format_exception(answer.exception)) if answer.exception else ""
        self.said[f"booking {' '.join(arguments)}"] = (answer.output + fault).encode()

    def works(self) -> None:
        """Let everything that runs by itself run once."""
        context = application.context(self.app)
        for task in tasks.table(context.engine):
            application.do(self.app, task.name, partial(task.run, context), is_ending=lambda: False)

    def shows(self, who: str, visitor: Visitor) -> None:
        """Open every page there is, with the day and the moment of the entries."""
        day = clock.now().date() + timedelta(days=1)
        with self.app.app_context(), transaction() as session:
            space = {name: queries.places.space_by_slug(session, name) for name in (QUIET, CURIOUS)}
        for name, row in space.items():
            assert row is not None
            seen = {each for each in self.said if each.startswith(who)}
            known = {"category": "central-rooms", "space_id": str(row.id), "day": day.isoformat(), "name": "x.png"}
            for rule in self.app.url_map.iter_rules():
                if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
                    continue
                place = row.location_slug if "/locations/" in rule.rule else name
                values = {each: known.get(each, "1") for each in rule.arguments} | {"slug": place}
                url = self.app.url_map.bind("localhost").build(rule.endpoint, {k: values[k] for k in rule.arguments})
                if f"{who} {url}" not in seen:
                    answer = visitor.client.get(
                        f"{url}?date={day}&time=10:30&from=10:00&to=11:00&start=10:00&end=11:00"
                    )
                    self.said[f"{who} {url}"] = answer.data + str(answer.headers).encode()
                    answer.close()

    def kept(self) -> dict[str, bytes]:
        """Return what stands in the database, and in every file of the installation and beside it."""
        found = {str(path): path.read_bytes() for path in self.house.settings.instance.rglob("*") if path.is_file()}
        if not self.house.settings.database_url.startswith("sqlite"):
            found["database"] = self._dumped()
        return found

    def _dumped(self) -> bytes:
        engine = create_engine(self.house.settings.database_url)
        tables = MetaData()
        tables.reflect(engine)
        assert len(tables.tables) > 20
        with engine.connect() as connection:
            rows = [str(tuple(row)) for table in tables.sorted_tables for row in connection.execute(select(table))]
        engine.dispose()
        return "\n".join(rows).encode()


def plant(exchange: ExchangeSandbox, room: str) -> None:
    """Put one entry of each kind into a room's calendar, each of its words marked with what it is."""
    for number, kind in enumerate(KINDS):
        when = _when(number, kind)
        person, guest = (
            f"{mark(room, kind, 'organizer')}@library.example",
            f"{mark(room, kind, 'attendee')}@library.example",
        )
        exchange.add_user(person, mark(room, kind, "organizer"))
        exchange.add_user(guest, mark(room, kind, "attendee"))
        words: dict[str, Any] = {
            "subject": mark(room, kind, "title"),
            "body": mark(room, kind, "body"),
            "location": mark(room, kind, "place"),
            "private": kind.startswith("private"),
        }
        if "meeting" in kind or kind == "cancelled":
            made = exchange.invite(person, rooms=[address(room), guest], start=when.start, end=when.end, **words)
            exchange.process_now()
            if kind == "cancelled":
                exchange.delete(person, made)
            continue
        exchange.add_event(
            address(room),
            start=when.start,
            end=when.end,
            attendees=[guest],
            busy="Tentative" if kind == "tentative" else "Busy",
            all_day=kind == "allday",
            repeat="daily" if "series" in kind else None,
            **words,
        )
    exchange.process_now()


def _when(number: int, kind: str) -> Interval:
    """Return an hour of tomorrow for each; a whole day is another one, as nothing else would have room beside it."""
    hour = tomorrow(8 + number)
    return Interval(hour.start + timedelta(days=3), hour.end + timedelta(days=3)) if kind == "allday" else hour


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Give a log in which all is kept that we and the libraries say, from the least important on."""
    root, ours = logging.getLogger(), logging.getLogger(logs.OURS)
    levels = {each: each.level for each in (root, ours)}  # another test of this process may have asked for less
    handlers = [logs.handler(str(tmp_path / f"{each}.log"), log_format=each, secrets=()) for each in ("text", "json")]
    for handler in handlers:
        root.addHandler(handler)
    for each in levels:
        each.setLevel(logging.DEBUG)
    yield tmp_path
    for each, level in levels.items():
        each.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture
def site(settings: Settings, log: Path) -> Iterator[Site]:
    """Give a library whose two rooms are full of marked words, read once, with a booking of ours in each."""
    with ExchangeSandbox() as exchange:
        house = furnished(settings, exchange)
        for room in (QUIET, CURIOUS):
            exchange_room(exchange, room)
            plant(exchange, room)
        house.paired(QUIET, CURIOUS)
        app = create_app(house.settings)
        made = Site(house, app, log)
        with app.app_context():
            _furnish(made)
        yield made
        with app.app_context():
            db.engine.dispose()


def exchange_room(exchange: ExchangeSandbox, room: str) -> None:
    """Have the room keep titles and texts of meetings: the harder case."""
    exchange.add_room(
        address(room),
        room,
        delete_subject=False,
        add_organizer_to_subject=False,
        delete_comments=False,
        remove_private_property=False,
    )
    exchange.grant(ACCOUNT, address(room), "impersonate")


def _furnish(site: Site) -> None:
    with transaction() as session:
        people.add_staff(
            session,
            email=STAFF,
            first_name="Grace",
            last_name="Hopper",
            password=STAFF_PASSWORD,
            role=Role.ADMINISTRATOR,
            location_id=None,
            now=clock.now(),
        )
        for name in (QUIET, CURIOUS):
            space = queries.places.space_by_slug(session, name)
            assert space is not None
            if name == CURIOUS:
                build.profile(
                    session, space_id=space.id, keep_titles=True, keep_organizers=True, show_private_rows=True
                )
            patron = Patron("Ada", OWN_NAME, "ada@example.org")
            wish = Wish(space.id, (tomorrow(20), tomorrow(21)), patron, title=OWN_TITLE)
            site.secrets.append(bookings.place(session, wish, actor=NOBODY, now=clock.now()).secret)


def _overlap(site: Site) -> None:
    """Let somebody in Outlook book over a booking of ours, in private and not: a conflict each."""
    for room in (QUIET, CURIOUS):
        for hour, kind in ((20, "ordinary"), (21, "private")):
            when = tomorrow(hour)
            words: dict[str, Any] = {
                "subject": mark(room, kind, "title"),
                "body": mark(room, kind, "body"),
                "private": kind == "private",
            }
            site.house.exchange.add_event(address(room), start=when.start, end=when.end, **words)


def _commands(site: Site) -> None:
    """Ask all that can be asked about sync at the command line."""
    for room in (QUIET, CURIOUS):
        for number in (0, 1):
            site.runs("sync", "why", room, tomorrow(8 + number).start.isoformat())
    site.runs("sync", "why", CURIOUS, tomorrow(9).start.isoformat(), "--json")
    site.runs("sync", "run", "--all")
    for command in ("status", "errors", "reconcile"):
        everything = ["--all"] if command == "reconcile" else []
        site.runs("sync", command, *everything)
        site.runs("sync", command, *everything, "--json")


def _faults(site: Site) -> None:
    """Let reading fail in every way there is: at the server, on the way, and with the items already in our hands."""
    exchange = site.house.exchange
    for knobs in ({"garble": True}, {"status": 500}):
        exchange.fault(operation="FindItem", **knobs)
        exchange.fault(operation="GetUserAvailability", **knobs)
        site.works()
        exchange.clear_faults()
    with site.app.app_context(), transaction() as session:
        for link in session.query(CalendarLink):
            link.look_at, link.next_read_at, link.near_digest, link.far_digest = clock.now(), None, "", ""
    with site.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE external_event RENAME TO mislaid"))
    site.works()
    site.runs("sync", "run", "--all")
    site.shows("nobody, broken", Visitor(site.app.test_client()))
    with site.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE mislaid RENAME TO external_event"))


def _asked_for(room: str) -> set[bytes]:
    """Return the words that the profile of a room asks for: titles and organisers of what is not private."""
    wanted = [kind for kind in KINDS if not kind.startswith("private")]
    return {mark(room, kind, what).encode() for kind in wanted for what in ("title", "organizer")}


def _found(places: dict[str, bytes]) -> dict[str, set[bytes]]:
    """Return the marked words by where they stand."""
    found = {where: {each.lower() for each in MARK.findall(said)} for where, said in places.items()}
    return {where: words for where, words in found.items() if words}


class TestMarkedWords:
    def test_stay_in_outlook(self, site: Site) -> None:
        own = {OWN_TITLE.encode(), OWN_NAME.lower().encode()}
        staff = Visitor(site.app.test_client())
        site.runs("sync", "run", "--all")
        _overlap(site)
        _commands(site)
        site.works()
        assert staff.signs_in(STAFF, STAFF_PASSWORD).status_code == 303
        site.shows("staff", staff)
        site.shows("nobody", Visitor(site.app.test_client()))
        _faults(site)
        with site.app.app_context():
            alerts.look(site.app.extensions["booking"].engine)
        site.said["metrics"] = site.app.test_client().get("/metrics").data
        site.works()
        kept = site.kept()
        logged = {path.name: path.read_bytes() for path in site.log.glob("*.log")}

        everywhere = {**site.said, **kept, **logged}
        wrong = {where: words - own - _asked_for(CURIOUS) for where, words in _found(everywhere).items()}

        seen = sorted(f"{where}: {word!r}" for where, words in wrong.items() for word in words)
        assert seen == []
        self._the_test_has_seen_something(site, kept, logged)
        self._logs_and_numbers_know_nobody(site, logged)
        self._secrets_are_kept(site, kept, logged)

    def _the_test_has_seen_something(self, site: Site, kept: dict[str, bytes], logged: dict[str, bytes]) -> None:
        """Words that were asked for do stand there, else nothing else would show anything."""
        assert any(_asked_for(CURIOUS) & words for words in _found(kept).values())
        assert any(
            _asked_for(CURIOUS) & words for where, words in _found(site.said).items() if where.startswith("staff")
        )
        assert all(len(text) > 1000 for text in logged.values())
        assert b"failed: OperationalError" in logged["text.log"] or b"failed: ProgrammingError" in logged["text.log"]
        assert len([where for where in site.said if where.startswith("staff")]) > 40
        assert all(isinstance(json.loads(line), dict) for line in logged["json.log"].splitlines())

    def _logs_and_numbers_know_nobody(self, site: Site, logged: dict[str, bytes]) -> None:
        """Not even what is asked for, and not our own titles and patrons."""
        told = {"metrics": site.said["metrics"], **logged}
        told |= {
            where: said
            for where, said in site.said.items()
            if where.startswith("booking sync") and " why " not in where
        }
        told |= {where: said for where, said in site.said.items() if where.startswith("nobody")}

        assert _found(told) == {}

    def _secrets_are_kept(self, site: Site, kept: dict[str, bytes], logged: dict[str, bytes]) -> None:
        """Passwords stand nowhere; the secret of a booking only where the booking's own link is sent from."""
        for where, said in {**site.said, **kept, **logged}.items():
            assert PASSWORD.encode() not in said, where
            assert STAFF_PASSWORD.encode() not in said, where
        for where, said in {**site.said, **logged}.items():
            if not where.startswith("staff /admin/messages/"):  # where no mail goes out, staff hand messages over
                assert not [secret for secret in site.secrets if secret.encode() in said], where
