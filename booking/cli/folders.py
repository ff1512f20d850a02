"""`booking folders`: calendar folders beside the rooms' own calendars, and the spaces that they block."""

import dataclasses
from datetime import datetime

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain import powershell
from booking.domain.permissions import COMMAND_LINE
from booking.domain.states import FolderState, TreeState
from booking.http.wiring import engine_itself
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.folders import FolderRow
from booking.store.queries.trees import TreeRow
from booking.sync import folder_reading, ticking
from booking.sync import folders as trees
from booking.sync.ticking import OWN, Chosen, Loss


@click.group()
def folders() -> None:
    """Look after calendar folders that block spaces: public ones, and those of mailboxes."""


# ------------------------------------------------------------------------------------------------ list


@folders.command("list")
@click.argument("connection")
@printing.as_json
@pass_installation
def list_folders(installation: Installation, connection: str, *, as_json: bool) -> None:
    """List the folders of CONNECTION, the spaces they block, and what is about no space."""
    with installation.open(), reading() as session:
        found = _document(session, known.connection(session, connection).id, now=clock.now())
    if as_json:
        printing.document(found)
        return
    names = ("id", "mailbox", "name", "state", "space", "blocks", "last_error")
    rows = [tuple(str(each[name]) for name in names) for each in found["folders"]]
    if rows:
        printing.table(("FOLDER", "WHOSE", "NAME", "STATE", "SPACE", "TIMES", "LAST ERROR"), rows)
    else:
        click.echo("No folder is listed yet. `booking folders read` lists them.")
    for each in found["unmatched"]:
        click.echo(f"About no space: {each['start']} to {each['end']}, {each['place'] or 'no place'} ({each['why']}).")
    for each in found["overlaps"]:
        click.echo(
            f"Booking {each['booking']} in {each['space']} stands at a time that a folder takes: {each['start']}."
        )


def _document(session: Session, connection_id: int, *, now: datetime) -> dict[str, list[dict[str, object]]]:
    rows = queries.folders.rows(session, connection_id)
    blocks = queries.folder_events.blocks(session, [each.id for each in rows], now=now)
    own = next((each for each in rows if each.is_own), None)
    connection = queries.connections.row(session, connection_id)
    owner = connection.default_owner if connection else ""
    return {
        "folders": [_folder(each, blocks.get(each.id, 0)) for each in rows],
        "trees": [_tree(each) for each in queries.trees.rows(session, connection_id)],
        "unmatched": [
            {"start": each.when.start, "end": each.when.end, "private": each.private, "place": each.place,
             "why": each.why, "owner": owner}
            for each in (queries.folder_events.unmatched(session, own.id, now=now) if own else ())
        ],
        "overlaps": [
            {"folder": each.folder_id, "space": each.space_name, "booking": each.ref, "start": each.when.start,
             "end": each.when.end}
            for each in queries.folder_events.overlaps(session, connection_id, now=now)
        ],
    }  # fmt: skip


def _folder(row: FolderRow, blocks: int) -> dict[str, object]:
    return {
        "id": row.id,
        "mailbox": row.mailbox,
        "name": row.name,
        "own_calendar": row.is_own,
        "state": row.state.value,
        "space": row.space_slug,
        "blocks": blocks,
        "read_at": row.read_at,
        "free_at": row.free_at,
        "missing_since": row.missing_since,
        "vanishing": row.vanishing,
        "last_error": row.last_error,
    }


def _tree(row: TreeRow) -> dict[str, object]:
    return {
        "mailbox": row.mailbox,
        "state": row.state.value,
        "calendars": row.found,
        "read_at": row.done_at,
        "error": row.error,
    }


# ---------------------------------------------------------------------------------------------- advice


@folders.command("advice")
@click.argument("connection")
@pass_installation
def advice(installation: Installation, connection: str) -> None:
    """Print what lets meetings that people from outside arrange into the calendar of CONNECTION's account."""
    with installation.open(), reading() as session:
        row = known.connection(session, connection)
    click.echo("In Outlook, signed in as the account, tick:")
    click.echo("  Automatically process requests and responses from external senders")
    click.echo("Or in the Exchange Management Shell:")
    for line in powershell.external_meetings(row.email or row.username):
        click.echo(f"  {line}")


# ------------------------------------------------------------------------------------------------ read


@folders.command("read")
@click.argument("connection")
@click.option("--mailbox", default="", help="Whose folders; without it the public ones.")
@printing.as_json
@pass_installation
def read(installation: Installation, connection: str, mailbox: str, *, as_json: bool) -> None:
    """List the folders of a mailbox, or the public ones, as the server shows them now.

    What is ticked stays ticked. A listing that fails takes nothing away; then the exit status is 1.
    """
    with installation.open():
        with transaction() as session:
            row = known.connection(session, connection)
            tree = trees.ask_for_tree(session, row.id, mailbox=mailbox, actor=COMMAND_LINE, now=clock.now())
        printing.tell("Reading the folders. This can take a minute or two.")
        trees.read_tree(engine_itself(), tree)
        with reading() as session:
            end = trees.progress(session, tree)
    if as_json:
        printing.document(_tree(end))
    elif end.state is TreeState.DONE:
        click.echo(f"{end.found} calendars found. `booking folders list` shows them.")
    if end.state is not TreeState.DONE:
        raise click.ClickException(end.error or "Another process is reading these folders.")


# ------------------------------------------------------------------------------------------------ look


@folders.command("look")
@click.argument("connection")
@printing.as_json
@pass_installation
def look(installation: Installation, connection: str, *, as_json: bool) -> None:
    """Read what stands in the ticked folders of CONNECTION now, as happens every minute by itself.

    The exit status is 1 when one could not be read; what it blocks stays taken.
    """
    with installation.open():
        with reading() as session:
            connection_id = known.connection(session, connection).id
            wanted = [
                each for each in queries.folders.rows(session, connection_id) if each.state in queries.folders.READ
            ]
        engine = engine_itself()
        well = {each.id: folder_reading.read_now(engine, each.id) for each in wanted}
        with reading() as session:
            found = [each for each in queries.folders.rows(session, connection_id) if each.id in well]
            blocks = queries.folder_events.blocks(session, list(well), now=clock.now())
    if as_json:
        printing.document([_folder(each, blocks.get(each.id, 0)) for each in found])
    else:
        for each in found:
            said = f"blocks {blocks.get(each.id, 0)} times to come" if well[each.id] else each.last_error or "not read"
            click.echo(f"{each.name}: {said}")
    if not all(well.values()):
        raise click.ClickException("Not every folder could be read. Nothing was freed.")


# ------------------------------------------------------------------------------------------------ tick


@folders.command("tick")
@click.argument("folder", type=int)
@click.argument("space")
@printing.do_it
@printing.as_json
@pass_installation
def tick(installation: Installation, folder: int, space: str, *, yes: bool, as_json: bool) -> None:
    """Have FOLDER, a number from the list, block SPACE."""
    with installation.open():
        with reading() as session:
            row, space_id = _row(session, folder), known.space(session, space).id
        _choose(row, space_id, yes=yes, as_json=as_json)


@folders.command("untick")
@click.argument("folder", type=int)
@printing.do_it
@printing.as_json
@pass_installation
def untick(installation: Installation, folder: int, *, yes: bool, as_json: bool) -> None:
    """Have FOLDER, a number from the list, block nothing any more. Its times are free half a minute later."""
    with installation.open():
        with reading() as session:
            row = _row(session, folder)
        _choose(row, None, yes=yes, as_json=as_json)


def _row(session: Session, folder_id: int) -> FolderRow:
    row = queries.folders.row(session, folder_id)
    if row is None or row.is_own:
        raise click.BadParameter(f"There is no folder {folder_id}. `booking folders list` names them all.")
    return row


def _choose(row: FolderRow, space_id: int | None, *, yes: bool, as_json: bool) -> None:
    def choose(*agreed: int) -> Chosen:
        return ticking.choose(
            engine_itself(),
            row.connection_id,
            {row.id: space_id},
            agreed=agreed,
            actor=COMMAND_LINE,
            now=clock.now(),
        )

    chosen = choose()
    if chosen.losses and _agreed(chosen.losses, yes=yes, as_json=as_json):
        chosen = choose(row.id)
    _tell(chosen, as_json=as_json)


def _agreed(losses: tuple[Loss, ...], *, yes: bool, as_json: bool) -> bool:
    if not as_json:
        for loss in losses:
            click.echo(f"{loss.folder.name} takes {len(loss.times)} times to come; they would be free.")
    return printing.agreed("Free them?", yes=yes, as_json=as_json)


def _tell(chosen: Chosen, *, as_json: bool) -> None:
    if as_json:
        losses = [
            {"folder": loss.folder.id, "times": [dataclasses.asdict(each) for each in loss.times]}
            for loss in chosen.losses
        ]
        printing.document({"changed": chosen.changed, "would_free": losses})
    elif not chosen.losses:
        click.echo("Done. It is read within a minute." if chosen.changed else "Nothing to change.")


# ------------------------------------------------------------------------------------------------- own


@folders.command("own")
@click.argument("connection")
@click.option("--on/--off", "wanted", required=True, help="Read it, or no more.")
@printing.do_it
@printing.as_json
@pass_installation
def own(installation: Installation, connection: str, *, wanted: bool, yes: bool, as_json: bool) -> None:
    """Let events of the service account's own calendar block the spaces that they are about, or no more."""
    with installation.open():
        with reading() as session:
            row = known.connection(session, connection)
        if wanted:
            ticking.read_own(row.id, actor=COMMAND_LINE, now=clock.now())
            _tell(Chosen(1, ()), as_json=as_json)
            return
        chosen = _leave_own(row.id)
        if chosen.losses and _agreed(chosen.losses, yes=yes, as_json=as_json):
            chosen = _leave_own(row.id, OWN)
        _tell(chosen, as_json=as_json)


def _leave_own(connection_id: int, *agreed: int) -> Chosen:
    return ticking.leave_own(engine_itself(), connection_id, agreed=agreed, actor=COMMAND_LINE, now=clock.now())


# --------------------------------------------------------------------------------------------- believe


@folders.command("believe")
@click.argument("folder", type=int)
@printing.do_it
@pass_installation
def believe(installation: Installation, folder: int, *, yes: bool) -> None:
    """Take for true that what FOLDER, frozen since too much vanished at once, does not show is really gone."""
    with installation.open():
        with reading() as session:
            row = queries.folders.row(session, folder)
        if row is None or row.state is not FolderState.FROZEN:
            raise click.BadParameter(f"Folder {folder} is not frozen.")
        click.echo(f"{row.vanishing} entries seem to have vanished from {row.name}.")
        if printing.agreed("Are they really gone?", yes=yes, as_json=False):
            folder_reading.believe(engine_itself(), folder, actor=COMMAND_LINE, now=clock.now())
            click.echo("What is really gone was let go.")
