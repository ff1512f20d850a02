"""`booking sync health` and `booking sync runs`: every value of the pages of health, with its meaning and next step."""

import dataclasses
from collections.abc import Iterable, Sequence

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.http import wiring
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.places import SpaceRow
from booking.sync import health, status, values
from booking.sync.health import Happening
from booking.sync.space_values import SpaceDetail
from booking.sync.status import SpaceHealth
from booking.sync.system_values import System
from booking.sync.values import Value


@click.command("health")
@click.option("--space", "slug", metavar="SPACE", help="Only of this space.")
@printing.as_json
@pass_installation
def show_health(installation: Installation, *, slug: str | None, as_json: bool) -> None:
    """Say of sync as a whole and of each space how it is: each value with its meaning and next step.

    The whole: whether accounts are recognised, active profiles, linked addresses and the missing ones, and what was
    written and taken in within 60 minutes and 24 hours. A space: what is set up, how far each direction is, and
    whether quiet means broken. Asks no calendar. Exit status 0 whatever it says.
    """
    with installation.open(), reading() as session:
        now = clock.now()
        every = status.spaces(session, now=now, cadence=wiring.cadence())
        gathered = values.gather(session, now=now)
        system = None if slug else health.system(session, every, now=now, gathered=gathered, names_accounts=True)
        wanted = [(space, _of(every, space)) for space in _spaces(session, slug)]
        found = [(space, how, health.space(session, space, how, now=now, gathered=gathered)) for space, how in wanted]
    if as_json:
        spaces = [_document(space, how, detail) for space, how, detail in found]
        printing.document({"system": _system(system) if system else None, "spaces": spaces})
        return
    for line in (*(_lines("Sync as a whole", system.values) if system else ()), *_all_lines(found)):
        click.echo(line)


def _spaces(session: Session, slug: str | None) -> Sequence[SpaceRow]:
    if slug:
        return (known.space(session, slug),)
    return queries.places.spaces_by_id(session, queries.health.synced_spaces(session))


def _of(every: Iterable[SpaceHealth], space: SpaceRow) -> SpaceHealth | None:
    return next((each for each in every if each.space_id == space.id), None)


def _all_lines(found: Iterable[tuple[SpaceRow, SpaceHealth | None, SpaceDetail]]) -> Iterable[str]:
    for space, how, detail in found:
        mailbox = how.mailbox if how else "no mailbox"
        yield from _lines(f"{space.location_name}, {space.name} ({mailbox})", detail.all)


def _lines(heading: str, shown: Iterable[Value]) -> Iterable[str]:
    yield heading
    for each in shown:
        yield f"  {each.label}: {each.shown}"
        yield f"    {each.meaning}"
        if each.next_step != values.NOTHING:
            yield f"    {each.next_step}"


def _system(system: System) -> dict[str, object]:
    missing = [{"space": each.slug, "name": each.name, "location": each.location_name} for each in system.missing]
    return {"values": _plain(system.values), "missing": missing}


def _document(space: SpaceRow, how: SpaceHealth | None, detail: SpaceDetail) -> dict[str, object]:
    return {
        "space": space.slug,
        "name": space.name,
        "location": space.location_name,
        "mailbox": how.mailbox if how else None,
        "state": how.state if how else None,
        "code": how.code if how else None,
        "to_exchange": how.to_exchange.phase if how else None,
        "from_exchange": how.from_exchange.phase if how else None,
        "reset": detail.reset.shown if detail.reset else None,
        "values": _plain(detail.all),
    }


def _plain(shown: Iterable[Value]) -> list[dict[str, object]]:
    return [dataclasses.asdict(each) for each in shown]


@click.command("runs")
@click.argument("slug", metavar="SPACE")
@click.option("--last", type=click.IntRange(1, 1000), default=30, show_default=True, help="At most so many.")
@printing.as_json
@pass_installation
def show_runs(installation: Installation, *, slug: str, last: int, as_json: bool) -> None:
    """Say what was done on SPACE, newest first: readings that brought something, imports, comparisons, resets."""
    with installation.open(), reading() as session:
        space = known.space(session, slug)
        link = queries.links.row_of_space(session, space.id)
        found = health.timeline(session, link.id, at_most=last) if link else ()
    if as_json:
        printing.document([dataclasses.asdict(each) for each in found])
        return
    for each in found:
        click.echo(_run_line(each))
    if not found:
        click.echo(f"Nothing was done on {space.name} yet.")


def _run_line(run: Happening) -> str:
    return f"{run.at:%Y-%m-%d %H:%M:%S} UTC  {run.title}: {run.outcome}{f' ({run.words})' if run.words else ''}"
