"""The product as it is served, and beside its pages the same data as plain JSON, as the API will give it.

Started as `gunicorn bench.product:app`, with the instance folder in BOOKING_INSTANCE.
"""

import os
from datetime import date, datetime
from pathlib import Path

from flask import Flask, Response, jsonify, request

from booking import clock, config
from booking.app import create_app
from booking.domain.intervals import Interval
from booking.domain.permissions import Permission
from booking.http.identity import needs
from booking.http.wiring import cadence
from booking.store import queries
from booking.store.database import reading


def make() -> Flask:
    """Return the application with two addresses more."""
    made = create_app(config.load(Path(os.environ["BOOKING_INSTANCE"]), os.environ))

    @made.get("/bench/day")
    @needs(Permission.SEE_PUBLIC_PAGES)
    def _day() -> Response:
        with reading() as session:
            location = queries.places.location_by_slug(session, request.args["location"])
            assert location is not None
            day = date.fromisoformat(request.args["day"])
            grid = queries.grid.patron_day(session, location=location, day=day, now=clock.now(), cadence=cadence())
        rows = [row for group in grid.groups for row in group.rows]
        return jsonify(
            [
                [
                    row.space.id,
                    [[run.start.isoformat(), run.end.isoformat()] for run in row.free_runs],
                    [[mark.when.start.isoformat(), mark.when.end.isoformat(), mark.state] for mark in row.marks],
                ]
                for row in rows
            ]
        )

    @made.get("/bench/free")
    @needs(Permission.SEE_PUBLIC_PAGES)
    def _free() -> Response:
        when = Interval(datetime.fromisoformat(request.args["start"]), datetime.fromisoformat(request.args["end"]))
        with reading() as session:
            location = queries.places.location_by_slug(session, request.args["location"])
            assert location is not None
            found = queries.vacancies.spaces(
                session, location_id=location.id, zone=location.zone, when=when, now=clock.now(), cadence=cadence()
            )
        return jsonify([[each.space_id, each.name, each.capacity] for each in found])

    return made


app = make() if "BOOKING_INSTANCE" in os.environ else None
