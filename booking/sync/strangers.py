"""What another installation has written into a mailbox that is about to be paired here."""

from datetime import datetime, timedelta

from booking.connectors.port import ConnectorError, StepResult
from booking.domain.intervals import Interval
from booking.domain.traces import Traces
from booking.store import queries
from booking.store.database import reading
from booking.sync import calls, glances
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.trials import Step

#: As far ahead as is looked: somebody who books here does so within weeks.
_AHEAD = timedelta(days=92)
REMEDY = (
    "Two installations that share a room both write there, and neither can change or delete what the other wrote: "
    "its entries take the room like anybody's. If this is a copy for tests, pair it with a mailbox of its own. If the "
    "other installation is no more, delete its entries in Outlook."
)


def look(engine: Engine, connection_id: int, mailbox: str, *, now: datetime) -> Traces | None:
    """Return what the calendar shows, also of its mailbox's rules; None where it cannot be read now.

    The first reading then says what is wrong with it.
    """
    window = Interval(now, now + _AHEAD)
    try:
        snapshot = calls.ask(engine, connection_id, "window", lambda line: line.window(mailbox, window))
    except (ConnectorError, NotNow):
        return None
    with reading() as session:
        install_id = queries.connections.install_id(session)
    return glances.shown(snapshot.events, install_id=install_id, now=now, reach=_AHEAD.days)


def step(seen: Traces | None) -> tuple[Step, ...]:
    """Return a warning with their number, or nothing when there are none; pairing may go on either way."""
    if seen is None or not seen.strangers:
        return ()
    words = said(seen.strangers, seen.installations, days=seen.reach)
    return (Step("strangers", "Entries of another installation", StepResult.WARNING, words, REMEDY),)


def said(number: int, others: int, *, days: int) -> str:
    """Return that count in words."""
    entries = "One entry" if number == 1 else f"{number:,} entries"
    whose = "another installation" if others == 1 else f"{others} other installations"
    return f"{entries} of {whose} of this software in the next {days} days."
