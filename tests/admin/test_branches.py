"""Folders as a tree."""

from dataclasses import replace
from datetime import UTC, datetime

from booking.admin import branches
from booking.admin.branches import Branch
from booking.domain.states import FolderState
from booking.store.queries.folders import FolderRow

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ROW = FolderRow(
    id=1, connection_id=1, mailbox="", remote_id="F", path=("Closures",), state=FolderState.LISTED, state_since=NOW,
    listed_at=NOW, missing_since=None, free_at=None, readings=0, read_at=None, read_until=None, next_read_at=None,
    read_failures=0, last_error="", vanishing=0, matched_with="",
)  # fmt: skip


def folder(number: int, *path: str, mailbox: str = "") -> FolderRow:
    return replace(ROW, id=number, path=path, mailbox=mailbox)


def told(grown: tuple[Branch, ...] | list[Branch]) -> list[object]:
    """A tree as names, ids and what is below."""
    return [(each.name, each.folder.id if each.folder else None, told(each.below)) for each in grown]


class TestTrees:
    def test_hold_what_only_leads_to_calendars(self) -> None:
        (tree,) = branches.trees([folder(1, "Library", "Branches", "Bookmobile"), folder(2, "Library")])

        assert told(tree.branches) == [("Library", 2, [("Branches", None, [("Bookmobile", 1, [])])])]
        assert tree.calendars == 2

    def test_keep_two_folders_of_one_name(self) -> None:
        (tree,) = branches.trees([folder(1, "Tours"), folder(2, "Tours")])

        assert told(tree.branches) == [("Tours", 1, []), ("Tours", 2, [])]

    def test_are_one_for_each_mailbox_and_leave_the_own_calendar_out(self) -> None:
        own = replace(folder(3, "The account's own calendar"), remote_id="")

        found = branches.trees([own, folder(1, "Calendar", mailbox="a@x.example"), folder(2, "Tours")])

        assert [(each.mailbox, told(each.branches)) for each in found] == [
            ("", [("Tours", 2, [])]), ("a@x.example", [("Calendar", 1, [])]),
        ]  # fmt: skip
