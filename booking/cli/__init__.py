"""For operators: `booking` and its commands.

Each command parses, calls one function below, and prints. What an operator could cause is answered with a
sentence and exit status 1 (2 for a wrong command line), never with a traceback.
"""

import logging
from importlib.metadata import version
from pathlib import Path

import click

from booking.cli import beginning  # before all that takes long to load

# isort: split
from booking.cli import (
    apply,
    connections,
    database,
    demo,
    folders,
    identity,
    keys,
    locations,
    people,
    preflight,
    rooms,
    serve,
    spaces,
    sync,
    worker,
)
from booking.cli.failures import Group
from booking.cli.installation import Installation

beginning.over()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("booking"), prog_name="booking")
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("instance"),
    envvar="BOOKING_INSTANCE",
    show_default=True,
    show_envvar=True,
    help="Folder with this installation's settings, secrets and SQLite file.",
)
@click.pass_context
def main(context: click.Context, instance: Path) -> None:
    """Room and seat booking for libraries, in step with the calendars they already have."""
    logging.getLogger("booking").addHandler(logging.NullHandler())  # commands say what went wrong in their own words
    context.obj = Installation(instance)


main.add_command(demo.demo)
main.add_command(serve.serve)
main.add_command(worker.worker)
main.add_command(database.db)
main.add_command(apply.apply)
main.add_command(keys.keys)
main.add_command(identity.identity)
main.add_command(people.staff)
main.add_command(connections.connection)
main.add_command(folders.folders)
main.add_command(locations.location)
main.add_command(spaces.space)
main.add_command(rooms.rooms)
main.add_command(preflight.preflight)
main.add_command(sync.sync)
