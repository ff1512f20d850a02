"""`booking demo`: a sample library and a stand-in Exchange, in one process."""

import socket
from dataclasses import replace
from pathlib import Path

import click

from booking import clock, config
from booking.app import create_app
from booking.cli import failures, site
from booking.cli.sample import filling, library, people
from booking.config import Settings
from booking.http import wiring
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import database, upgrading

HOST = "127.0.0.1"
ATTENDANT_DELAY = 1.0  # seconds that a room takes to answer an invitation, as a real one does
SETTINGS = f"""\
# The sample library of `booking demo`.
library_name = "{library.NAME}"
allow_local_connections = true # the stand-in Exchange runs on this machine
secure_cookies = false # and the site speaks plain http
"""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Port of the site.")
@click.option(
    "--exchange-port",
    type=click.IntRange(1, 65535),
    default=5001,
    show_default=True,
    help="Port of the stand-in Exchange, with a page like Outlook's.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("instance/demo"),
    show_default=True,
    help="Folder that keeps everything between runs. Remove it to begin anew.",
)
@click.option("--exchange-address", hidden=True, help="Address that the connection stores, for a proxy in between.")
def demo(*, port: int, exchange_port: int, data: Path, exchange_address: str | None) -> None:
    """Show a sample library with a stand-in Exchange.

    Two locations in two time zones, twelve rooms, this week's bookings, and the meetings that stand in their
    calendars. Nothing outside this machine is asked or told; mails go to a folder. Ctrl-C ends it.
    """
    site.prepare()
    try:
        _require_free(port, option="--port")
        settings = _settings(data, port)
        with _exchange(data, exchange_port) as sandbox:
            _run(settings, sandbox, port=port, server=exchange_address or sandbox.url)
    except KeyboardInterrupt:
        pass  # asked to end while starting
    click.echo("Ended.")


def _run(settings: Settings, sandbox: ExchangeSandbox, *, port: int, server: str) -> None:
    upgrading.upgrade(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        try:
            click.echo("Preparing the sample library; the first time this takes a moment.")
            filling.fill(sandbox, wiring.engine, server=server, folder=settings.instance, now=clock.now())
            site.run(app, settings, host=HOST, port=port, ready=lambda: click.echo(_welcome(settings, sandbox.url)))
        finally:
            database.db.engine.dispose()


def _settings(data: Path, port: int) -> Settings:
    """Return the demo's settings: whatever the environment says, it writes into no other database and sends no mail."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / config.SETTINGS_FILE
    if not file.exists():
        file.write_text(SETTINGS, encoding="utf-8")
    return replace(
        config.load(data),
        base_url=f"http://{HOST}:{port}",
        database_url=f"sqlite:///{data.resolve() / 'booking.sqlite'}",
        smtp_host="",
    )


def _exchange(data: Path, port: int) -> ExchangeSandbox:
    _require_free(port, option="--exchange-port")
    return ExchangeSandbox(data / "exchange.json", host=HOST, port=port, attendant_delay=ATTENDANT_DELAY)


def _require_free(port: int, *, option: str) -> None:
    """Refuse a port that is in use before anything is made."""
    try:
        with socket.create_server((HOST, port)):
            return
    except OSError as error:
        raise failures.port_in_use(error, port=port, option=option) from error


def _welcome(settings: Settings, outlook: str) -> str:
    names = {each.slug: f" of {each.name}" for each in library.LOCATIONS}
    sign_ins = [f"{each.email:<26}{each.role.value}{names.get(each.location, '')}" for each in people.STAFF]
    return "\n".join(
        [
            "",
            f"{library.NAME}, a sample library",
            "",
            f"  Site      {settings.base_url}",
            f"  Staff     {settings.base_url}/sign-in",
            f"  Outlook   {outlook}",
            "",
            *(f"  {'Sign in' if number == 0 else '       '}   {line}" for number, line in enumerate(sign_ins)),
            f"  Password  {people.PASSWORD}",
            f"  Mails     {settings.instance / 'mail'}",
            "",
            f"Ctrl-C ends it. What you do is kept in {settings.instance}.",
        ]
    )
