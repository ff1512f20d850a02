"""The site in one process: pages by waitress, sync and mail by the embedded scheduler, and a clean end."""

import logging
import signal
from collections.abc import Callable
from types import FrameType

import waitress
from flask import Flask

from booking import config
from booking.cli import failures
from booking.config import Settings
from booking.http import logs
from booking.scheduler import embedded

#: Enough that requests which wait for a calendar do not keep pages from others.
THREADS = 12


def run(app: Flask, settings: Settings, *, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve pages and run the background work until Ctrl-C or SIGTERM, then end both.

    Where the settings leave the background work to `booking worker`, only pages are served.

    Raises:
        click.ClickException: the port is in use.
    """
    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            # The application reads them itself, as far as the settings trust them.
            clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        )
    except OSError as error:
        raise failures.port_in_use(error, port=port, option="--port") from error
    try:
        runner = embedded.start(app) if settings.background == config.EMBEDDED else None
        try:
            ready()
            server.run()  # ends by itself on the exceptions that both signals raise
        finally:
            if runner is not None:
                runner.stop()
    finally:
        server.close()


def prepare(settings: Settings | None = None) -> None:
    """Have warnings written down with their time, and SIGTERM end the program as Ctrl-C does.

    Raises:
        OSError: the log file cannot be written.
    """
    if settings is None:
        logs.prepare()
    else:
        logs.prepare(
            settings.log_file, log_format=settings.log_format, level=settings.log_level, secrets=settings.secrets
        )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # warns when two pages are asked for at once
    signal.signal(signal.SIGTERM, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
