"""Passwords for commands: typed unseen, or from standard input, a file or a variable. Never an argument."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from booking import config

Command = TypeVar("Command", bound=Callable[..., object])
_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def password_options(command: Command) -> Command:
    """Give a command the options that say where its password is."""
    for option in (
        click.option("--password-env", metavar="NAME", help="Take the password from this variable of the environment."),
        click.option("--password-file", type=_FILE, help="Read the password from the first line of this file."),
        click.option("--password-stdin", is_flag=True, help="Read the password from standard input."),
    ):
        command = option(command)
    return command


def password(*, stdin: bool, file: Path | None, env: str | None) -> str | None:
    """Return the password from where the operator said; None when nothing was said.

    Raises:
        click.UsageError: two places were named, or there is no password there.
    """
    if sum((stdin, file is not None, env is not None)) > 1:
        raise click.UsageError("Say once where the password is: --password-stdin, --password-file or --password-env.")
    if stdin:
        return _given(sys.stdin.readline(), "standard input")
    if file is not None:
        return _given(file.read_text(encoding="utf-8").partition("\n")[0], str(file))
    if env is not None:
        return _given(config.variable(env) or "", f"the variable {env}")
    return None


def asked_for(prompt: str) -> str:
    """Return a password that the operator types unseen.

    Raises:
        click.UsageError: nobody is there to type it.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("Say where the password is: --password-stdin, --password-file or --password-env.")
    typed: str = click.prompt(prompt, hide_input=True)
    return typed


def _given(text: str, where: str) -> str:
    found = text.rstrip("\r\n")
    if not found:
        raise click.UsageError(f"There is no password in {where}.")
    return found
