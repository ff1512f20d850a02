"""A university's data: 1,000 rooms and 100 rooms, four bookings a room and weekday, straight into the tables."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from booking.domain.intervals import Interval
from booking.domain.states import BookingState, Channel, OccurrenceState
from booking.store.models import Booking, Occurrence, OpeningHours, Person, Space
from tests import build

ZONE = "Europe/London"
HOURS = (9, 11, 13, 15)
MANY, FEW = 1000, 100
PATRONS = 2000
_OPENS, _CLOSES = 8 * 60, 20 * 60
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """A location that was filled."""

    slug: str
    id: int
    space_ids: tuple[int, ...]
    space_slugs: tuple[str, ...]


def places(session: Session) -> tuple[Place, Place]:
    """Make a location of 1,000 rooms and one of 100, open from eight to eight, and their patrons."""
    session.execute(
        insert(Person),
        [
            {
                "email": f"patron{number}@example.org",
                "first_name": "Pat",
                "last_name": f"Ron {number}",
                **_now(),
            }
            for number in range(PATRONS)
        ],
    )
    return _place(session, "Thousand", MANY), _place(session, "Hundred", FEW)


def _now() -> dict[str, datetime]:
    now = datetime.now(tz=ZoneInfo("UTC"))
    return {"created_at": now, "updated_at": now}


def _place(session: Session, name: str, rooms: int) -> Place:
    location = build.location(session, name=name, zone=ZONE)
    week = [
        {"location_id": location.id, "weekday": day, "opens_minute": _OPENS, "closes_minute": _CLOSES}
        for day in range(7)
    ]
    session.execute(insert(OpeningHours), week)
    for number in range(10):
        kind = build.category(session, location, name=f"Kind {number}")
        for room in range(rooms // 10):
            build.space(session, kind, name=f"{name} {number}-{room:03}", capacity=2 + room % 8)
    session.flush()
    found = session.execute(
        select(Space.id, Space.slug).where(Space.location_id == location.id).order_by(Space.id)
    ).all()
    return Place(location.slug, location.id, tuple(row.id for row in found), tuple(row.slug for row in found))


def weekdays(first: date, count: int) -> Iterator[date]:
    """Yield so many weekdays from a day on."""
    day = first
    while count:
        if day.weekday() < 5:  # noqa: PLR2004 - Saturday
            yield day
            count -= 1
        day += timedelta(days=1)


def bookings(session: Session, place: Place, days: list[date]) -> int:
    """Fill each room on each day with four bookings of an hour; return how many there are."""
    patrons = session.scalars(select(Person.id).order_by(Person.id)).all()
    made = 0
    wanted = [(space, _hour(day, hour)) for day in days for space in place.space_ids for hour in HOURS]
    for first in range(0, len(wanted), _AT_ONCE):
        part = wanted[first : first + _AT_ONCE]
        refs = [secrets.token_hex(8) for _ in part]
        secret = secrets.token_urlsafe(16)
        session.execute(
            insert(Booking),
            [
                {
                    "ref": ref,
                    "secret": secret,
                    "patron_id": patrons[(first + number) % len(patrons)],
                    "title": f"Reading group {number}",
                    "nickname": "",
                    "state": BookingState.CONFIRMED,
                    "channel": Channel.WEB,
                    **_now(),
                }
                for number, ref in enumerate(refs)
            ],
        )
        found = session.execute(select(Booking.ref, Booking.id).where(Booking.ref.in_(refs))).all()
        ids = {row.ref: row.id for row in found}
        session.execute(
            insert(Occurrence),
            [
                {
                    "key": secrets.token_hex(12),
                    "booking_id": ids[ref],
                    "space_id": space,
                    "starts_at": when.start,
                    "ends_at": when.end,
                    "state": OccurrenceState.CONFIRMED,
                    "holds": True,
                }
                for ref, (space, when) in zip(refs, part, strict=True)
            ],
        )
        made += len(part)
    return made


def _hour(day: date, hour: int) -> Interval:
    start = datetime.combine(day, time(hour), ZoneInfo(ZONE)).astimezone(ZoneInfo("UTC"))
    return Interval(start, start + timedelta(hours=1))
