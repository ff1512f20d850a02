"""`booking preflight`: a space's rules beside those of its mailbox, and the PowerShell that mends them."""

import dataclasses
from typing import IO

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain import mailbox_rules, pasted
from booking.domain.effects import Kind
from booking.domain.errors import NotPossible
from booking.domain.pasted import Mistake, Pasted
from booking.domain.permissions import COMMAND_LINE
from booking.http.wiring import engine_itself
from booking.services import processing
from booking.services.processing import Source
from booking.store.database import reading, transaction
from booking.store.queries.places import SpaceRow
from booking.sync import preflight as both
from booking.sync.preflight import Report

_SIGNS = {Kind.HARMLESS: "ok", Kind.WARNING: "differs", Kind.CLASH: "CLASH", Kind.UNKNOWN: "not known"}


@click.command()
@click.argument("slug", metavar="SPACE")
@click.option(
    "--paste",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="Read and keep the mailbox's rules: what Get-CalendarProcessing ROOM | Format-List printed, or its JSON.",
)
@click.option("--look", is_flag=True, help="Read the calendar too, for what it shows of its mailbox's rules.")
@printing.as_json
@pass_installation
def preflight(installation: Installation, slug: str, *, file: IO[bytes] | None, look: bool, as_json: bool) -> None:
    """Compare the rules of SPACE with its mailbox's own.

    EWS cannot read a mailbox's rules, so they come from PowerShell: --paste FILE (- reads standard input). Nothing in
    Exchange is changed: each rule comes with the line that would. Exit status 1 when rules clash, or when something in
    FILE could not be understood; nothing of it is kept then.
    """
    with installation.open():
        with reading() as session:
            space = known.space(session, slug)
        found = pasted.read(pasted.decoded(file.read(pasted.LONGEST * 4 + 1))) if file else None
        problem = _looked(space) if look else ""
        report = _report(space, found)
    if as_json:
        printing.document(_document(report, found, problem))
    else:
        _show(report, found, problem)
    if found and found.mistakes:
        raise click.ClickException("Something in it could not be understood, so nothing of it was kept.")
    if report.counts[Kind.CLASH]:
        raise click.ClickException("The mailbox's rules clash with those here.")


def _looked(space: SpaceRow) -> str:
    """Look at the calendar; returns why that was not possible."""
    try:
        both.look(engine_itself(), space.id, actor=COMMAND_LINE, now=clock.now())
    except NotPossible as refusal:
        return str(refusal)
    return ""


def _report(space: SpaceRow, found: Pasted | None) -> Report:
    """Return both sides; what was found is kept if all of it was understood and the space is paired."""
    with reading() as session:
        stands = both.report(session, space)
        if found is None:
            return stands
        together = mailbox_rules.merged(stands.known.rules, found.rules)
        if found.mistakes or stands.link is None:
            return both.report(session, space, instead=together)
    with transaction() as session:
        processing.keep(session, stands.link.id, together, source=Source.PASTED, actor=COMMAND_LINE, now=clock.now())
    with reading() as session:
        return both.report(session, space)


def _show(report: Report, found: Pasted | None, problem: str) -> None:
    for each in found.mistakes if found else ():
        printing.tell(_told(each))
    for words in (*(found.notes if found else ()), problem):
        if words:
            printing.tell(words)
    if report.link is None:
        click.echo(f"{report.space.name} is not paired, so nothing of this is kept.")
    if report.strangers:
        click.echo(f"{report.strangers} Two installations must never share a room.")
    for line in report.lines:
        click.echo(f"\n{line.setting}: {_SIGNS[line.kind]}")
        click.echo(f"  here     {line.ours}")
        click.echo(f"  mailbox  {line.theirs}{f' Seen: {line.seen}' if line.seen else ''}")
        click.echo(f"  effect   {line.effect}")
        click.echo(f"  set it   {line.powershell}")
    click.echo(f"\nExclusive: {_exclusive(report)}")


def _told(mistake: Mistake) -> str:
    where = f"line {mistake.line}: " if mistake.line else ""
    return f"{where}{mistake.said[:160]} {mistake.why}".strip() if mistake.said else f"{where}{mistake.why}"


def _exclusive(report: Report) -> str:
    marked = "marked so" if report.ours.exclusive else "not marked so"
    if report.alone.reasons:
        return f"{marked}; the mailbox's rules let others in. {' '.join(report.alone.reasons)}"
    if report.alone.missing:
        return f"{marked}; not known yet: {', '.join(report.alone.missing)}."
    if report.alone.unsure:
        return f"{marked}; possible if these are our account: {', '.join(report.alone.unsure)}."
    return f"{marked}; by its rules nobody else gets the room by an invitation."


def _document(report: Report, found: Pasted | None, problem: str) -> dict[str, object]:
    seen = report.known.traces
    return {
        "space": report.space.slug,
        "mailbox": report.link.mailbox if report.link else None,
        "kept": report.link is not None and not (found and found.mistakes),
        "entered_at": report.known.at,
        "source": report.known.source,
        "lines": [dataclasses.asdict(each) for each in report.lines],
        "counts": {kind.value: number for kind, number in report.counts.items()},
        "exclusive": {
            "marked": report.ours.exclusive,
            "verdict": report.alone.verdict,
            "reasons": report.alone.reasons,
            "unsure": report.alone.unsure,
            "missing": report.alone.missing,
        },
        "seen": dataclasses.asdict(seen) if seen else None,
        "other_installations": report.strangers,
        "mistakes": [dataclasses.asdict(each) for each in found.mistakes] if found else [],
        "notes": [*(found.notes if found else ()), *([problem] if problem else [])],
    }
