"""The one row about this installation."""

from sqlalchemy import select

from booking.store.database import Session
from booking.store.models import Installation


def installation(session: Session) -> Installation | None:
    """Return the installation, or None before its first start."""
    return session.scalar(select(Installation).order_by(Installation.id).limit(1))
