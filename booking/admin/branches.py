"""Folders as the tree that people know from Outlook: those without a calendar stand there too, as the way to others."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from booking.store.queries.folders import FolderRow


@dataclass(slots=True)
class Branch:
    """One name in the tree; `folder` is the calendar of that name, None for what only leads to others."""

    name: str
    folder: FolderRow | None = None
    below: list["Branch"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    """The calendars of one mailbox, or the public ones."""

    mailbox: str
    branches: tuple[Branch, ...]
    calendars: int


def trees(folders: Iterable[FolderRow]) -> tuple[Tree, ...]:
    """Return the trees of a connection, the public one first; the account's own calendar is in none."""
    by_mailbox: dict[str, list[FolderRow]] = {}
    for each in folders:
        if not each.is_own:
            by_mailbox.setdefault(each.mailbox, []).append(each)
    return tuple(Tree(mailbox, _grown(theirs), len(theirs)) for mailbox, theirs in sorted(by_mailbox.items()))


def _grown(folders: Iterable[FolderRow]) -> tuple[Branch, ...]:
    top: list[Branch] = []
    for each in folders:
        level = top
        for name in each.path[:-1]:
            level = _way(level, name).below
        known = _way(level, each.path[-1])
        if known.folder is None:
            known.folder = each
        else:  # two folders of one name
            level.append(Branch(each.path[-1], each))
    return tuple(top)


def _way(level: list[Branch], name: str) -> Branch:
    for branch in level:
        if branch.name == name:
            return branch
    made = Branch(name)
    level.append(made)
    return made
