"""Long lists in pages."""

from dataclasses import dataclass
from typing import Generic, TypeVar

RowT = TypeVar("RowT")

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """One page of a list: its rows, its number from 1, and how many rows there are in all."""

    rows: tuple[RowT, ...]
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))


def offset(number: int) -> int:
    """Return how many rows come before that page."""
    return (max(number, 1) - 1) * PER_PAGE
