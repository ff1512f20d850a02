"""Which weeks the sample has been filled with, so that a later start adds nothing twice."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Weeks:
    """Remembers steps in a file of the demo's folder, one to a line."""

    file: Path

    def has(self, step: str) -> bool:
        """Tell whether that step was done."""
        return self.file.exists() and step in self.file.read_text(encoding="utf-8").splitlines()

    def any(self) -> bool:
        """Tell whether this is not the first start."""
        return self.file.exists()

    def done(self, step: str) -> None:
        """Remember that step."""
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(f"{step}\n")
