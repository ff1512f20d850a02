"""`make bench`: speed as ratios against a floor of our own, on both databases, in one run.

Ends with status 1 and names each row whose goal was missed. The goals are those of the project's PERFORMANCE.md;
absolute times stand beside the ratios only to be looked at.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import exchange, sync
from bench.rows import Row
from bench.site import Site
from tests.support import postgres

#: As an installation has it: what is committed survives a power cut.
_DURABLE = {"listen_addresses": "", "max_connections": "100", "timezone": "UTC"}


def _show(row: Row) -> None:
    goal = "" if row.goal is None else f"{row.goal:g}"
    print(f"{row.name:<66}{row.figure:>9.2f} {row.unit:<12}{goal:>7}{'  missed' if row.missed else ''}  {row.note}")


def _rows(parts: list[str]) -> Iterator[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if "sqlite" in parts:
            yield from Site("SQLite", f"sqlite:///{folder / 'booking.sqlite'}", folder / "one").rows()
        if "postgresql" in parts:
            cluster = stack.enter_context(postgres.cluster(_DURABLE))
            yield from Site("PostgreSQL", cluster.url(cluster.create()), folder / "two").rows()
        if "exchange" in parts:
            yield from exchange.rows()
        if "sync" in parts:
            yield from sync.rows()


def main() -> int:
    """Measure, print the table, and say what was missed."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("parts", nargs="*", default=["sqlite", "postgresql", "exchange", "sync"])
    print(f"{'what':<66}{'figure':>9} {'':<12}{'goal':>7}")
    missed = []
    for row in _rows(wanted.parse_args().parts):
        _show(row)
        sys.stdout.flush()
        if row.missed:
            missed.append(row)
    if not missed:
        print("Every goal is met.")
        return 0
    print(f"{len(missed)} goals are missed:")
    for row in missed:
        print(f"  {row.name}: {row.figure:.2f} {row.unit}, goal {row.goal:g}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
