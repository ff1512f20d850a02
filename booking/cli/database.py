"""`booking db`: the database's tables."""

import click

from booking.cli.installation import Installation, pass_installation
from booking.store import upgrading


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@pass_installation
def upgrade(installation: Installation) -> None:
    """Bring the tables to this version's.

    Safe to run again: what is there already stays as it is. Make a backup first.
    """
    upgrading.upgrade(installation.settings.database_url)
    click.echo("The database is up to date.")
