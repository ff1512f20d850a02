"""Who signs in to the sample, and who books there."""

from dataclasses import dataclass
from datetime import datetime

from booking.domain.permissions import Role
from booking.services import people
from booking.store import queries
from booking.store.database import Session

PASSWORD = "wexcombe-demo"  # noqa: S105 - of a sample on this machine


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who signs in. `location` is the slug of the only place they look after, or empty."""

    first_name: str
    last_name: str
    email: str
    role: Role
    location: str = ""


STAFF = (
    Staff("Ada", "Wren", "ada@wexcombe.example", Role.ADMINISTRATOR),
    Staff("Miles", "Ford", "miles@wexcombe.example", Role.MANAGER, "central-library"),
    Staff("Lena", "Brook", "lena@wexcombe.example", Role.LIBRARIAN, "harbour-branch"),
)

PATRONS = (
    ("Zoë", "Müller", "zoe.mueller@example.org"),
    ("Oliver", "Nowak", "oliver.nowak@example.org"),
    ("Amira", "Haddad", "amira.haddad@example.org"),
    ("Seán", "Ó Briain", "sean.obriain@example.org"),
    ("Priya", "Raman", "priya.raman@example.org"),
    ("Jakub", "Dvořák", "jakub.dvorak@example.org"),
    ("Grace", "Adeyemi", "grace.adeyemi@example.org"),
    ("Hiroshi", "Tanaka", "hiroshi.tanaka@example.org"),
    ("Chloé", "Martin", "chloe.martin@example.org"),
    ("Daniel", "Weiss", "daniel.weiss@example.org"),
)


def sign_up(session: Session, *, now: datetime) -> None:
    """Make the accounts that are not there yet."""
    for each in STAFF:
        if queries.people.account(session, each.email) is None:
            location = queries.places.location_by_slug(session, each.location) if each.location else None
            people.add_staff(
                session,
                email=each.email,
                first_name=each.first_name,
                last_name=each.last_name,
                password=PASSWORD,
                role=each.role,
                location_id=location.id if location else None,
                now=now,
            )
