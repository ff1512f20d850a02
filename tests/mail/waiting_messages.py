"""A booking with messages that wait, as makers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from booking.domain.states import BookingState, Channel, OccurrenceState
from booking.store.database import reading, transaction
from booking.store.models.bookings import Booking, Occurrence
from booking.store.models.mail import OutboxMessage
from booking.store.models.people import Person
from booking.store.models.places import Category, Location, Space

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)


@dataclass
class Hands:
    """A clock that stands until somebody turns it."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


def booking(*, holds: bool = True) -> int:
    """Store a booking of one date, and return its id."""
    with transaction() as session:
        location = Location(name="Central Library", slug="central", zone="Europe/London")
        category = Category(location=location, name="Rooms", slug="rooms")
        space = Space(category=category, location=location, name="Reading Room", slug="reading-room")
        patron = Person(first_name="Zoë", last_name="Müller", email="zoe@example.org", created_at=NOW)
        made = Booking(
            ref="7KQ2-F9XM",
            secret="s3cr3t",
            patron=patron,
            state=BookingState.CONFIRMED,
            channel=Channel.WEB,
            created_at=NOW,
        )
        state = OccurrenceState.CONFIRMED if holds else OccurrenceState.CANCELLED
        start = NOW + timedelta(days=1)
        made.occurrences = [
            Occurrence(
                key="k1",
                space=space,
                starts_at=start,
                ends_at=start + timedelta(hours=2),
                state=state,
                holds=holds,
            )
        ]
        session.add(made)
        session.flush()
        return made.id


def message(booking_id: int, kind: str = "confirmed", *, due: datetime = NOW) -> int:
    """Store a message that waits, and return its id."""
    with transaction() as session:
        made = OutboxMessage(
            once=f"{kind}:{due.isoformat()}",
            kind=kind,
            booking_id=booking_id,
            to_address="zoe@example.org",
            created_at=NOW,
            due_at=due,
        )
        session.add(made)
        session.flush()
        return made.id


def stored(message_id: int) -> OutboxMessage:
    """Return a message as it stands in the database."""
    with reading() as session:
        return session.get_one(OutboxMessage, message_id)
