"""What the judge counted, as text for people."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tests.interop.judge import Judge, Row

_HEAD = ("client", "operation", "requests", "answers", "faults", "not valid: requests", "answers")


def printed(judge: Judge) -> str:
    """Messages by program and operation, then by client, their sum, and each way in which one was not valid."""
    rows = judge.rows()
    by_operation = _merged(replace(row, client=row.client.partition(",")[0]) for row in rows)
    by_client = _merged(replace(row, operation="all") for row in rows)
    total = _merged(replace(row, client="all", operation="all") for row in rows)
    lines = [_HEAD, *(_cells(row) for group in (by_operation, by_client, total) for row in group)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    text = ["  ".join(_aligned(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([*text, *_complaints(judge)])


def _complaints(judge: Judge) -> Iterator[str]:
    for (client, direction, operation, reason), count in judge.invalid.most_common():
        yield f"{count:6} not valid: {client}, {direction} {operation}: {reason}"


def _merged(rows: Iterable[Row]) -> list[Row]:
    """The rows with those of the same client and operation added up, in order of their names."""
    sums: dict[tuple[str, str], Row] = {}
    for row in rows:
        before = sums.get((row.client, row.operation))
        sums[row.client, row.operation] = row if before is None else before + row
    return [sums[key] for key in sorted(sums)]


def _cells(row: Row) -> tuple[str, ...]:
    counts = (row.requests, row.answers, row.faults, row.invalid_requests, row.invalid_answers)
    return (row.client, row.operation, *map(str, counts))


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell.isdigit() else cell.ljust(width)
