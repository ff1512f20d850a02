"""`booking sync reconcile`: both sides of calendars compared in full, repaired, and reported."""

import dataclasses
from collections.abc import Iterable, Sequence

import click

from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.http import wiring
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.links import WORKING, LinkRow
from booking.sync import reconciling
from booking.sync.reconciling import Report

_WELL = "done"


@click.command("reconcile")
@click.argument("slugs", metavar="[SPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every space that has a calendar.")
@click.option("--last", is_flag=True, help="Compare nothing: print the last report of each.")
@printing.as_json
@pass_installation
def reconcile(
    installation: Installation, *, slugs: tuple[str, ...], everything: bool, last: bool, as_json: bool
) -> None:
    """Compare both sides of calendars entry by entry, repair what differs, and print the report.

    It happens by itself every night. The exit status is 1 when a calendar could not be compared, or differences are
    left that need somebody. Bookings are neither made nor cancelled by it without the guards that every reading has.
    """
    if not slugs and not everything and not last:
        message = "Name the spaces, or say --all."
        raise click.UsageError(message)
    with installation.open():
        with reading() as session:
            links = _wanted(session, slugs)
        reports = _last(links) if last else _compared(links)
    if as_json:
        printing.document([_document(link, report) for link, report in reports])
    else:
        _print(reports)
    wrong = sum(report.outcome != _WELL or bool(report.left) for _, report in reports)
    if wrong:
        raise click.ClickException(f"Not all is in step: look at {wrong} of {len(reports)} calendars.")


def _wanted(session: Session, slugs: Iterable[str]) -> tuple[LinkRow, ...]:
    """Return the pairings of these spaces; of none named, all that are read."""
    found = []
    for slug in slugs:
        space = known.space(session, slug)
        link = queries.links.row_of_space(session, space.id)
        if link is None:
            message = f"{space.name} is not paired with a calendar."
            raise click.BadParameter(message)
        found.append(link)
    return tuple(found) or tuple(each for each in queries.links.rows(session) if each.state in WORKING)


def _compared(links: Iterable[LinkRow]) -> list[tuple[LinkRow, Report]]:
    reports = []
    for link in links:
        printing.tell(f"Comparing {link.location_name}, {link.space_name}.")
        report = reconciling.reconcile(wiring.engine_itself(), link.id)
        if report is not None:
            reports.append((link, report))
    return reports


def _last(links: Iterable[LinkRow]) -> list[tuple[LinkRow, Report]]:
    with reading() as session:
        found = [(link, reconciling.reports(session, link.id, at_most=1)) for link in links]
    return [(link, rows[0].report) for link, rows in found if rows]


def _print(reports: Sequence[tuple[LinkRow, Report]]) -> None:
    for link, report in reports:
        when = f"{report.ended_at:%Y-%m-%d %H:%M:%S} UTC"
        click.echo(f"{link.location_name}, {link.space_name} ({link.mailbox}), {when}:")
        click.echo(f"  {_sentence(report)}")
        for line in report.lines:
            about = f"Booking {line.ref}: " if line.ref else ""
            click.echo(f"  {'repaired' if line.repaired else 'LEFT    '}  {about}{line.words}")
    if not reports:
        click.echo("Nothing was compared.")


def _sentence(report: Report) -> str:
    if report.outcome != _WELL:
        return f"Not compared: {report.problem}"
    compared = f"Compared {report.bookings} bookings and {report.events} other entries"
    if not report.found:
        return f"{compared}; both sides agree."
    return f"{compared}; found {report.found} differences, repaired {report.repaired}, left {report.left}."


def _document(link: LinkRow, report: Report) -> dict[str, object]:
    return {
        "space": link.space_slug,
        "mailbox": link.mailbox,
        "outcome": report.outcome,
        "started_at": report.started_at,
        "ended_at": report.ended_at,
        "bookings": report.bookings,
        "events": report.events,
        "found": report.found,
        "repaired": report.repaired,
        "left": report.left,
        "problem": report.problem,
        "differences": [dataclasses.asdict(each) for each in report.lines],
    }
