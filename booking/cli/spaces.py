"""`booking space`: spaces, and the mailboxes they are paired with."""

import dataclasses
from dataclasses import dataclass

import click

from booking import clock, store
from booking.cli import freeing, importing, known, pairing, previewing, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.errors import NotPossible
from booking.domain.permissions import COMMAND_LINE
from booking.domain.states import Authority
from booking.http.wiring import cadence, engine_itself
from booking.store.database import Session, reading
from booking.store.queries.links import LinkRow
from booking.store.queries.places import SpaceRow
from booking.sync import leaving, links, previews, status
from booking.sync.trials import Outcome


@click.group(short_help="See the spaces, and pair them with mailboxes.")
def space() -> None:
    """See the spaces, and pair them with the mailboxes of their rooms."""


space.add_command(importing.import_bookings)
space.add_command(pairing.pair_several)
space.add_command(freeing.blocks)


# ------------------------------------------------------------------------------------------------ list


@dataclass(frozen=True, slots=True)
class Listed:
    """A space in a list. `mailbox`, `connection` and `state` are those of its pairing; None without one."""

    slug: str
    name: str
    location: str
    category: str
    capacity: int
    mailbox: str | None
    connection: str | None
    state: str | None
    words: str


@space.command("list")
@click.option("--location", metavar="SLUG", help="Only the spaces of this location.")
@printing.as_json
@pass_installation
def list_spaces(installation: Installation, *, location: str | None, as_json: bool) -> None:
    """List the spaces, and the mailbox that each is paired with."""
    with installation.open(), reading() as session:
        rows = _rows(session, location)
    if as_json:
        printing.document([dataclasses.asdict(each) for each in rows])
    elif rows:
        printing.table(
            ("SLUG", "NAME", "LOCATION", "CATEGORY", "MAILBOX", "STATE"),
            ((row.slug, row.name, row.location, row.category, row.mailbox or "-", row.words) for row in rows),
        )
    else:
        click.echo("There is no space yet.")


def _rows(session: Session, location: str | None) -> list[Listed]:
    every = store.queries.places.locations
    places = every(session) if location is None else (known.location(session, location),)
    health = {each.space_id: each for each in status.spaces(session, now=clock.now(), cadence=cadence())}
    found = []
    for place in places:
        for each in store.queries.places.spaces(session, location_id=place.id):
            paired = health.get(each.id)
            found.append(
                Listed(
                    slug=each.slug,
                    name=each.name,
                    location=each.location_slug,
                    category=each.category_slug,
                    capacity=each.capacity,
                    mailbox=paired.mailbox if paired else None,
                    connection=paired.connection_name if paired else None,
                    state=paired.code if paired else None,
                    words=paired.words if paired else "not paired",
                )
            )
    return found


# ------------------------------------------------------------------------------------------------ pair


@space.command()
@click.argument("slug")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Also if the space is paired with another mailbox, which it leaves then.")
@click.option("--preview", is_flag=True, help="Only test it, and list what the first sync would do.")
@click.option("--exclusive", is_flag=True, help="Only our account may write into its calendar.")
@printing.as_json
@pass_installation
def pair(
    installation: Installation,
    slug: str,
    address: str,
    *,
    yes: bool,
    preview: bool,
    exclusive: bool,
    as_json: bool,
) -> None:
    """Pair a space with its room's mailbox.

    Sees first that the mailbox is there, that no other space has it, and that the account may read and write it;
    then its calendar is read. Bookings that stand already are written by `booking space import`. Run again it tests
    the pairing again. Exit status 1, and nothing is changed, when a step fails.
    """
    with installation.open():
        with reading() as session:
            place, link = _space_and_link(session, slug)
        if preview:
            previewing.show(place, address, as_json=as_json)
            return
        if link is not None and link.mailbox != address.strip().lower() and not yes:
            words = (
                f"{place.name} is paired with {link.mailbox}. With --yes it leaves that: our entries there are deleted."
            )
            raise NotPossible(words)
        outcome = links.pair(
            engine_itself(),
            space_id=place.id,
            address=address,
            actor=COMMAND_LINE,
            now=clock.now(),
            authority=Authority.EXCLUSIVE if exclusive else None,
        )
        with reading() as session:
            link = store.queries.links.row_of_space(session, place.id)
    mailbox = link.mailbox if link else None
    if as_json:
        printing.document(_paired(place, mailbox, outcome))
    else:
        printing.steps(outcome.steps)
    if not outcome.saved:
        raise click.ClickException(f"{place.name} was not paired, because a step failed.")
    if not as_json:
        click.echo(f"{place.name} is paired with {mailbox}. `booking space import {place.slug}` writes what is booked.")


def _paired(place: SpaceRow, mailbox: str | None, outcome: Outcome) -> dict[str, object]:
    return {
        "space": place.slug,
        "mailbox": mailbox,
        "saved": outcome.saved,
        "steps": printing.rows_of(outcome.steps),
    }


def _space_and_link(session: Session, slug: str) -> tuple[SpaceRow, LinkRow | None]:
    found = known.space(session, slug)
    return found, store.queries.links.row_of_space(session, found.id)


# ---------------------------------------------------------------------------------------------- unpair


@space.command()
@click.argument("slug")
@click.option("--leave-entries", is_flag=True, help="Leave our entries in the calendar; without this they are deleted.")
@printing.do_it
@printing.as_json
@pass_installation
def unpair(installation: Installation, slug: str, *, leave_entries: bool, yes: bool, as_json: bool) -> None:
    """Let go of a space's mailbox.

    Says first what that does. Its bookings stay as they are. What others have entered there stays taken until
    `booking space blocks` has shown the list and is told to free it.
    """
    with installation.open():
        with reading() as session:
            place, link = _space_and_link(session, slug)
            if link is None:
                raise NotPossible(f"{place.name} is not paired.")
            written = store.queries.push.standing(session, link.id, now=clock.now())
            blocks = len(previews.leaving(session, link.id, now=clock.now()).blocks)
        if not as_json:
            click.echo(_unpairing(place, link, written=written, blocks=blocks, leave_entries=leave_entries))
        done = printing.agreed("Let go of it?", yes=yes, as_json=as_json)
        ended = done and _let_go(link.id, leave_entries=leave_entries)
    if as_json:
        answer = {"space": place.slug, "mailbox": link.mailbox, "entries": written, "blocks": blocks}
        printing.document(answer | {"entries_stay": leave_entries, "done": done, "ended": ended})
    elif ended:
        click.echo(f"{place.name} is not paired any more.")
    elif done:
        click.echo(f"{place.name} is being disconnected: what is left to delete is tried again by itself.")


def _unpairing(place: SpaceRow, link: LinkRow, *, written: int, blocks: int, leave_entries: bool) -> str:
    said = [f"{place.name} lets go of {link.mailbox}."]
    if written:
        entries = "Our one entry" if written == 1 else f"Our {written} entries"
        stays = "left there, and not kept up to date" if leave_entries else "deleted there"
        said.append(f"{entries} for times still to come {'is' if written == 1 else 'are'} {stays}.")
    if blocks:
        said.append(f"What others have entered there stays taken until you say `booking space blocks`: {blocks}.")
    said.append("Undo: pair it with the same mailbox again.")
    return " ".join(said)


def _let_go(link_id: int, *, leave_entries: bool) -> bool:
    """Disconnect a pairing, and tell whether that is over."""
    engine = engine_itself()
    links.disconnect(engine, link_id, leave_entries=leave_entries, actor=COMMAND_LINE, now=clock.now())
    return leaving.go_on(engine, link_id)
