"""`booking identity`: which installation this is, and the two answers when that is in doubt."""

import dataclasses
from collections.abc import Iterable

import click

from booking import clock
from booking.cli import printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.permissions import COMMAND_LINE
from booking.http import filters, wiring
from booking.store.database import reading
from booking.sync import identity as identities
from booking.sync.identity import IdentityStatus


@click.group()
def identity() -> None:
    """See whether this installation is in doubt about being the server, and say which it is."""


@identity.command()
@printing.as_json
@pass_installation
def show(installation: Installation, *, as_json: bool) -> None:
    """Say whether calendars are written to, and if not, what was found. Exit status 0 whatever it says."""
    found = _found(installation)
    if as_json:
        printing.document(dataclasses.asdict(found) | {"writes_go": found.writes_go})
        return
    if found.writes_go:
        click.echo(f"This is installation {found.install_id}. It writes to its calendars.")
        return
    click.echo(f"This is installation {found.install_id}. Nothing is written to its calendars before you decide.")
    _tell([*found.reasons, *_since(found)])
    for room in found.rooms:
        click.echo(f"{room.location_name}, {room.space_name} ({room.mailbox})")
        _tell([f"entries not known here: {room.unknown}, newer than here: {room.newer}"])
    click.echo("If you say `booking identity server`:")
    _tell(found.if_server)
    click.echo("If you say `booking identity copy`:")
    _tell(found.if_copy)


@identity.command()
@printing.do_it
@printing.as_json
@pass_installation
def server(installation: Installation, *, yes: bool, as_json: bool) -> None:
    """Say that this is the server: what it does not know is shown to staff, and writing goes on."""
    with installation.open():
        with reading() as session:
            found = identities.status(session, now=clock.now())
        if found.writes_go:
            _answer(found, done=False, as_json=as_json, words="Nothing waits for this: calendars are written to.")
            return
        if not as_json:
            _tell(found.if_server)
        done = printing.agreed("Is this the server?", yes=yes, as_json=as_json)
        if done:
            folder, engine = installation.settings.instance, wiring.engine_itself()
            identities.this_is_the_server(engine, actor=COMMAND_LINE, now=clock.now(), folder=folder)
        words = (
            "This is the server. Every room is read whole, by the site or by `booking sync run --all`; then it writes."
        )
        _answer(found, done=done, as_json=as_json, words=words if done else "")


@identity.command()
@printing.do_it
@printing.as_json
@pass_installation
def copy(installation: Installation, *, yes: bool, as_json: bool) -> None:
    """Say that this is a copy: a new identity, pairings ended, connections paused, no calendar touched.

    May be said at any time, best before the copy is started for the first time.
    """
    with installation.open():
        with reading() as session:
            found = identities.status(session, now=clock.now())
        if not as_json:
            _tell(found.if_copy)
        done = printing.agreed("Is this a copy? It cannot be undone.", yes=yes, as_json=as_json)
        if done:
            folder, engine = installation.settings.instance, wiring.engine_itself()
            identities.this_is_a_copy(engine, folder, actor=COMMAND_LINE, now=clock.now())
        words = "This is a copy now, with an identity of its own. Its connections are paused."
        _answer(found, done=done, as_json=as_json, words=words if done else "")


def _found(installation: Installation) -> IdentityStatus:
    with installation.open(), reading() as session:
        return identities.status(session, now=clock.now())


def _answer(found: IdentityStatus, *, done: bool, as_json: bool, words: str) -> None:
    if as_json:
        printing.document({"install_id": found.install_id, "was_stopped": not found.writes_go, "done": done})
    elif words:
        click.echo(words)


def _since(found: IdentityStatus) -> list[str]:
    if found.since is None:
        return []
    return [f"Since {found.since:%Y-%m-%d %H:%M:%S} UTC, {filters.ago(found.since, clock.now())}."]


def _tell(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        click.echo(f"  {sentence}")
