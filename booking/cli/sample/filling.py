"""The sample put together, in the order in which a library would do it: places, people, bookings, then calendars."""

from datetime import datetime, timedelta
from pathlib import Path

from booking.cli.sample import exchange, library, moments, pairing, people, profile, week
from booking.cli.sample.weeks import Weeks
from booking.sandbox.exchange import ExchangeSandbox
from booking.store.database import transaction
from booking.sync.engine import Engine


def fill(sandbox: ExchangeSandbox, engine: Engine, *, server: str, folder: Path, now: datetime) -> None:
    """Bring the sample up to this week. Run again in the same week, it adds nothing.

    Args:
        sandbox: running.
        engine: of the application whose context is open.
        server: what the connection stores as the address of Exchange.
        folder: where the demo keeps its data.
        now: the present moment.
    """
    monday = moments.monday_of(now)
    weeks = Weeks(folder / "sample.weeks")
    first_time = not weeks.any()
    exchange.set_up(sandbox)
    with transaction() as session:
        library.build(session, monday=monday, now=now)
        people.sign_up(session, now=now)
    if not weeks.has("profile"):
        with transaction() as session:
            profile.give(session, now=now)
        weeks.done("profile")
    for begins in (monday, monday + timedelta(weeks=1)):
        if not weeks.has(f"bookings {begins}"):
            week.book(begins, everything=first_time, now=now)
            weeks.done(f"bookings {begins}")
    if not weeks.has("series"):
        exchange.write_lasting(sandbox, monday)
        weeks.done("series")
    for begins in (monday, monday + timedelta(weeks=1)):
        if not weeks.has(f"meetings {begins}"):
            exchange.write_week(sandbox, begins)
            weeks.done(f"meetings {begins}")
    pairing.connect(engine, server=server, now=now)
    if not weeks.has("paired"):
        pairing.pair(engine, now=now)
        weeks.done("paired")
