"""What staff can do about a conflict: each choice, and in words what will follow from it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.domain.errors import NotFound
from booking.domain.intervals import Interval
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.conflicts import ConflictRow
from booking.sync.conflicts import ABOUT_ANOTHER, ABOUT_OUR_ENTRY, ABOUT_TIME, Choice, Quarrel

UNDECIDED_RESTORE = (
    "First an administrator says which of the two is the server: this database, or the one from which the entry came. "
    "Until then nothing is written, and nothing can be decided here."
)
OVER = "Our booking does not stand any more. This conflict closes by itself with the next look at the calendar."
SETTLED = "This conflict is settled already."


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody wants done. `stand` is the state of affairs that they were shown."""

    choice: Choice
    when: Interval | None = None
    space_id: int | None = None
    stand: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: its name on a button, and what follows from it.

    `danger`: somebody loses something. `space_name`: where it goes, of those that move ours.
    """

    chosen: Chosen
    title: str
    preview: tuple[str, ...]
    danger: bool = False
    space_name: str = ""

    @property
    def key(self) -> str:
        """Return what stands for it in an address."""
        if self.chosen.when is None:
            return self.chosen.choice.value
        return f"{self.chosen.choice.value}-{self.chosen.space_id}-{self.chosen.when.start:%Y%m%dT%H%M}"


@dataclass(frozen=True, slots=True)
class Options:
    """A conflict with both sides and what can be done; `note` says why nothing can, or what goes on already."""

    conflict: ConflictRow
    options: tuple[Option, ...] = ()
    note: str = ""

    def by_key(self, key: str) -> Option | None:
        """Return the choice with that key, if it is still one."""
        return next((each for each in self.options if each.key == key), None)


def options(session: Session, conflict_id: int, now: datetime) -> Options:
    """Return what staff can do about a conflict as it stands now.

    Raises:
        NotFound: there is no such conflict.
    """
    row = queries.conflicts.row(session, conflict_id)
    if row is None:
        raise NotFound(what="conflict")
    if row.resolved_at is not None:
        return Options(row, note=SETTLED)
    if row.kind == Quarrel.RESTORED.value and row.accepted_at is None:
        return Options(row, note=UNDECIDED_RESTORE)
    if row.kind in ABOUT_TIME | ABOUT_OUR_ENTRY and (row.ours is None or not row.ours.holds):
        return Options(row, note=OVER)
    return Options(row, tuple(_offered(session, row, now)), _note(row))


def _note(row: ConflictRow) -> str:
    if row.decision != Choice.OURS.value:
        return ""
    who = f"{row.decided_by[:1].upper()}{row.decided_by[1:]}"
    return f"{who} decided that ours stays. {row.answer or 'Their server is being asked to let go of theirs.'}"


def _offered(session: Session, row: ConflictRow, now: datetime) -> Iterator[Option]:
    say = _Words(row)
    if row.kind in ABOUT_TIME:
        if row.decision != Choice.OURS.value:
            yield say.ours_stays()
        yield say.ours_gives_way()
        if row.theirs.when is not None:
            yield say.both_stay()
        yield from _moves(session, row, say, now)
    elif row.kind in ABOUT_OUR_ENTRY:
        yield say.put_back()
        yield say.follow_time() if _moved(row) else say.follow_end()
    elif row.kind == Quarrel.NOT_EXCLUSIVE.value:
        yield say.let_stand()
    elif row.kind in ABOUT_ANOTHER or row.kind == Quarrel.RESTORED.value:
        yield say.clear_away()
        yield say.let_stand()


def _moved(row: ConflictRow) -> bool:
    """Tell whether our entry stands at another time than our booking."""
    return row.ours is not None and row.theirs.when is not None and row.theirs.when != row.ours.when


def _moves(session: Session, row: ConflictRow, say: "_Words", now: datetime) -> Iterator[Option]:
    """Yield the free times near ours; none when it has begun, for then it cannot be moved."""
    if row.ours is None or row.ours.when.start <= now:
        return
    space = queries.places.space(session, row.ours.space_id)
    if space is None:
        return
    for offer in queries.free.offers(session, space=space, wish=row.ours.when, now=now):
        yield say.move(offer.space.id, offer.space.name, offer.when)


@dataclass(slots=True)
class _Words:
    """The choices of one conflict, worded for it."""

    row: ConflictRow
    who: str = field(init=False)
    mail: str = field(init=False)

    def __post_init__(self) -> None:
        ours = self.row.ours
        self.who = ours.patron_name if ours else ""
        self.mail = f"{ours.patron_name} gets one e-mail" if ours else ""

    def _option(self, choice: Choice, title: str, *preview: str, danger: bool = False) -> Option:
        return Option(Chosen(choice, stand=self.row.stand), title, preview, danger=danger)

    def ours_stays(self) -> Option:
        written = "Our entry is written beside theirs." if self.row.kind == Quarrel.BLOCKED.value else ""
        return self._option(
            Choice.OURS,
            "Keep our booking",
            f"The booking of {self.who} stays as it is, and nobody is told anything about it.",
            *([written] if written else []),
            "If theirs is an invitation, the room declines it: it leaves the calendar, and its organiser is told that "
            "the room is taken.",
            "If somebody wrote it straight into the calendar, nothing of theirs is touched. Its owner has to move it; "
            "until then this conflict stays open.",
        )

    def ours_gives_way(self) -> Option:
        return self._option(
            Choice.THEIRS,
            "Keep theirs, cancel ours",
            f"The booking of {self.who} at this time is cancelled, and its entry leaves the calendar.",
            f"{self.mail} with the free times nearest to it.",
            "Within 30 days the cancel can be undone, if the space is free again.",
            danger=True,
        )

    def both_stay(self) -> Option:
        return self._option(
            Choice.BOTH,
            "Keep both",
            "Both stay in the calendar at the same time, and nobody is told.",
            "This is not shown as a conflict again while both times stay as they are.",
        )

    def move(self, space_id: int, space_name: str, when: Interval) -> Option:
        there = f"{_when(when, self.row.zone)}, {space_name}"
        return Option(
            Chosen(Choice.MOVE, when, space_id, self.row.stand),
            f"Move ours to {there}",
            (
                f"The booking of {self.who} moves to {there}, if that is still free when you confirm.",
                f"{self.mail} with the new time. Theirs stays as it is.",
            ),
            space_name=space_name,
        )

    def put_back(self) -> Option:
        return self._option(
            Choice.OURS,
            "Put our entry back",
            f"The entry of {self.who} is written as it was booked, over what was changed in Outlook.",
            "Nobody is told.",
        )

    def follow_time(self) -> Option:
        when = _when(self.row.theirs.when, self.row.zone) if self.row.theirs.when else ""
        return self._option(
            Choice.THEIRS,
            "Take the time in Outlook",
            f"The booking of {self.who} moves to {when}, if the space is open and free then.",
            f"{self.mail} with the new time.",
        )

    def follow_end(self) -> Option:
        return self._option(
            Choice.THEIRS,
            "Cancel our booking",
            f"The booking of {self.who} at this time is cancelled; whatever is left of its entry is removed.",
            f"{self.mail} about it. Within 30 days the cancel can be undone.",
            danger=True,
        )

    def clear_away(self) -> Option:
        return self._option(
            Choice.OURS,
            "Delete that entry",
            "The entry bears our own mark. It is moved to Deleted Items in the room's mailbox; nobody is told.",
            "The booking and its own entry stay as they are." if self.row.ours else "No booking here changes.",
            danger=True,
        )

    def let_stand(self) -> Option:
        return self._option(
            Choice.BOTH,
            "Let that entry stand",
            "It stays in the calendar and takes the room like anybody else's entry.",
            "This is not shown as a conflict again while its time stays as it is.",
        )


def _when(when: Interval, zone: str) -> str:
    """Return a time as staff read it, on the wall clock of its location."""
    start, end = when.start.astimezone(ZoneInfo(zone)), when.end.astimezone(ZoneInfo(zone))
    last = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%a} {end.day} {end:%b}, {end:%H:%M}"
    return f"{start:%a} {start.day} {start:%b %Y}, {start:%H:%M} to {last}"
