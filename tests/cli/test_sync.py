"""`booking sync`."""

import json
from pathlib import Path

from tests.cli.commands import booking


class TestSyncStatus:
    def test_says_so_when_nothing_is_paired(self, instance: Path) -> None:
        answer = booking("sync", "status", instance=instance)

        assert (answer.returncode, answer.stdout) == (0, "No space is paired with a calendar yet.\n")

    def test_is_an_empty_list_for_programs_then(self, instance: Path) -> None:
        answer = booking("sync", "status", "--json", instance=instance)

        assert json.loads(answer.stdout) == []


class TestSyncRun:
    def test_has_nothing_to_do_when_nothing_is_paired(self, instance: Path) -> None:
        answer = booking("sync", "run", "--json", instance=instance)

        assert answer.returncode == 0
        assert json.loads(answer.stdout) == {"rooms_written": 0, "rooms_read": 0}
