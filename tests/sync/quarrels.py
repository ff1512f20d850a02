"""Conflicts as tests make them, and as staff settle them."""

import pytest
from sqlalchemy import select

from booking.domain.permissions import SYSTEM, Actor, Grant, Role
from booking.domain.states import LinkState
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Conflict
from booking.sync import imports, settling
from booking.sync.choices import Chosen
from booking.sync.conflicts import Choice
from tests import build
from tests.sync.library import Library, at

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINA = Actor(name="Mina Okafor", grants=frozenset({Grant(Role.LIBRARIAN)}))
BEN = Actor(name="Ben Okri", grants=frozenset({Grant(Role.LIBRARIAN)}))
STRANGER = Actor(name="Stranger")


def profile(lib: Library, **what: object) -> None:
    """Give the room a profile of its own."""
    with transaction() as session:
        space_id = session.get_one(CalendarLink, lib.link_id).space_id
        build.profile(session, space_id=space_id, **what)


def conflict() -> Conflict:
    """Return the one open conflict."""
    with reading() as session:
        return session.scalars(select(Conflict).where(Conflict.resolved_at.is_(None))).one()


def all_conflicts() -> list[Conflict]:
    with reading() as session:
        return list(session.scalars(select(Conflict).order_by(Conflict.id)))


def offered(lib: Library) -> settling.Options:
    with reading() as session:
        return settling.options(session, conflict().id, lib.clock.now)


def chosen(lib: Library, choice: Choice) -> Chosen:
    """Return that choice as it is offered now."""
    return next(each.chosen for each in offered(lib).options if each.chosen.choice is choice)


def settle(lib: Library, choice: Choice, *, actor: Actor = MINA) -> settling.Settled:
    return settling.settle(lib.engine, conflict().id, chosen(lib, choice), actor=actor, now=lib.clock.now)


def overlapped(lib: Library, *, invited: bool = False, private: bool = False) -> tuple[str, str]:
    """Confirm a booking, and have somebody put an entry over it; returns the reference and the entry's id."""
    ref = lib.written(at(10, 11))
    if invited:
        theirs = lib.server.invite(
            lib.mailbox, "grace@example.org", when=at(10.5, 12), subject="Board", private=private
        )
    else:
        theirs = lib.server.put(lib.mailbox, when=at(10.5, 12), subject="Board", private=private)
    lib.pull()
    return ref, theirs


def blocked(lib: Library) -> tuple[str, str]:
    """Have a confirmed booking found blocked when it is first written; returns the reference and the entry's id."""
    with transaction() as session:
        link = session.get_one(CalendarLink, lib.link_id)
        link.state = LinkState.ENDED  # booked before the room was paired
    ref = lib.place(at(10, 11))
    theirs = lib.server.put(lib.mailbox, when=at(10.5, 12))
    with transaction() as session:
        link = session.get_one(CalendarLink, lib.link_id)
        link.state = LinkState.ACTIVE
    lib.pull()
    imports.run(lib.engine, lib.link_id, actor=SYSTEM, now=lib.clock.now)
    lib.push()
    return ref, theirs
