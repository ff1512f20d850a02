"""What is wrong in a file: collected, so that all of it is told at once, each with its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from booking.cli.applying.lines import Path


@dataclass(frozen=True, order=True, slots=True)
class Mistake:
    """One thing that cannot be right, where it stands, and what would be right."""

    line: int
    where: str
    why: str


@dataclass
class Mistakes:
    """Takes mistakes by the place in the file they are about."""

    lines: Mapping[Path, int] = field(default_factory=dict)
    _found: dict[Path, str] = field(default_factory=dict)

    def wrong(self, path: Path, why: str) -> None:
        """Remember a mistake. Of two about one place the first stays: what follows from it is no news."""
        self._found.setdefault(path, why)

    def about(self, path: Path) -> bool:
        """Tell whether something is wrong there already."""
        return path in self._found

    def line(self, path: Path) -> int:
        """Return the line of a place in the file; of one that is missing, the line of what it is missing from."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._found)

    def in_order(self) -> tuple[Mistake, ...]:
        """Return all mistakes, by line."""
        return tuple(sorted(Mistake(self.line(path), dotted(path), why) for path, why in self._found.items()))


def dotted(path: Path) -> str:
    """Return a place in the file as TOML writes it, positions in arrays counted from 1."""
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return words.removeprefix(".")
