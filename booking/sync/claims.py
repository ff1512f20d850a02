"""Claims: one writer at a time on each link.

The link row is claimed, not its push rows: claiming rows let several workers write to one mailbox at once.
The database's clock says when a claim ends; the worker judges its own by `time.monotonic`, begun before.
"""

import time
from dataclasses import dataclass

from booking.store import queries
from booking.store.database import Session, server_now, transaction
from booking.store.models import CalendarLink
from booking.sync.engine import Engine


class Lost(Exception):
    """Another worker holds the link now: stop, and leave everything to it."""


@dataclass(slots=True)
class Claim:
    """A worker's hold on a link. `until` is on this process's monotonic clock."""

    link_id: int
    fence: int
    until: float

    @property
    def live(self) -> bool:
        """Tell whether nobody else can have taken the link yet."""
        return time.monotonic() < self.until


def take(engine: Engine, link_id: int) -> Claim | None:
    """Return a claim on the link, or None while another worker holds it."""
    lasting = engine.timing.claim
    until = time.monotonic() + lasting.total_seconds()
    with transaction() as session:
        fence = queries.links.claim(session, link_id, by=engine.worker_name, lasting=lasting)
    return None if fence is None else Claim(link_id, fence, until)


def held(session: Session, engine: Engine, claim: Claim) -> CalendarLink:
    """Return the claimed link, locked, its claim renewed.

    Raises:
        Lost: another worker has claimed it since.
    """
    until = time.monotonic() + engine.timing.claim.total_seconds()
    link = queries.links.lock(session, claim.link_id)
    if link.fence != claim.fence:
        raise Lost
    link.claimed_by = engine.worker_name
    link.claimed_until = server_now(session) + engine.timing.claim
    claim.until = until
    return link


def let_go(claim: Claim) -> None:
    """End a claim, so that the next worker need not wait."""
    with transaction() as session:
        queries.links.release(session, claim.link_id, fence=claim.fence)
