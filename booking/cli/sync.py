"""`booking sync`: how the calendars are, and one round of work on them."""

import dataclasses
import json
from datetime import datetime, timedelta

import click

from booking import clock
from booking.cli.installation import Installation, pass_installation
from booking.http import filters, wiring
from booking.store.database import reading
from booking.sync import pull, status, worker
from booking.sync.status import SpaceHealth

_IN_STEP = "in-step"

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def sync() -> None:
    """See how the calendars are, and bring them into step now."""


@sync.command("status")
@as_json
@pass_installation
def show_status(installation: Installation, *, as_json: bool) -> None:
    """Say of each space that has a calendar how its sync is.

    Asks no calendar: this is what the last rounds found. Exit status 0 whatever it says.
    """
    with installation.open(), reading() as session:
        spaces = status.spaces(session, now=clock.now(), cadence=wiring.cadence())
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in spaces], default=_plain, indent=2))
    else:
        click.echo("\n".join(_line(each) for each in spaces) or "No space is paired with a calendar yet.")


@sync.command()
@as_json
@pass_installation
def run(installation: Installation, *, as_json: bool) -> None:
    """Do one round now: write what waits, then read what may have changed.

    Safe beside a running site: both share the work, room by room.
    """
    with installation.open():
        engine = wiring.engine
        written = worker.push_due(engine)
        read = pull.sweep_near(engine) + pull.sweep_far(engine) + pull.read_due(engine)
    if as_json:
        click.echo(json.dumps({"rooms_written": written, "rooms_read": read}))
    else:
        click.echo(f"Done. Wrote to {written} calendars, and read {read} exactly; the others had not changed.")


def _line(space: SpaceHealth) -> str:
    said = [f"{space.location_name}, {space.space_name} ({space.mailbox}): {space.words}"]
    if space.waiting:
        how_long = f", the oldest for {filters.duration_words(space.lag)}" if space.lag else ""
        said.append(f"  waiting: {space.waiting}{how_long}")
    said += [
        f"  last {what}: {_moment(when)}" for what, when in (("read", space.last_read), ("write", space.last_write))
    ]
    if space.needs_somebody and space.since:
        said.append(f"  since: {_moment(space.since)}")
    is_new = space.kind != _IN_STEP and space.last_error not in space.problem
    wrong = [space.problem, space.last_error if is_new else "", space.advice]
    said += [f"  {words}" for words in wrong if words]
    return "\n".join(said)


def _moment(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if when else "never"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(value)
