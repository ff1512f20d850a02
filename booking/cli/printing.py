"""What commands print: words for people, or one JSON document for programs, with the words on standard error."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import click

from booking.sync.trials import Step

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")
do_it = click.option("--yes", is_flag=True, help="Do it. Without this, say what would be done, and ask.")
NOTHING_CHANGED = "Nothing was changed. Run it again with --yes to do this."
_SIGNS = {"ok": "ok", "warning": "note", "failed": "FAILED", "skipped": "not tried"}


def document(value: object) -> None:
    """Print one JSON document: times in ISO form, lengths of time in seconds."""
    click.echo(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def tell(words: str) -> None:
    """Say how a long job goes: on standard error, so that what is printed stays whole."""
    click.echo(words, err=True)


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their headings, each column as wide as it must be."""
    lines = [tuple(heading), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def steps(tried: Iterable[Step]) -> None:
    """Print how each step of a test ended, how long it took, and what to do about it."""
    for step in tried:
        took = f" ({step.milliseconds} ms)" if step.milliseconds else ""
        click.echo(f"  {_SIGNS[step.result.value]:<9}  {step.title}{took}")
        for words in (step.detail, step.remedy):
            if words:
                click.echo(f"             {words}")


def rows_of(tried: Iterable[Step]) -> list[dict[str, object]]:
    """Return the steps of a test for a JSON document."""
    return [dataclasses.asdict(step) for step in tried]


def agreed(question: str, *, yes: bool, as_json: bool) -> bool:
    """Tell whether the operator wants it: said so before, or says so now. Programs are never asked."""
    if yes:
        return True
    if not as_json and sys.stdin.isatty():
        return click.confirm(question)
    if not as_json:
        click.echo(NOTHING_CHANGED)
    return False


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(value)
