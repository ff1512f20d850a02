"""`booking rooms`: what a calendar server offers."""

import dataclasses
from collections.abc import Sequence
from itertools import groupby

import click

from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.http.wiring import engine_itself
from booking.store.database import reading
from booking.sync.rooms import OfferedRoom
from booking.sync.rooms import offered as offered_rooms

_NO_LISTS = """\
The server lists no rooms. That is no fault: a room's mailbox stands in a list only when somebody has put it there.
Whoever looks after Exchange makes a list for each building, in the Exchange Management Shell:

  New-DistributionGroup -Name "Central Library" -RoomList
  Add-DistributionGroupMember -Identity "Central Library" -Member room-1@example.org

It can take some hours until a new list shows. Spaces can be paired without one: `booking space pair SLUG ADDRESS`."""


@click.command()
@click.argument("connection")
@printing.as_json
@pass_installation
def rooms(installation: Installation, connection: str, *, as_json: bool) -> None:
    """List the rooms that a server offers.

    By building, as its room lists say, each with the space that it is paired with.
    """
    with installation.open():
        with reading() as session:
            found = known.connection(session, connection)
        offered = offered_rooms(engine_itself(), found.id)
    if as_json:
        printing.document([dataclasses.asdict(each) for each in offered])
    elif offered:
        _print(offered)
    else:
        click.echo(_NO_LISTS)


def _print(offered: Sequence[OfferedRoom]) -> None:
    for building, inside in groupby(offered, key=lambda room: room.building):
        click.echo(building or "In no building")
        printing.table(
            ("  ROOM", "ADDRESS", "PAIRED WITH"),
            ((f"  {room.name}", room.address, _space(room)) for room in inside),
        )
        click.echo()
    free = sum(not room.space_slug for room in offered)
    click.echo(f"{len(offered)} rooms, {free} of them not paired.")


def _space(room: OfferedRoom) -> str:
    return f"{room.space_name}, {room.location_name} ({room.space_slug})" if room.space_slug else "-"
