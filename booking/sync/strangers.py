"""What another installation has written into a mailbox that is about to be paired here."""

from datetime import datetime, timedelta

from booking.connectors.port import ConnectorError, StepResult
from booking.domain.intervals import Interval
from booking.store import queries
from booking.store.database import reading
from booking.sync import calls
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.trials import Step

#: As far ahead as is looked: somebody who books here does so within weeks.
_AHEAD = timedelta(days=92)
_REMEDY = (
    "Two installations that share a room both write there, and neither can change or delete what the other wrote: "
    "its entries take the room like anybody's. If this is a copy for tests, pair it with a mailbox of its own. If the "
    "other installation is no more, delete its entries in Outlook."
)


def step(engine: Engine, connection_id: int, mailbox: str, *, now: datetime) -> tuple[Step, ...]:
    """Return a warning with their number, or nothing when there are none; pairing may go on either way.

    A calendar that cannot be read now has no warning either: the first reading says what is wrong with it.
    """
    window = Interval(now, now + _AHEAD)
    try:
        snapshot = calls.ask(engine, connection_id, "window", lambda line: line.window(mailbox, window))
    except (ConnectorError, NotNow):
        return ()
    with reading() as session:
        install_id = queries.connections.install_id(session)
    stamps = [event.stamp for event in snapshot.events if event.stamp and event.stamp.install_id != install_id]
    if not stamps:
        return ()
    number, others = len({stamp.mark for stamp in stamps}), len({stamp.install_id for stamp in stamps})
    entries = "One entry" if number == 1 else f"{number:,} entries"
    whose = "another installation" if others == 1 else f"{others} other installations"
    words = f"{entries} of {whose} of this software in the next {_AHEAD.days} days."
    return (Step("strangers", "Entries of another installation", StepResult.WARNING, words, _REMEDY),)
