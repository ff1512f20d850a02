"""Places of the sample: two locations, three categories, twelve spaces, with hours and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.cli.sample.moments import LONDON, NEW_YORK, Day, Slot
from booking.domain.opening import Hours
from booking.domain.permissions import SYSTEM
from booking.domain.rules import OwnRules
from booking.services import opening, places
from booking.services.places import NO_RULES, CategoryDraft, LocationDraft, SpaceDraft, ZoneDraft
from booking.store import queries
from booking.store.database import Session

NAME = "Wexcombe Libraries"

Week = Mapping[int, tuple[Hours, ...]]


@dataclass(frozen=True, slots=True)
class SampleLocation:
    """A location; its slug is made of its name."""

    slug: str
    name: str
    zone: str
    address: str
    phone: str
    contact: str
    email: str
    floors: tuple[str, ...]
    week: Week


@dataclass(frozen=True, slots=True)
class SampleCategory:
    """Spaces of one kind."""

    location: str
    slug: str
    name: str
    description: str
    rules: OwnRules
    nickname_allowed: bool = False


@dataclass(frozen=True, slots=True)
class SampleSpace:
    """A space; `zone` is its location's."""

    slug: str
    name: str
    category: str
    zone: str
    floor: str
    capacity: int
    description: str
    directions: str
    accessible: bool = False
    powered: bool = True
    rules: OwnRules = NO_RULES
    week: Week | None = None


def _hours(*spans: tuple[float, float]) -> tuple[Hours, ...]:
    return tuple(Hours(round(opens * 60), round(closes * 60)) for opens, closes in spans)


_LONG_DAYS, _SHORT_DAY = _hours((9, 20)), _hours((10, 17))
CENTRAL_WEEK: Week = dict.fromkeys(range(Day.SAT), _LONG_DAYS) | {Day.FRI: _hours((9, 18)), Day.SAT: _SHORT_DAY}
#: Closed at lunchtime on Saturdays; nobody is there on Sundays.
HARBOUR_WEEK: Week = dict.fromkeys(range(Day.SAT), _hours((10, 19))) | {Day.SAT: _hours((10, 13), (14, 17))}
ROUND_THE_CLOCK: Week = dict.fromkeys(range(7), _hours((0, 24)))
#: Concerts: on Fridays and Saturdays until one in the morning.
LATE_WEEK: Week = dict.fromkeys(range(Day.FRI), _hours((10, 22))) | {
    Day.FRI: _hours((10, 25)),
    Day.SAT: _hours((10, 25)),
}

LOCATIONS = (
    SampleLocation(
        slug="central-library",
        name="Central Library",
        zone=LONDON,
        address="1 Market Square\nWexcombe WX1 1AA",
        phone="01632 960 100",
        contact="Enquiry desk",
        email="central@wexcombe.example",
        floors=("Ground floor", "First floor", "Second floor"),
        week=CENTRAL_WEEK,
    ),
    SampleLocation(
        slug="harbour-branch",
        name="Harbour Branch",
        zone=NEW_YORK,
        address="12 Pier Road\nPort Wexcombe, NY 11901",
        phone="+1 555 0142",
        contact="Harbour desk",
        email="harbour@wexcombe.example",
        floors=("Waterside", "Upper deck"),
        week=HARBOUR_WEEK,
    ),
)

CATEGORIES = (
    SampleCategory(
        location="central-library",
        slug="study-rooms",
        name="Study rooms",
        description="Quiet rooms for one person or a small group.",
        rules=OwnRules(longest_minutes=180, window_days=28),
    ),
    SampleCategory(
        location="central-library",
        slug="studios",
        name="Studios",
        description="Rooms to make things in: please leave them as you found them.",
        rules=OwnRules(shortest_minutes=60, longest_minutes=240, window_days=60),
        nickname_allowed=True,
    ),
    SampleCategory(
        location="harbour-branch",
        slug="meeting-rooms",
        name="Meeting rooms",
        description="For clubs, classes and meetings by the water.",
        rules=OwnRules(longest_minutes=360, window_days=90),
    ),
)

SPACES = (
    SampleSpace(
        "study-room-1",
        "Study Room 1",
        "study-rooms",
        LONDON,
        "First floor",
        4,
        "Table for four, whiteboard, daylight.",
        "Up the main stairs, first door on the left.",
        accessible=True,
    ),
    SampleSpace(
        "study-room-2",
        "Study Room 2",
        "study-rooms",
        LONDON,
        "First floor",
        4,
        "Table for four and a screen.",
        "Up the main stairs, second door on the left.",
        accessible=True,
    ),
    SampleSpace(
        "study-room-3",
        "Study Room 3",
        "study-rooms",
        LONDON,
        "Second floor",
        6,
        "Table for six, screen with camera.",
        "Lift to the second floor, then right.",
        accessible=True,
    ),
    SampleSpace(
        "quiet-pod",
        "Quiet Pod",
        "study-rooms",
        LONDON,
        "Second floor",
        1,
        "A desk behind glass for one person: calls, interviews, deep work.",
        "Second floor, beside the atlases.",
        rules=OwnRules(longest_minutes=120),
    ),
    SampleSpace(
        "night-study-room",
        "Night Study Room",
        "study-rooms",
        LONDON,
        "Ground floor",
        8,
        "Open day and night, with a door to the street.",
        "Side entrance in Mill Lane; your card opens it.",
        accessible=True,
        week=ROUND_THE_CLOCK,
    ),
    SampleSpace(
        "recording-studio",
        "Recording Studio",
        "studios",
        LONDON,
        "Ground floor",
        5,
        "Sound-proofed, four microphones, mixing desk.",
        "Ground floor, past the café.",
        rules=OwnRules(step_minutes=60, padding_after_minutes=30),
    ),
    SampleSpace(
        "maker-space",
        "Maker Space",
        "studios",
        LONDON,
        "Ground floor",
        12,
        "3D printers, sewing machines, a big bench.",
        "Ground floor, the glass doors at the back.",
        accessible=True,
    ),
    SampleSpace(
        "media-lab",
        "Media Lab",
        "studios",
        LONDON,
        "First floor",
        10,
        "Ten workstations for film and sound.",
        "First floor, opposite the lift.",
        accessible=True,
    ),
    SampleSpace(
        "harbour-room",
        "Harbour Room",
        "meeting-rooms",
        NEW_YORK,
        "Waterside",
        20,
        "A bright room with a view over the boats; projector.",
        "Straight ahead from the entrance.",
        accessible=True,
    ),
    SampleSpace(
        "lighthouse-room",
        "Lighthouse Room",
        "meeting-rooms",
        NEW_YORK,
        "Upper deck",
        10,
        "Round table for ten.",
        "Up the spiral stairs; no lift.",
    ),
    SampleSpace(
        "crows-nest",
        "Crow's Nest",
        "meeting-rooms",
        NEW_YORK,
        "Upper deck",
        4,
        "Four armchairs and quiet.",
        "Upper deck, at the very end.",
        powered=False,
    ),
    SampleSpace(
        "boat-shed",
        "Boat Shed",
        "meeting-rooms",
        NEW_YORK,
        "Waterside",
        40,
        "A hall for readings and concerts, late at weekends.",
        "Across the yard.",
        accessible=True,
        week=LATE_WEEK,
    ),
)


def space(slug: str) -> SampleSpace:
    """Return the space with that slug."""
    return next(each for each in SPACES if each.slug == slug)


def build(session: Session, *, monday: date, now: datetime) -> None:
    """Make every place that is not there yet."""
    for number, location in enumerate(LOCATIONS):
        if queries.places.location_by_slug(session, location.slug) is None:
            _build_location(session, location, position=number, monday=monday, now=now)


def _build_location(session: Session, location: SampleLocation, *, position: int, monday: date, now: datetime) -> None:
    made = places.save_location(
        session,
        LocationDraft(
            name=location.name,
            slug=location.slug,
            zone=location.zone,
            address=location.address,
            phone=location.phone,
            contact_name=location.contact,
            contact_email=location.email,
            position=position,
        ),
        actor=SYSTEM,
        now=now,
    )
    floors = {
        floor: places.save_zone(session, ZoneDraft(made.id, floor, position=number), actor=SYSTEM, now=now).id
        for number, floor in enumerate(location.floors)
    }
    opening.set_week(session, made.id, None, location.week, actor=SYSTEM, now=now)
    _close_for_stock_taking(session, made.id, location.zone, monday=monday, now=now)
    for number, category in enumerate(CATEGORIES):
        if category.location == location.slug:
            _build_category(session, category, made.id, floors, position=number, now=now)


def _build_category(
    session: Session,
    category: SampleCategory,
    location_id: int,
    floors: Mapping[str, int],
    *,
    position: int,
    now: datetime,
) -> None:
    made = places.save_category(
        session,
        CategoryDraft(
            location_id=location_id,
            name=category.name,
            slug=category.slug,
            description=category.description,
            nickname_allowed=category.nickname_allowed,
            own=category.rules,
            position=position,
        ),
        actor=SYSTEM,
        now=now,
    )
    for number, each in enumerate(SPACES):
        if each.category == category.slug:
            _build_space(session, each, made.id, location_id, floors, position=number, now=now)


def _build_space(
    session: Session,
    space: SampleSpace,
    category_id: int,
    location_id: int,
    floors: Mapping[str, int],
    *,
    position: int,
    now: datetime,
) -> None:
    made = places.save_space(
        session,
        SpaceDraft(
            category_id=category_id,
            name=space.name,
            slug=space.slug,
            capacity=space.capacity,
            description=space.description,
            directions=space.directions,
            accessible=space.accessible,
            powered=space.powered,
            zone_id=floors[space.floor],
            own=space.rules,
            position=position,
        ),
        actor=SYSTEM,
        now=now,
    )
    if space.week is not None:
        opening.set_week(session, location_id, made.id, space.week, actor=SYSTEM, now=now)


def _close_for_stock_taking(session: Session, location_id: int, zone: str, *, monday: date, now: datetime) -> None:
    """Close the location for a morning in three weeks, so that a closed time can be seen too."""
    when = Slot(Day.TUE, "00:00", 13).in_week(monday + timedelta(weeks=3), zone)
    opening.add_closure(
        session, location_id, None, start=when.start, end=when.end, reason="Stock-taking", actor=SYSTEM, now=now
    )
