"""What a pairing would do, printed before it is done: `booking space pair --preview`."""

import dataclasses

import click

from booking import clock
from booking.cli import printing, rehearsing
from booking.domain.permissions import COMMAND_LINE
from booking.http.wiring import engine_itself
from booking.store.queries.places import SpaceRow
from booking.sync import previews
from booking.sync.previews import Leaving, Pairing


def show(place: SpaceRow, address: str, *, as_json: bool) -> None:
    """Test a mailbox for a space, and print what the first sync would do. Nothing is changed.

    Raises:
        ClickException: a step failed.
    """
    found = previews.pairing(engine_itself(), space_id=place.id, address=address, actor=COMMAND_LINE, now=clock.now())
    if as_json:
        printing.document(_document(place, found))
    else:
        printing.steps(found.steps)
        for line in _lines(found):
            click.echo(line)
    if found.rehearsal is None:
        raise click.ClickException(f"{place.name} cannot be paired with it, because a step failed.")


def _lines(found: Pairing) -> list[str]:
    said = rehearsing.lines_of(found.rehearsal) if found.rehearsal else []
    if found.leaves:
        said.append(
            f"It leaves {found.leaves.mailbox}: {len(found.leaves.entries)} entries of ours are deleted there, "
            f"{len(found.leaves.blocks)} times of others stay taken until `booking space blocks`."
        )
    return [*said, "Nothing was changed."]


def _document(place: SpaceRow, found: Pairing) -> dict[str, object]:
    return {
        "space": place.slug,
        "mailbox": found.mailbox,
        "paired_already": found.again,
        "steps": printing.rows_of(found.steps),
        "first_sync": rehearsing.room_document(found.rehearsal) if found.rehearsal else None,
        "leaves": _leaves(found.leaves) if found.leaves else None,
    }


def _leaves(leaves: Leaving) -> dict[str, object]:
    return {
        "mailbox": leaves.mailbox,
        "entries": [{"ref": each.ref, **dataclasses.asdict(each.when)} for each in leaves.entries],
        "blocks": [dataclasses.asdict(each.when) for each in leaves.blocks],
    }
