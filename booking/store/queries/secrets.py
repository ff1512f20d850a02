"""What is encrypted in the database, to be encrypted again with the newest key."""

from collections.abc import Callable

from sqlalchemy import Text, select, text, type_coerce, update

from booking.store.database import Session
from booking.store.models import Booking, Connection


def renew_passwords(session: Session) -> int:
    """Encrypt the connections' passwords anew, and return how many there are."""
    found = session.execute(select(Connection.id, Connection.password).with_for_update()).all()
    for connection_id, password in found:
        session.execute(update(Connection).where(Connection.id == connection_id).values(password=password))
    return len(found)


def renew_left_over(session: Session, *, is_new: Callable[[str], bool]) -> None:
    """Encrypt anew what is not new yet, after all that others were writing; they wait until this transaction ends.

    To be called first in a transaction. `is_new` is given each secret as it stands in the database.
    """
    if session.get_bind().dialect.name == "postgresql":  # a transaction on SQLite writes alone
        session.execute(text("LOCK TABLE connection, booking IN SHARE ROW EXCLUSIVE MODE"))
    for model, column in ((Connection, Connection.password), (Booking, Booking.secret)):
        stored = session.execute(select(model.id, type_coerce(column, Text)).execution_options(yield_per=1000))
        for row_id in [row_id for row_id, secret in stored if not is_new(secret)]:
            plain = session.execute(select(column).where(model.id == row_id)).scalar_one()
            session.execute(update(model).where(model.id == row_id).values({column.key: plain}))


def renew_links(session: Session, *, after: int, at_most: int) -> list[int]:
    """Encrypt the secrets of bookings' links anew, those with an id above `after` first; return whose."""
    wanted = select(Booking.id, Booking.secret).where(Booking.id > after).order_by(Booking.id).limit(at_most)
    found = session.execute(wanted.with_for_update()).all()
    for booking_id, secret in found:
        session.execute(update(Booking).where(Booking.id == booking_id).values(secret=secret))
    return [booking_id for booking_id, _ in found]
