"""Secrets stand in a file only as the place where they are: `env:NAME` or `file:PATH`."""

from collections.abc import Callable
from pathlib import Path

from booking.cli.applying.words import WrongValue

_LONGEST = 100_000  # bytes; a certificate has some thousand


def read(reference: str, *, variable: Callable[[str], str | None], folder: Path) -> str:
    """Return the secret that a reference stands for.

    Args:
        reference: `env:NAME` or `file:PATH`.
        variable: gives what stands in a variable of the environment.
        folder: what a relative path begins from.

    Raises:
        WrongValue: it is none, or there is nothing there; never with the secret in the message.
    """
    kind, colon, where = reference.partition(":")
    if colon and kind == "env":
        return _from_environment(where.strip(), variable)
    if colon and kind == "file":
        return _from_file(folder / where.strip())
    raise WrongValue(
        "A password does not stand in this file, which many people may read. Put it into a variable and write"
        ' "env:BOOKING_EXCHANGE_PASSWORD", or into a file that only this account may read and write'
        ' "file:/etc/booking/exchange.password".'
    )


def _from_environment(name: str, variable: Callable[[str], str | None]) -> str:
    found = variable(name)
    if not found:
        raise WrongValue(f"The variable {name} is not set. Set it for this command, or name another one.")
    return found


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(_LONGEST).decode().rstrip("\r\n")
    except OSError as error:
        raise WrongValue(f"The file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise WrongValue(f"The file {path} is not UTF-8 text.") from error
    except ValueError as error:  # signs that no path has
        raise WrongValue("This is no path of a file.") from error
    if not found.strip():
        raise WrongValue(f"The file {path} is empty.")
    return found
