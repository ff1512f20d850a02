"""`make bench`: how many times longer a page takes than the least that must be done for it.

The floor is measured in the same run, in turns with the page, so that ratios hold on any machine. Absolute times are
shown only to be looked at.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, jsonify

from booking import config
from booking.app import create_app
from booking.domain.intervals import Interval
from booking.store import database
from booking.store.database import Session, transaction
from tests import build

ROUNDS = 15
ROOMS = 100
#: A Tuesday with British summer time behind it; four bookings a room, as in the peers' measurements.
DAY = datetime(2026, 11, 24, tzinfo=UTC)
HOURS = (9, 11, 13, 15)


def fill(session: Session) -> str:
    """Make a location of 100 rooms with four bookings each, and return its slug."""
    place = build.location(session)
    kind = build.category(session, place)
    for _ in range(ROOMS):
        room = build.space(session, kind)
        for hour in HOURS:
            start = DAY + timedelta(hours=hour)
            build.booking(session, room, Interval(start, start + timedelta(hours=1)))
    return place.slug


def floor(file: Path) -> Flask:
    """Return the least that could answer: one query and its rows."""
    bare = Flask("floor")

    @bare.get("/day")
    def _day() -> Response:
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute(
                "SELECT space_id, starts_at, ends_at FROM occurrence WHERE holds AND starts_at > ? AND starts_at < ?",
                (
                    str((DAY - timedelta(hours=26)).replace(tzinfo=None)),
                    str((DAY + timedelta(days=1)).replace(tzinfo=None)),
                ),
            ).fetchall()
        if len(rows) != ROOMS * len(HOURS):
            msg = f"the floor read {len(rows)} bookings"
            raise RuntimeError(msg)
        return jsonify(rows)

    return bare


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds `work` takes."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Measure the day of a location, and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        settings = config.load(Path(folder), {})
        database.upgrade(settings.database_url)
        app = create_app(settings)
        with app.app_context(), transaction() as session:
            slug = fill(session)
        page, bare = app.test_client(), floor(Path(folder) / "booking.sqlite").test_client()
        address = f"/locations/{slug}?date={DAY.date()}&view=grid"
        if page.get(address).status_code != HTTPStatus.OK:
            msg = f"{address} does not answer"
            raise RuntimeError(msg)
        pairs = [(timed(lambda: page.get(address)), timed(lambda: bare.get("/day"))) for _ in range(ROUNDS)]
        with app.app_context():
            database.db.engine.dispose()
    ours, least = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{'what':<44}{'page':>9}{'floor':>9}{'ratio':>8}")
    what = f"day of {ROOMS} spaces, {ROOMS * len(HOURS)} bookings, HTML"
    print(f"{what:<44}{ours:>6.1f} ms{least:>6.1f} ms{ours / least:>8.1f}")


main()
