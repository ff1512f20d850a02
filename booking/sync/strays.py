"""Entries of ours that should not be there: a second one of a booking, or one of an older generation."""

import logging
from collections.abc import Sequence

from booking.connectors.port import ConnectorError, RemoteRef
from booking.store.database import transaction
from booking.store.queries.links import LinkRow
from booking.sync import calls, claims, stops
from booking.sync.calls import NotNow
from booking.sync.engine import Engine

log = logging.getLogger(__name__)


def remove(engine: Engine, link: LinkRow, refs: Sequence[RemoteRef]) -> int:
    """Delete them, under a claim of the link; return how many went. The next reading finds what is left."""
    if not refs:
        return 0
    claim = claims.take(engine, link.id)
    if claim is None:
        return 0
    try:
        return sum(_delete(engine, link, claim, ref) for ref in refs)
    except claims.Lost:
        return 0
    finally:
        claims.let_go(claim)


def _delete(engine: Engine, link: LinkRow, claim: claims.Claim, ref: RemoteRef) -> bool:
    if not _count(engine, claim):
        return False
    try:
        calls.ask(engine, link.connection_id, "delete", lambda line: line.delete(link.mailbox, ref))
    except (ConnectorError, NotNow) as failure:
        log.warning("link %s: a stray entry stays for now: %s", link.id, failure, extra={"link": link.id})
        return False
    _count(engine, claim)
    return True


def _count(engine: Engine, claim: claims.Claim) -> bool:
    """Raise `writes`, so that no reading from before passes for one from after; tell whether we may write at all."""
    with transaction() as session:
        link = claims.held(session, engine, claim)
        link.writes += 1
        return stops.may_write(session, link)
