"""`booking space pair-several`: rooms proposed by name, looked at, and paired."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from booking import clock, store
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.errors import Refused
from booking.domain.permissions import COMMAND_LINE
from booking.http.wiring import engine_itself
from booking.store.database import reading
from booking.store.queries.places import LocationRow
from booking.sync import links
from booking.sync import rooms as offers
from booking.sync.engine import Engine
from booking.sync.matching import Likeness, Proposal
from booking.sync.rooms import Plan
from booking.sync.trials import Step

_WHY = {
    Likeness.SAME: "the same name",
    Likeness.ALIKE: "the same but for words like room",
    Likeness.BY_ADDRESS: "the address says so",
}


@dataclass(frozen=True, slots=True)
class Paired:
    """What became of a proposal: paired, not tried (None), or why not."""

    proposal: Proposal
    paired: bool | None = None
    problem: str = ""
    steps: tuple[Step, ...] = ()


@click.command("pair-several")
@click.argument("location")
@click.option("--from-list", "buildings", multiple=True, metavar="BUILDING", help="Only rooms of this room list.")
@printing.do_it
@printing.as_json
@pass_installation
def pair_several(
    installation: Installation, location: str, *, buildings: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Pair spaces with rooms by their names.

    Those of LOCATION with what its server lists (`booking rooms`). Shows first what it proposes. A room is proposed
    only when its name leaves no choice, and its numbers are the same: Room 1 is never Room 11. What is not certain
    is listed, and left for `booking space pair`. Exit status 1 when a pairing fails.
    """
    with installation.open():
        with reading() as session:
            place = known.location(session, location)
        engine = engine_itself()
        plan = offers.plan(engine, place.id, buildings=buildings)
        if not as_json:
            _show(place, plan)
        found = plan.matching.proposals
        agreed = bool(found) and printing.agreed(_question(len(found)), yes=yes, as_json=as_json)
        done = [_pair(engine, each, told=not as_json) for each in found] if agreed else [Paired(each) for each in found]
    if as_json:
        printing.document(_document(place, plan, done))
    failed = sum(each.paired is False for each in done)
    if failed:
        raise click.ClickException(f"{failed} of {len(done)} could not be paired.")
    if agreed and not as_json:
        click.echo("Done. `booking space import --all` writes what is booked already.")


def _question(number: int) -> str:
    return "Pair it?" if number == 1 else f"Pair these {number}?"


def _show(place: LocationRow, plan: Plan) -> None:
    found = plan.matching
    if found.proposals:
        printing.table(
            ("SPACE", "ROOM", "ADDRESS", "WHY"),
            ((each.space.name, each.room.name, each.room.key, _WHY[each.likeness]) for each in found.proposals),
        )
    else:
        click.echo(_why_nothing(place, plan))
    if plan.paired:
        click.echo(f"\nPaired already: {plan.paired}.")
    if found.undecided:
        click.echo("\nNot certain, so left to you:")
        for space in found.undecided:
            rooms = "; ".join(f"{room.name} <{room.key}>" for room in space.rooms)
            click.echo(f"  {space.space.name} ({space.space.key}): {rooms}")
    if found.unlike:
        click.echo("\nNo free room has a name like these:")
        for named in found.unlike:
            click.echo(f"  {named.name} ({named.key})")
    click.echo()


def _why_nothing(place: LocationRow, plan: Plan) -> str:
    if not (plan.matching.undecided or plan.matching.unlike):
        return f"{place.name} has no space that is not paired."
    if not plan.rooms:
        return "The server lists no rooms. `booking rooms` says how that can be changed."
    return f"No space of {place.name} has a name that leaves no choice among the rooms."


def _pair(engine: Engine, proposal: Proposal, *, told: bool) -> Paired:
    with reading() as session:
        space = store.queries.places.space_by_slug(session, proposal.space.key)
    if space is None:
        return Paired(proposal, paired=False, problem="The space is not there any more.")
    try:
        outcome = links.pair(engine, space_id=space.id, address=proposal.room.key, actor=COMMAND_LINE, now=clock.now())
    except Refused as refusal:
        done = Paired(proposal, paired=False, problem=str(refusal))
    else:
        problem = "; ".join(f"{step.title}: {step.detail}" for step in outcome.steps if step.failed)
        done = Paired(proposal, paired=outcome.saved, problem=problem, steps=outcome.steps)
    if told:
        click.echo(f"{proposal.space.name}: {'paired' if done.paired else f'NOT paired. {done.problem}'}")
    return done


def _document(place: LocationRow, plan: Plan, done: Sequence[Paired]) -> dict[str, object]:
    found = plan.matching
    return {
        "location": place.slug,
        "paired_already": plan.paired,
        "proposals": [
            {
                "space": each.proposal.space.key,
                "space_name": each.proposal.space.name,
                "mailbox": each.proposal.room.key,
                "room": each.proposal.room.name,
                "likeness": each.proposal.likeness.name.lower(),
                "paired": each.paired,
                "problem": each.problem,
                "steps": printing.rows_of(each.steps),
            }
            for each in done
        ],
        "undecided": [
            {"space": each.space.key, "space_name": each.space.name, "mailboxes": [room.key for room in each.rooms]}
            for each in found.undecided
        ],
        "unlike": [{"space": each.key, "space_name": each.name} for each in found.unlike],
        "rooms_left": [{"mailbox": each.key, "room": each.name} for each in found.rooms_left],
    }
