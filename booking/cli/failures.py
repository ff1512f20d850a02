"""What an operator is told when a command cannot do its work."""

import errno
from typing import Any

import click

from booking.config import SettingsError
from booking.domain.errors import Refused
from booking.store.upgrading import Unreachable


class Group(click.Group):
    """Commands whose expected failures are sentences. A fault in the program still shows its traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (SettingsError, Refused, Unreachable) as error:
            raise click.ClickException(str(error)) from error
        except PermissionError as error:
            raise click.ClickException(f"{error.filename} may not be read or written by this account.") from error
        except OSError as error:
            if not error.filename:
                raise
            raise click.ClickException(f"{error.filename} cannot be used: {error.strerror}.") from error


def port_in_use(error: OSError, *, port: int, option: str) -> click.ClickException:
    """Return the sentence for a port that cannot be listened on; raises `error` again if it is about something else."""
    if error.errno == errno.EADDRINUSE:
        return click.ClickException(
            f"Port {port} is in use by another program. End it, or choose another port with {option}."
        )
    if error.errno in {errno.EACCES, errno.EADDRNOTAVAIL}:
        return click.ClickException(f"Port {port} cannot be listened on here: {error.strerror}. Change {option}.")
    raise error
