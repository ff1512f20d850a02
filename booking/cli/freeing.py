"""`booking space blocks`: times that a mailbox left taken when a space was disconnected from it."""

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.permissions import COMMAND_LINE
from booking.http import filters
from booking.services import pairings
from booking.store import queries
from booking.store.database import reading, transaction


@click.command("blocks")
@click.argument("slug")
@click.option("--free", "freeing", is_flag=True, help="Free them all: you have looked at the list.")
@printing.as_json
@pass_installation
def blocks(installation: Installation, *, slug: str, freeing: bool, as_json: bool) -> None:
    """List the times that are still taken by a mailbox that SPACE was disconnected from.

    They stay taken until somebody has looked at this list and says --free. There is no undo of that, but pairing the
    space with that mailbox again: what stands there takes its time again then.
    """
    now = clock.now()
    with installation.open():
        with reading() as session:
            space = known.space(session, slug)
            rows = queries.left_behind.rows(session, space.id, now=now)
            zone = space.zone
        freed = 0
        if freeing and rows:
            with transaction() as session:
                freed = pairings.free(session, space.id, [row.id for row in rows], actor=COMMAND_LINE, now=now)
    if as_json:
        told = [{"mailbox": row.mailbox, "start": row.when.start, "end": row.when.end} for row in rows]
        printing.document({"space": space.slug, "taken": told, "freed": freed})
        return
    for row in rows:
        day = filters.iso_day(filters.local(row.when.start, zone))
        click.echo(f"{day} {filters.time_range(row.when, zone)}  {row.mailbox}")
    click.echo(_words(len(rows), freed))


def _words(number: int, freed: int) -> str:
    if not number:
        return "Nothing is left taken."
    if freed:
        return f"Freed: {freed}."
    return f"Still taken: {number}. Run it again with --free when you have looked at them."
