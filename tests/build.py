"""Makers: one row each, with defaults, so that a test says only what matters to it.

They add to the session and flush, so `id` is there at once; the caller commits. Rows go straight into the
tables: what a service would check, a maker does not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count

from booking.domain.intervals import Interval
from booking.domain.opening import MINUTES_A_DAY, Hours
from booking.domain.permissions import Actor, Grant, Role, Scope
from booking.domain.reconcile import BusyClass
from booking.domain.states import (
    Authority,
    BookingState,
    Channel,
    HeldReason,
    LinkState,
    OccurrenceState,
)
from booking.store.database import Session
from booking.store.models import (
    Booking,
    CalendarLink,
    Category,
    Closure,
    Conflict,
    Connection,
    ExternalEvent,
    Location,
    Occurrence,
    OpeningException,
    OpeningHours,
    Person,
    ProfileMember,
    RoleGrant,
    Space,
    SyncProfile,
    Zone,
)

#: A Friday morning, a good four months before summer time begins.
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
#: An hour of the next day.
TOMORROW_AT_TEN = Interval(datetime(2026, 11, 21, 10, 0, tzinfo=UTC), datetime(2026, 11, 21, 11, 0, tzinfo=UTC))
ALWAYS: Mapping[int, tuple[Hours, ...]] = dict.fromkeys(range(7), (Hours(0, MINUTES_A_DAY),))

#: May do everything, everywhere.
ADMINISTRATOR = Actor(name="Grace Hopper", grants=frozenset({Grant(Role.ADMINISTRATOR)}))

_numbers = count(1)


def librarian(location: Location) -> Actor:
    """Return somebody who does desk work in one location."""
    return Actor(name="Mina Okafor", grants=frozenset({Grant(Role.LIBRARIAN, Scope(location.id))}))


def manager(location: Location) -> Actor:
    """Return somebody who also looks after the settings of one location."""
    return Actor(name="Ruth Adeyemi", grants=frozenset({Grant(Role.MANAGER, Scope(location.id))}))


def location(
    session: Session,
    *,
    name: str = "",
    zone: str = "Europe/London",
    week: Mapping[int, tuple[Hours, ...]] = ALWAYS,
    is_public: bool = True,
    connection: Connection | None = None,
) -> Location:
    """Make a location, open around the clock unless `week` says otherwise."""
    number = next(_numbers)
    made = Location(
        name=name or f"Library {number}",
        slug=f"library-{number}",
        zone=zone,
        is_public=is_public,
        connection_id=connection.id if connection else None,
    )
    session.add(made)
    session.flush()
    hours(session, made, week=week)
    return made


def hours(
    session: Session, place: Location, *, space: Space | None = None, week: Mapping[int, tuple[Hours, ...]]
) -> None:
    """Give a location, or one of its spaces, an ordinary week."""
    session.add_all(
        OpeningHours(
            location_id=place.id,
            space_id=space.id if space else None,
            weekday=weekday,
            opens_minute=each.opens_minute,
            closes_minute=each.closes_minute,
        )
        for weekday, spans in week.items()
        for each in spans
    )
    session.flush()


def exception(
    session: Session, place: Location, day: datetime, *, opening: Hours | None = None, note: str = ""
) -> OpeningException:
    """Give a location other hours on one date; without any, it is closed that day."""
    made = OpeningException(
        location_id=place.id,
        day=day.date(),
        opens_minute=opening.opens_minute if opening else None,
        closes_minute=opening.closes_minute if opening else None,
        note=note,
    )
    session.add(made)
    session.flush()
    return made


def closure(
    session: Session, place: Location, when: Interval, *, space: Space | None = None, reason: str = "Painting work"
) -> Closure:
    """Close a location, or one of its spaces, for a while."""
    made = Closure(
        location_id=place.id,
        space_id=space.id if space else None,
        starts_at=when.start,
        ends_at=when.end,
        reason=reason,
    )
    session.add(made)
    session.flush()
    return made


def zone(session: Session, place: Location, *, name: str = "Second floor") -> Zone:
    """Make a part of a location."""
    made = Zone(location_id=place.id, name=name)
    session.add(made)
    session.flush()
    return made


def category(
    session: Session,
    place: Location | None = None,
    *,
    name: str = "Study rooms",
    nickname_allowed: bool = False,
    **rules: int,
) -> Category:
    """Make a category, in a new location unless one is given; rules by column name, as in `lead_minutes=60`."""
    place = place or location(session)
    made = Category(
        location=place, name=name, slug=f"category-{next(_numbers)}", nickname_allowed=nickname_allowed, **rules
    )
    session.add(made)
    session.flush()
    return made


def space(session: Session, kind: Category | None = None, *, name: str = "", capacity: int = 4, **rules: int) -> Space:
    """Make a space, in a new category of a new location unless one is given; rules by column name."""
    kind = kind or category(session)
    number = next(_numbers)
    made = Space(
        category=kind,
        location=kind.location,
        name=name or f"Room {number}",
        slug=f"room-{number}",
        capacity=capacity,
        **rules,
    )
    session.add(made)
    session.flush()
    return made


def person(
    session: Session, *, first_name: str = "Ada", last_name: str = "Lovelace", email: str = "ada@example.org"
) -> Person:
    """Make somebody who books without an account."""
    made = Person(first_name=first_name, last_name=last_name, email=email, created_at=NOW)
    session.add(made)
    session.flush()
    return made


def staff(session: Session, role: Role = Role.LIBRARIAN, *, email: str = "", place: Location | None = None) -> Person:
    """Make somebody with an account, without a password that would open it."""
    address = email or f"staff-{next(_numbers)}@example.org"
    made = Person(
        first_name="Mina",
        last_name="Okafor",
        email=address,
        login=address,
        session_nonce="nonce",
        roles=[RoleGrant(role=role, location_id=place.id if place else None)],
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def booking(
    session: Session,
    where: Space | None = None,
    *times: Interval,
    patron: Person | None = None,
    title: str = "",
    nickname: str = "",
    held: HeldReason | None = None,
    ref: str = "",
) -> Booking:
    """Make a booking for these times (tomorrow at ten), confirmed unless `held` says what it waits for."""
    where = where or space(session)
    number = next(_numbers)
    made = Booking(
        ref=ref or f"TEST-{number:04}",
        secret=f"secret-{number}",
        patron=patron or person(session),
        title=title,
        nickname=nickname,
        state=BookingState.HELD if held else BookingState.CONFIRMED,
        channel=Channel.WEB,
        created_at=NOW,
        occurrences=[
            Occurrence(
                key=f"key-{number}-{piece}",
                space=where,
                starts_at=when.start,
                ends_at=when.end,
                state=OccurrenceState.HELD if held else OccurrenceState.CONFIRMED,
                held_reason=held,
                holds=True,
            )
            for piece, when in enumerate(times or (TOMORROW_AT_TEN,))
        ],
    )
    session.add(made)
    session.flush()
    return made


def connection(session: Session, *, name: str = "", server: str = "mail.example.org") -> Connection:
    """Make a connection to a calendar server. Needs an application: its password is encrypted."""
    made = Connection(
        name=name or f"Exchange {next(_numbers)}",
        server=server,
        username="svc-rooms@example.org",
        password="not-a-password",
        email="svc-rooms@example.org",
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def profile(session: Session, **said: object) -> SyncProfile:
    """Make a sync profile, given to the place of its `location_id`, `category_id` or `space_id`, if it says one."""
    place = {name: said.pop(name, None) for name in ("location_id", "category_id", "space_id")}
    made = SyncProfile(**{"name": f"Profile {next(_numbers)}", "created_at": NOW, **said})
    session.add(made)
    session.flush()
    if any(place.values()):
        session.add(ProfileMember(profile_id=made.id, **place))
        session.flush()
    return made


def link(
    session: Session,
    where: Space,
    *,
    through: Connection | None = None,
    mailbox: str = "",
    state: LinkState = LinkState.ACTIVE,
    read_at: datetime | None = NOW,
    read_until: datetime | None = datetime(2027, 6, 1, tzinfo=UTC),
) -> CalendarLink:
    """Pair a space with a mailbox; it was just read well unless `read_at` is None."""
    made = CalendarLink(
        space_id=where.id,
        connection_id=(through or connection(session)).id,
        mailbox=mailbox or f"{where.slug}@example.org",
        authority=Authority.SHARED,
        state=state,
        state_since=NOW,
        near_read_at=read_at,
        far_read_at=read_at,
        read_at=read_at,
        read_until=read_until if read_at else None,
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def outside_event(
    session: Session,
    on: CalendarLink,
    when: Interval = TOMORROW_AT_TEN,
    *,
    busy: BusyClass = BusyClass.BUSY,
    blocks: bool = True,
    private: bool = False,
    title: str = "",
    organizer: str = "",
    gone_at: datetime | None = None,
) -> ExternalEvent:
    """Put somebody else's entry into the calendar of a paired space."""
    number = next(_numbers)
    made = ExternalEvent(
        link_id=on.id,
        space_id=on.space_id,
        uid=f"uid-{number}",
        remote_id=f"item-{number}",
        starts_at=when.start,
        ends_at=when.end,
        busy=busy,
        blocks=blocks,
        private=private,
        title=title,
        organizer=organizer,
        seen_at=NOW,
        gone_at=gone_at,
    )
    session.add(made)
    session.flush()
    return made


def conflict(
    session: Session,
    on: CalendarLink,
    about: Occurrence | None = None,
    *,
    kind: str = "overlap",
    theirs: Interval | None = None,
    private: bool = False,
    remote_id: str = "",
) -> Conflict:
    """Have staff shown that somebody's entry stands over a date, at just its time unless `theirs` is given."""
    when = theirs or (about.when if about else TOMORROW_AT_TEN)
    made = Conflict(
        link_id=on.id,
        occurrence_id=about.id if about else None,
        kind=kind,
        detail="Somebody else's entry stands in the room's calendar at the time of this booking.",
        found_at=NOW,
        remote_id=remote_id,
        ours_starts_at=about.starts_at if about else None,
        ours_ends_at=about.ends_at if about else None,
        theirs_starts_at=when.start,
        theirs_ends_at=when.end,
        theirs_private=private,
    )
    session.add(made)
    session.flush()
    return made
