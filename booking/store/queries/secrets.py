"""What is encrypted in the database, to be encrypted again with the newest key."""

from sqlalchemy import select, update

from booking.store.database import Session
from booking.store.models import Booking, Connection


def renew_passwords(session: Session) -> int:
    """Encrypt the connections' passwords anew, and return how many there are."""
    found = session.execute(select(Connection.id, Connection.password).with_for_update()).all()
    for connection_id, password in found:
        session.execute(update(Connection).where(Connection.id == connection_id).values(password=password))
    return len(found)


def renew_links(session: Session, *, after: int, at_most: int) -> list[int]:
    """Encrypt the secrets of bookings' links anew, those with an id above `after` first; return whose."""
    wanted = select(Booking.id, Booking.secret).where(Booking.id > after).order_by(Booking.id).limit(at_most)
    found = session.execute(wanted.with_for_update()).all()
    for booking_id, secret in found:
        session.execute(update(Booking).where(Booking.id == booking_id).values(secret=secret))
    return [booking_id for booking_id, _ in found]
