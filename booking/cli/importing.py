"""`booking space import`: bookings that stood before a pairing, written into its calendar."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from booking import clock, store
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.errors import NotPossible
from booking.domain.permissions import COMMAND_LINE
from booking.http.wiring import engine_itself
from booking.store.database import reading
from booking.store.queries.links import LinkRow
from booking.sync import imports, previews, rounds
from booking.sync.engine import Engine
from booking.sync.imports import Progress
from booking.sync.previews import ImportPlan


@dataclass(frozen=True, slots=True)
class Imported:
    """How the import of a space ended. `conflicts` were not written because something stood there; staff see each."""

    space: str
    mailbox: str
    total: int = 0
    written: int = 0
    conflicts: int = 0
    failed: int = 0
    waiting: int = 0
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether nothing failed, and nothing waits."""
        return not (self.failed or self.waiting or self.problem)


@click.command("import")
@click.argument("slug", required=False)
@click.option("--all", "everything", is_flag=True, help="Every space that is paired.")
@click.option("--preview", is_flag=True, help="Only list what would be written. Nothing is written.")
@printing.as_json
@pass_installation
def import_bookings(
    installation: Installation, slug: str | None, *, everything: bool, preview: bool, as_json: bool
) -> None:
    """Write what is booked into the calendar.

    All bookings of the space SLUG that are not over yet, each checked for a clash first. Run again it adds nothing.
    There is no undo by itself: `booking space unpair` deletes our entries there.
    Exit status 1 when something could not be written; it is tried again by itself.
    """
    if everything == (slug is not None):
        raise click.UsageError("Name one space, or say --all.")
    with installation.open():
        links = _links(slug)
        if preview:
            _print_plans({link.space_slug: _plan(link) for link in links}, as_json=as_json)
            return
        done = [_import(engine_itself(), link) for link in links]
    if as_json:
        printing.document([dataclasses.asdict(each) for each in done])
    else:
        click.echo(_words(done))
    if not all(each.ok for each in done):
        raise click.ClickException("Not everything could be written. What waits is tried again by itself.")


def _plan(link: LinkRow) -> ImportPlan:
    with reading() as session:
        return previews.importing(session, link.id, now=clock.now())


def _print_plans(plans: Mapping[str, ImportPlan], *, as_json: bool) -> None:
    if as_json:
        printing.document(
            [
                {
                    "space": slug,
                    "bookings": [
                        {"ref": each.ref, **dataclasses.asdict(each.when), "obstacle": each.obstacle}
                        for each in plan.bookings
                    ],
                }
                for slug, plan in plans.items()
            ]
        )
        return
    for slug, plan in plans.items():
        click.echo(f"{slug}: {len(plan.writable)} bookings would be written, {len(plan.blocked)} would not.")
        for each in plan.bookings:
            why = f"  NOT: {each.obstacle}" if each.obstacle else ""
            click.echo(f"  {each.when.start:%Y-%m-%d %H:%M} to {each.when.end:%Y-%m-%d %H:%M} UTC  {each.ref}{why}")
    click.echo("Nothing was written.")


def _links(slug: str | None) -> Sequence[LinkRow]:
    with reading() as session:
        if slug is None:
            return store.queries.links.rows(session)
        place = known.space(session, slug)
        link = store.queries.links.row_of_space(session, place.id)
    if link is None:
        raise NotPossible(f"{place.name} is not paired. `booking space pair` does that.")
    return (link,)


def _import(engine: Engine, link: LinkRow) -> Imported:
    """Have one space's bookings written, and stay until they are, or until nothing moves any more."""
    try:
        run = imports.run(engine, link.id, actor=COMMAND_LINE, now=clock.now())
    except NotPossible as refusal:
        return Imported(link.space_slug, link.mailbox, problem=str(refusal))

    def tell(_: str) -> None:
        now = _progress(run)
        if now.total:
            printing.tell(f"{link.space_name}: {now.done} of {now.total} bookings.")

    rounds.write(engine, tell=tell, only=[link.id])
    end = _progress(run)
    with reading() as session:
        why = store.queries.push.last_error(session, link.id) if end.failed or not end.finished else ""
    return Imported(
        space=link.space_slug,
        mailbox=link.mailbox,
        total=end.total,
        written=end.done - end.conflicts - end.failed,
        conflicts=end.conflicts,
        failed=end.failed,
        waiting=end.total - end.done,
        problem=why,
    )


def _progress(run: int) -> Progress:
    with reading() as session:
        return imports.progress(session, run, now=clock.now())


def _words(done: Sequence[Imported]) -> str:
    if not done:
        return "No space is paired with a calendar yet."
    return "\n".join(_line(each) for each in done)


def _line(each: Imported) -> str:
    if each.problem and not each.total:
        return f"{each.space}: {each.problem}"
    if not each.total:
        return f"{each.space}: nothing to write; every booking is there already."
    said = [f"{each.space}: {each.written} of {each.total} bookings written"]
    if each.conflicts:
        said.append(f"{each.conflicts} not, because something stands there: see Sync health on the site")
    if each.failed:
        said.append(f"{each.failed} could not be written")
    if each.waiting:
        said.append(f"{each.waiting} still wait")
    return "; ".join(said) + "." + (f" {each.problem}" if each.problem else "")
