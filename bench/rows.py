"""A line of the table that `make bench` prints."""

from typing import NamedTuple


class Row(NamedTuple):
    """One figure: `figure` shall be no more than `goal`; without a goal it is only shown.

    `note` are the absolute times behind a ratio, to be looked at and not compared.
    """

    name: str
    figure: float
    goal: float | None
    unit: str
    note: str = ""

    @property
    def missed(self) -> bool:
        """Tell whether the goal was missed."""
        return self.goal is not None and self.figure > self.goal
