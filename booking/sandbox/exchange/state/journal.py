"""A file that grows by one line for each change: what was written whole is there after a crash, the rest is not."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Record:
    """One thing as it now is, or `data` None: it is gone."""

    kind: str
    key: str
    data: Any


class Journal:
    """Records in a file; without a path, nothing is written anywhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def read(self) -> Iterator[Record]:
        """Every record, oldest first. A last line that was cut short by a crash never happened."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                records = json.loads(line)
            except json.JSONDecodeError:
                return
            yield from (Record(*record) for record in records)

    def start_afresh(self, records: Iterable[Record]) -> None:
        """Replace the whole file by these records, in one step, and keep it open for more."""
        if self._path is None:
            return
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(self._path.suffix + ".new")
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(self._line([record]) for record in records)
        draft.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def add(self, records: list[Record]) -> None:
        """Write these records as one line: all of them, or none."""
        if self._file is not None:
            self._file.write(self._line(records))
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @staticmethod
    def _line(records: list[Record]) -> str:
        return json.dumps([[record.kind, record.key, record.data] for record in records], ensure_ascii=False) + "\n"
