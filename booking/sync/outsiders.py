"""Addresses outside the organisation's domains: pairing one warns, and an organiser who has one is marked as such."""

from booking.connectors.port import StepResult
from booking.domain import email_domains
from booking.services import connections
from booking.store import queries
from booking.store.database import Session, reading
from booking.sync.trials import Step

#: Stands behind the name of an organiser from outside.
MARK = " (from outside)"


def is_one(session: Session, connection_id: int | None, address: str) -> bool:
    """Tell whether an organiser's e-mail address lies outside; one that is no address is Exchange's own for its own."""
    row = queries.connections.row(session, connection_id) if connection_id is not None and "@" in address else None
    return row is not None and not connections.is_internal(row, address)


def step(connection_id: int, mailbox: str) -> tuple[Step, ...]:
    """Return a warning where the address lies in none of the domains of the connection, else nothing."""
    with reading() as session:
        row = queries.connections.row(session, connection_id)
    if row is None or connections.is_internal(row, mailbox):
        return ()
    known = ", ".join(connections.domains(row))
    words = f"{mailbox} lies in none of the e-mail domains of this connection: {known}."
    remedy = (
        f"If {email_domains.of(mailbox)} is yours, add it to the additional e-mail domains of the connection: they also"
        " tell organisers of your own from those outside. It is paired all the same."
    )
    return (Step("domain", "Its address is one of yours", StepResult.WARNING, words, remedy),)
