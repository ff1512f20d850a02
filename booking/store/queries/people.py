"""People and what they may do."""

import hmac

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from booking.domain.permissions import Actor, Grant, Scope
from booking.domain.titles import full_name
from booking.store.database import Session
from booking.store.models import Person


def account(session: Session, login: str) -> Person | None:
    """Return the account with that login, whatever its letters' case."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower()))


def actor(session: Session, person_id: int) -> Actor | None:
    """Return who an account's person is to the permission map; None if it may not sign in."""
    found = _with_roles(session, person_id)
    return None if found is None else _actor(found)


def signed_in(session: Session, person_id: int, nonce: str) -> Actor | None:
    """Return the same for a session in a browser; None if the password changed since it began."""
    found = _with_roles(session, person_id)
    if found is None or not hmac.compare_digest(found.session_nonce, nonce):
        return None
    return _actor(found)


def guest(session: Session, *, first_name: str, last_name: str, email: str) -> Person | None:
    """Return the patron without an account who booked before under the same names and address."""
    return session.scalar(
        select(Person)
        .where(Person.email == email, Person.first_name == first_name, Person.last_name == last_name)
        .where(Person.login.is_(None))
        .order_by(Person.id)
        .limit(1)
    )


def _with_roles(session: Session, person_id: int) -> Person | None:
    return session.scalar(
        select(Person)
        .where(Person.id == person_id, Person.active, Person.login.is_not(None))
        .options(selectinload(Person.roles))
    )


def _actor(person: Person) -> Actor:
    grants = frozenset(Grant(each.role, Scope(each.location_id, each.category_id)) for each in person.roles)
    return Actor(person_id=person.id, name=full_name(person.first_name, person.last_name), grants=grants)
