"""`booking sync reset`: a pairing forgets which entry is whose, and finds them all again."""

import dataclasses

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.errors import Refused
from booking.domain.permissions import COMMAND_LINE
from booking.http import wiring, words
from booking.store import queries
from booking.store.database import reading
from booking.sync import reset
from booking.sync.reset import Plan, Result


@click.command("reset")
@click.argument("slug", metavar="SPACE")
@click.option("--yes", is_flag=True, help="Do it. Without this, only say what it would do.")
@printing.as_json
@pass_installation
def reset_space(installation: Installation, *, slug: str, yes: bool, as_json: bool) -> None:
    """Forget which calendar entries belong to which bookings of SPACE, and find them again by their stamps.

    For when entries and bookings seem mixed up. Bookings and entries stay as they are: nothing is cancelled, and
    nothing is written to the calendar by it.
    """
    with installation.open():
        with reading() as session:
            space = known.space(session, slug)
            link = queries.links.row_of_space(session, space.id)
            if link is None:
                message = f"{space.name} is not paired with a calendar."
                raise click.BadParameter(message)
            plan = reset.preview(session, link.id, now=clock.now())
        done = _done(link.id) if yes else None
    if as_json:
        printing.document(_document(plan, done))
        return
    click.echo(plan.words)
    for line in _lines(done) if done else ["Nothing was changed. Run again with --yes to do this."]:
        click.echo(line)


def _done(link_id: int) -> Result:
    try:
        return reset.reset(wiring.engine_itself(), link_id, actor=COMMAND_LINE, now=clock.now())
    except Refused as refusal:
        raise click.ClickException(words.sentence(refusal)) from refusal


def _lines(done: Result) -> list[str]:
    said = [f"Done. Found {done.found} of {done.forgotten} again, {done.same} of them under the same id as before."]
    said += [f"  Not found: the entry of booking {ref}." for ref in done.not_found]
    if done.report is not None and done.report.outcome == "done":
        said.append(f"Compared both sides: found {done.report.found} differences, repaired {done.report.repaired}.")
    return said


def _document(plan: Plan, done: Result | None) -> dict[str, object]:
    """Return both for programs; the report of the comparison is what `booking sync reconcile --last` prints."""
    result = None if done is None else {**dataclasses.asdict(done), "report": None}
    return {"plan": dataclasses.asdict(plan), "result": result}
