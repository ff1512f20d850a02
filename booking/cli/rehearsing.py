"""`booking sync dry-run`: what sync would do, room by room. Nothing is written anywhere."""

import dataclasses
from collections.abc import Sequence

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.intervals import Interval
from booking.domain.permissions import COMMAND_LINE
from booking.http import filters, wiring
from booking.store.database import reading
from booking.sync import dry_run
from booking.sync.dry_run import HEADINGS, Finding, Kind, Progress, Rehearsal, SpaceRehearsal, Target


@click.command("dry-run")
@click.argument("slugs", metavar="[SPACE]...", nargs=-1)
@click.option("--location", metavar="SLUG", help="Only the spaces of this location.")
@click.option("--connection", metavar="NAME", help="Only the spaces of this connection.")
@printing.as_json
@pass_installation
def dry_run_now(
    installation: Installation,
    *,
    slugs: tuple[str, ...],
    location: str | None,
    connection: str | None,
    as_json: bool,
) -> None:
    """Read calendars, and list what sync would do.

    What would be created, changed, blocked, freed or cancelled, and what conflicts. Nothing is written: neither in a
    calendar nor in the database. All paired spaces, or those named. Exit status 1 when a calendar could not be read.
    """
    with installation.open():
        target = _target(slugs, location, connection)
        found = dry_run.rehearse(wiring.engine_itself(), target, actor=COMMAND_LINE, now=clock.now(), progress=_tell)
    if as_json:
        printing.document(document(found))
    else:
        click.echo("\n".join(_report(found)))
    if found.failed:
        raise click.ClickException(f"{len(found.failed)} of {len(found.spaces)} calendars could not be read.")


def _target(slugs: Sequence[str], location: str | None, connection: str | None) -> Target:
    with reading() as session:
        return Target(
            location_id=known.location(session, location).id if location else None,
            connection_id=known.connection(session, connection).id if connection else None,
            space_ids=frozenset(known.space(session, slug).id for slug in slugs),
        )


def _tell(progress: Progress) -> None:
    printing.tell(f"Reading {progress.done + 1} of {progress.total}: {progress.space}.")


def _report(found: Rehearsal) -> list[str]:
    if not found.spaces:
        return ["No space is paired with a calendar yet."]
    lines = [line for room in found.spaces for line in lines_of(room)]
    sums = ", ".join(f"{HEADINGS[kind].lower()} {number}" for kind, number in found.counts.items())
    return [*lines, "", f"{found.words}", f"In all: {sums}."]


def lines_of(room: SpaceRehearsal) -> list[str]:
    """Return what sync would do in a room, for people; times are those of its location."""
    head = f"{room.location_name}, {room.space_name} ({room.mailbox}): "
    if not room.looked:
        return [f"{head}not read. {room.problem}"]
    said = [f"{head}{f'{room.total} to do' if room.total else 'nothing would change'}; {room.items} entries read"]
    said += [f"  {_line(each, room.zone)}" for each in room.findings]
    said += [f"  and {room.more} more"] if room.more else []
    said += [f"  {room.to_import} bookings from before the pairing are not there: `booking space import`"] * bool(
        room.to_import
    )
    return said + [f"  beware: {words}" for words in room.warnings]


def _line(finding: Finding, zone: str) -> str:
    about = f" [{finding.ref}]" if finding.ref else ""
    before = f" It stood {_time(finding.before, zone)}." if finding.before else ""
    return f"{finding.kind.value:<8}  {_time(finding.when, zone)}  {finding.words}{before}{about}"


def _time(when: Interval, zone: str) -> str:
    return f"{filters.iso_day(filters.local(when.start, zone))} {filters.time_range(when, zone)}"


def document(found: Rehearsal) -> dict[str, object]:
    """Return a dry run for programs."""
    return {
        "began": found.began,
        "ended": found.ended,
        "words": found.words,
        "items": found.items,
        "counts": _counts(found.counts),
        "spaces": [room_document(room) for room in found.spaces],
    }


def room_document(room: SpaceRehearsal) -> dict[str, object]:
    """Return what would happen in one room, for programs."""
    return {
        "space": room.space_slug,
        "mailbox": room.mailbox,
        "looked": room.looked,
        "problem": room.problem,
        "items": room.items,
        "ours": room.ours,
        "counts": _counts({kind: room.counts.get(kind, 0) for kind in Kind}),
        "findings": [
            {
                "kind": each.kind.value,
                "side": each.side.value,
                "start": each.when.start,
                "end": each.when.end,
                "before": dataclasses.asdict(each.before) if each.before else None,
                "ref": each.ref,
                "words": each.words,
            }
            for each in room.findings
        ],
        **{
            name: value
            for name, value in dataclasses.asdict(room).items()
            if name in {"to_import", "under_way", "standing_conflicts", "warnings"}
        },
    }


def _counts(counts: dict[Kind, int]) -> dict[str, int]:
    return {kind.value: number for kind, number in counts.items()}
