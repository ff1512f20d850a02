"""`booking connection rights` and `analyzer`: what an Exchange administrator does, and Microsoft's own test."""

import dataclasses

import click

from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain import analyzer as microsofts
from booking.domain import powershell, servers
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.connections import ConnectionRow


@click.command()
@click.argument("name")
@printing.as_json
@pass_installation
def rights(installation: Installation, name: str, *, as_json: bool) -> None:
    """Print the PowerShell lines that let the account of NAME into the rooms.

    For the Exchange Management Shell; one of the ways is enough. Asks no server.
    """
    with installation.open(), reading() as session:
        row = known.connection(session, name)
        scripts = powershell.scripts(row.email or servers.login(row.username, row.netbios), _rooms(session, row))
    if as_json:
        printing.document([dataclasses.asdict(each) | {"text": each.text} for each in scripts])
        return
    for each in scripts:
        click.echo(f"# {each.title}\n# {each.why}\n{each.text}\n")


@click.command()
@click.argument("name")
@click.option("--mailbox", metavar="ADDRESS", default="", help="The room to test with; else the first that is paired.")
@printing.as_json
@pass_installation
def analyzer(installation: Installation, name: str, *, mailbox: str, as_json: bool) -> None:
    """Print what to type into Microsoft's Remote Connectivity Analyzer for NAME. The password is never printed."""
    with installation.open(), reading() as session:
        row = known.connection(session, name)
        fields = microsofts.fields(
            mailbox=mailbox or next(iter(_rooms(session, row)), ""),
            username=servers.login(row.username, row.netbios),
            server=row.server,
            impersonate=row.impersonate,
        )
    if as_json:
        printing.document({"address": microsofts.ADDRESS, "fields": {each.name: each.value for each in fields}})
        return
    click.echo(microsofts.ADDRESS)
    printing.table(("FIELD", "TYPE OR CHOOSE"), ((each.name, each.value) for each in fields))


def _rooms(session: Session, row: ConnectionRow) -> tuple[str, ...]:
    """Return the mailboxes that are paired through a connection."""
    return tuple(each.mailbox for each in queries.links.rows(session) if each.connection_id == row.id)
