"""People: who may sign in, and guests who book without an account."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import argon2
import email_validator

from booking.domain.entries import Entries
from booking.domain.permissions import SYSTEM, Actor, Role
from booking.domain.states import Channel
from booking.services import audit
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Person, RoleGrant

LONGEST_NAME = 100
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000  # hashing time grows with it

_HASHER = argon2.PasswordHasher()


@cache  # made when it is first needed: it takes a tenth of a second, and no command signs anybody in
def _nobodys_hash() -> str:
    """Return what is verified when there is no such account: the time of an answer must not tell which ones exist."""
    return _HASHER.hash(secrets.token_urlsafe())


@dataclass(frozen=True, slots=True)
class Patron:
    """Who books, as typed into the form."""

    first_name: str
    last_name: str
    email: str


def checked(patron: Patron, entries: Entries) -> Patron:
    """Return the patron clean; what is wrong goes into `entries`."""
    return Patron(
        first_name=entries.line("first_name", patron.first_name, longest=LONGEST_NAME, required=True),
        last_name=entries.line("last_name", patron.last_name, longest=LONGEST_NAME, required=True),
        email=address(entries, "email", patron.email),
    )


def address(entries: Entries, field: str, value: str) -> str:
    """Return an e-mail address in lower case; what is wrong with it goes into `entries`. Nothing is looked up."""
    try:
        found = email_validator.validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        entries.wrong(field, "Give an e-mail address, for example ada@example.org.")
        return value
    return found.normalized.lower()


def guest(session: Session, patron: Patron, *, now: datetime) -> Person:
    """Return the person for a patron without an account: the one who booked before under the same names and address.

    An account with that address is left alone: whoever types an address has not shown that it is theirs.
    """
    known = queries.people.guest(session, first_name=patron.first_name, last_name=patron.last_name, email=patron.email)
    if known is not None:
        return known
    person = Person(first_name=patron.first_name, last_name=patron.last_name, email=patron.email, created_at=now)
    session.add(person)
    session.flush()
    return person


def add_staff(
    session: Session,
    *,
    email: str,
    first_name: str,
    last_name: str,
    password: str,
    role: Role,
    location_id: int | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
) -> Person:
    """Create an account that can sign in, with one role in a location or, without one, everywhere.

    Raises:
        Invalid: names, address or password will not do, or there is an account with that address.
    """
    entries = Entries()
    who = checked(Patron(first_name, last_name, email), entries)
    _check_password(entries, password)
    if not entries.mistakes and queries.people.account(session, who.email) is not None:
        entries.wrong("email", "There is an account with this address already.")
    if role is Role.ADMINISTRATOR and location_id is not None:
        entries.wrong("role", "An administrator looks after the whole installation, not one location.")
    entries.check()
    person = Person(
        first_name=who.first_name,
        last_name=who.last_name,
        email=who.email,
        login=who.email,
        password_hash=_HASHER.hash(password),
        session_nonce=secrets.token_urlsafe(24),
        roles=[RoleGrant(role=role, location_id=location_id)],
        created_at=now,
    )
    session.add(person)
    session.flush()
    audit.note(session, "staff.added", actor=actor, channel=Channel.CLI, now=now, subject=who.email, detail=role.value)
    return person


def sign_in(session: Session, login: str, password: str, *, now: datetime) -> Person | None:
    """Return the person with that login and password, or None; both answers take the same time."""
    person = queries.people.account(session, login)
    known = person.password_hash if person is not None and person.active else None
    if not _matches(known or _nobodys_hash(), password[:LONGEST_PASSWORD]) or known is None or person is None:
        return None
    if _HASHER.check_needs_rehash(known):
        person.password_hash = _HASHER.hash(password)
    person.last_sign_in_at = now
    return person


def set_password(
    session: Session, person: Person, password: str, *, actor: Actor, channel: Channel, now: datetime
) -> None:
    """Give a person a new password; every session that began with the old one ends.

    Raises:
        Invalid: the password will not do.
    """
    entries = Entries()
    _check_password(entries, password)
    entries.check()
    person.password_hash = _HASHER.hash(password)
    person.session_nonce = secrets.token_urlsafe(24)
    person.updated_at = now
    audit.note(session, "staff.password_set", actor=actor, channel=channel, now=now, subject=person.login or "")


def _check_password(entries: Entries, password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        entries.wrong("password", f"Choose a password of at least {SHORTEST_PASSWORD} characters.")


def _matches(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password)
    except argon2.exceptions.VerifyMismatchError:
        return False
