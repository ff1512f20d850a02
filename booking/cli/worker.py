"""`booking worker`: what runs by itself, in as many processes as one likes, on any machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from booking.api import metrics
from booking.cli import failures, site
from booking.cli.installation import Installation, pass_installation
from booking.config import Settings
from booking.scheduler import distributed
from booking.store import job_queue

_ONLY_POSTGRESQL = (
    "Workers share their work in PostgreSQL, and this installation keeps its data in SQLite. "
    "Use `booking serve`, which does all the work in one process."
)


@click.command(short_help="Run sync and mail, beside any number of web servers.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 100),
    help="How many rooms are written to at once.  [default: sync_workers of the settings]",
)
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Show this worker's numbers there, at any path.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Address for them; others need a token.")
@pass_installation
def worker(installation: Installation, *, concurrency: int | None, metrics_port: int | None, metrics_host: str) -> None:
    """Run sync and mail until Ctrl-C or SIGTERM, for pages that others serve.

    Any number of workers on any number of machines share the work of one installation, and any of them may end or
    die at any moment: the others go on. Needs PostgreSQL, and the same secrets on each machine. Brings the database
    up to date first.
    """
    settings = installation.settings
    if not job_queue.can_hold_one(settings.database_url):
        raise click.ClickException(_ONLY_POSTGRESQL)
    site.prepare(settings)
    try:
        with installation.open() as app, _shown(app, settings, host=metrics_host, port=metrics_port):
            working = distributed.worker(
                app,
                connect=job_queue.connect_arguments(settings.database_url),
                concurrency=concurrency or max(settings.sync_workers, 1),
            )
            working.run(ready=lambda: click.echo("The worker is at work. Ctrl-C ends it."))
    except KeyboardInterrupt:
        pass  # asked to end while starting
    click.echo("Ended.")


@contextmanager
def _shown(app: Flask, settings: Settings, *, host: str, port: int | None) -> Iterator[None]:
    """Show the numbers of this process meanwhile, if a port was named."""
    if port is None:
        yield
        return
    try:
        serving = metrics.serve(app, host=host, port=port, token=settings.metrics_token)
    except OSError as error:
        raise failures.port_in_use(error, port=port, option="--metrics-port") from error
    try:
        yield
    finally:
        serving.stop()
