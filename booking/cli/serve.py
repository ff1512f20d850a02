"""`booking serve`: the whole installation in one process."""

import click

from booking.cli import site
from booking.cli.installation import Installation, pass_installation


@click.command(short_help="Run the site, and sync and mail with it.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Port to listen on.")
@pass_installation
def serve(installation: Installation, *, host: str, port: int) -> None:
    """Run the site, and sync and mail with it, until Ctrl-C or SIGTERM.

    Brings the database up to date first. One process for each installation: a second one serves pages too, but
    leaves sync and mail to the first. With background = "worker" in the settings, `booking worker` does them, and
    all that this does is serve pages. People reach the site through a web server that speaks https.
    """
    site.prepare(installation.settings)
    try:
        with installation.open() as app:
            site.run(
                app,
                installation.settings,
                host=host,
                port=port,
                ready=lambda: click.echo(f"Booking answers on http://{host}:{port}. Ctrl-C ends it."),
            )
    except KeyboardInterrupt:
        pass  # asked to end while starting
    click.echo("Ended.")
