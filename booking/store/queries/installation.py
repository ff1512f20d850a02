"""The one row about this installation."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from booking.store.database import Session
from booking.store.models import Installation


def installation(session: Session) -> Installation | None:
    """Return the installation, or None before its first start."""
    return session.scalar(select(Installation).order_by(Installation.id).limit(1))


def the_one(session: Session) -> Installation:
    """Return the installation, which every application has made at its start."""
    return session.scalars(select(Installation).order_by(Installation.id).limit(1)).one()


def to_change(session: Session) -> Installation:
    """Return the installation, locked until the transaction ends."""
    query = select(Installation).order_by(Installation.id).limit(1).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def lock(session: Session) -> None:
    """Have others who ask for this lock wait until this transaction ends; nobody else does."""
    session.execute(select(Installation.id).with_for_update())


def first(session: Session, made: Installation) -> Installation:
    """Store the installation's row, and return it; of two that start at the same moment, both get the first's."""
    made.id = 1
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return session.get_one(Installation, 1)
    return made
