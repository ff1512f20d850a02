"""`booking apply`: the installation as a file describes it."""

from functools import partial
from pathlib import Path

import click

from booking import clock, config
from booking.cli import printing
from booking.cli.applying import carrying, reading, secrets, showing, whole
from booking.cli.applying.mistakes import Mistakes
from booking.cli.applying.plan import Plan
from booking.cli.applying.said import FileSaid
from booking.cli.applying.servers import Secrets
from booking.cli.installation import Installation, pass_installation
from booking.http import wiring

_DIFFERENCE = 3


@click.command(short_help="Make an installation as one file describes it.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--check", is_flag=True, help="Only print what would change, and ask no server. Exit 3 if anything would."
)
@printing.as_json
@pass_installation
def apply(installation: Installation, file: Path, *, check: bool, as_json: bool) -> None:
    """Make places, hours, rules, connections and pairings as FILE says.

    What FILE does not name is left alone; nothing is ever deleted. Everything in FILE is checked first, and with a
    mistake anywhere nothing is done. A connection is tried before it is stored. Run again, it does what is missing;
    when nothing is, it says "No difference." The keys are in docs/apply.md, an example in docs/examples.
    """
    said, mistakes = reading.file(file)
    opener = partial(secrets.read, variable=config.variable, folder=file.resolve().parent)
    with installation.open():
        if check or mistakes:
            _check(said, mistakes, opener, file, as_json=as_json)
        else:
            _apply(said, mistakes, opener, file, as_json=as_json)


def _check(said: FileSaid, mistakes: Mistakes, opener: Secrets, file: Path, *, as_json: bool) -> None:
    plan = whole.check(said, mistakes, opener, now=clock.now())
    _stop_if(mistakes, file, as_json=as_json)
    if as_json:
        printing.document(showing.plan_document(plan, file))
    else:
        click.echo(showing.plan(plan))
    if plan.changes:
        raise SystemExit(_DIFFERENCE)


def _apply(said: FileSaid, mistakes: Mistakes, opener: Secrets, file: Path, *, as_json: bool) -> None:
    plan, todo = whole.keep(said, mistakes, opener, now=clock.now())
    _stop_if(mistakes, file, as_json=as_json)
    _tell(showing.plan(Plan(plan.changes)), as_json=as_json)
    results = []
    for result in carrying.out(wiring.engine, todo, now=clock.now()):
        results.append(result)
        _tell(showing.done(result), as_json=as_json)
    if as_json:
        printing.document(showing.result_document(plan, results, file))
    if not all(each.ok for each in results):
        raise click.ClickException(showing.failures(results))


def _tell(line: str, *, as_json: bool) -> None:
    """Print progress; beside a JSON document, on standard error."""
    click.echo(line, err=as_json)


def _stop_if(mistakes: Mistakes, file: Path, *, as_json: bool) -> None:
    """End with every mistake, if there is any."""
    if not mistakes:
        return
    if as_json:
        printing.document(showing.mistakes_document(mistakes, file))
    click.echo(showing.mistakes(mistakes, file), err=True)
    raise click.ClickException("Nothing was done.")
