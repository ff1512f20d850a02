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
from booking.sync import reset, resets
from booking.sync.reset import Plan, Result
from booking.sync.resets import Reset


@click.command("reset")
@click.argument("slug", metavar="SPACE")
@click.option("--yes", is_flag=True, help="Do it. Without this, only say what it would do.")
@click.option("--withdraw", is_flag=True, help="Take back a reset that is marked and has not begun.")
@printing.as_json
@pass_installation
def reset_space(installation: Installation, *, slug: str, yes: bool, withdraw: bool, as_json: bool) -> None:
    """Forget which calendar entries belong to which bookings of SPACE, and find them again by their stamps.

    For when entries and bookings seem mixed up. Bookings and entries stay as they are: nothing is cancelled, and
    nothing is written to the calendar by it; so there is nothing to undo. One that cannot be carried out at once
    stays marked and is tried again by the running site; `--withdraw` takes that back.
    """
    with installation.open():
        with reading() as session:
            space = known.space(session, slug)
            link = queries.links.row_of_space(session, space.id)
            if link is None:
                message = f"{space.name} is not paired with a calendar."
                raise click.BadParameter(message)
            plan = reset.preview(session, link.id, now=clock.now())
        if withdraw:
            _withdrawn(link.id)
        done = _done(link.id) if yes and not withdraw else None
        with reading() as session:
            last = resets.latest(session, link.id)
    if as_json:
        printing.document(_document(plan, done, last))
        return
    for line in _report(plan, done, last, withdrawn=withdraw):
        click.echo(line)


def _done(link_id: int) -> Result:
    engine = wiring.engine_itself()
    try:
        run_id = resets.mark(engine, link_id, actor=COMMAND_LINE, now=clock.now())
    except Refused as refusal:
        raise click.ClickException(words.sentence(refusal)) from refusal
    done = resets.carry_out(engine, run_id)
    if done is None:
        with reading() as session:
            last = resets.latest(session, link_id)
        why = last.problem if last else ""
        raise click.ClickException(f"Marked for reset, and not begun. {why} It is tried again by the running site.")
    return done


def _withdrawn(link_id: int) -> None:
    try:
        resets.withdraw(wiring.engine_itself(), link_id, actor=COMMAND_LINE, now=clock.now())
    except Refused as refusal:
        raise click.ClickException(words.sentence(refusal)) from refusal


def _report(plan: Plan, done: Result | None, last: Reset | None, *, withdrawn: bool) -> list[str]:
    if withdrawn:
        return ["The reset was withdrawn. Nothing was changed."]
    if done:
        return [plan.words, *_lines(done)]
    state = [last.words] if last and last.is_open else []
    return [plan.words, *state, "Nothing was changed. Run again with --yes to do this."]


def _lines(done: Result) -> list[str]:
    said = [f"Done. Found {done.found} of {done.forgotten} again, {done.same} of them under the same id as before."]
    said += [f"  Not found: the entry of booking {ref}." for ref in done.not_found]
    if done.report is not None and done.report.outcome == "done":
        said.append(f"Compared both sides: found {done.report.found} differences, repaired {done.report.repaired}.")
    return said


def _document(plan: Plan, done: Result | None, last: Reset | None) -> dict[str, object]:
    """Return both for programs; the report of the comparison is what `booking sync reconcile --last` prints."""
    result = None if done is None else {**dataclasses.asdict(done), "report": None}
    state = last.phase.value if last and last.is_open else None
    return {"plan": dataclasses.asdict(plan), "state": state, "result": result}
