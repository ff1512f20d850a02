"""A file of `booking apply` against the database of a test, without a process of its own."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from booking.cli.applying import reading, secrets, showing, whole
from booking.cli.applying.mistakes import Mistake
from booking.cli.applying.plan import Plan
from booking.cli.applying.whole import Todo
from tests.build import NOW

#: One room with everything around it.
SMALL = """\
[connections.exchange]
server = "mail.library.example"
username = "booking@library.example"
password = "env:EXCHANGE"

[locations.central]
name = "Central Library"
time_zone = "Europe/London"
connection = "exchange"
zones = ["Ground floor", "First floor"]

[locations.central.hours]
monday-friday = "09:00-17:00"
saturday = "10:00-14:00"

[locations.central.categories.rooms]
name = "Study rooms"
rules = { longest = "3 h" }

[locations.central.categories.rooms.spaces]
room-1 = { name = "Room 1", zone = "First floor", capacity = 4 }
"""
ENVIRON = {"EXCHANGE": "correct horse", "LINES": "correct\nhorse"}


def applied(text: str, *, environ: Mapping[str, str] = ENVIRON, now: datetime = NOW) -> tuple[Plan, Todo]:
    """Apply what asks no server; a mistake fails the test."""
    said, mistakes = reading.read(text)
    found = whole.keep(said, mistakes, partial(secrets.read, variable=environ.get, folder=Path("/nowhere")), now=now)
    assert mistakes.in_order() == ()
    return found


def checked(text: str, *, now: datetime = NOW) -> Plan:
    """Compare only; a mistake fails the test."""
    plan, mistakes = _checked(text, now)
    assert mistakes == ()
    return plan


def mistakes_in(text: str) -> tuple[Mistake, ...]:
    """Return all that is wrong in a file, with the database asked too."""
    return _checked(text, NOW)[1]


def differences(text: str) -> list[str]:
    """Return the plan as it is printed, without what is not in the file."""
    return [showing.change(each) for each in checked(text).changes]


def _checked(text: str, now: datetime) -> tuple[Plan, tuple[Mistake, ...]]:
    said, mistakes = reading.read(text)
    plan = whole.check(said, mistakes, partial(secrets.read, variable=ENVIRON.get, folder=Path("/nowhere")), now=now)
    return plan, mistakes.in_order()
