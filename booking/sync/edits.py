"""What follows for a booking from the state of its own entry in the calendar."""

from datetime import datetime, timedelta
from functools import cached_property

from booking import services
from booking.connectors.port import EventKind, RemoteEvent, RemoteRef, Stamp
from booking.domain.errors import Refused
from booking.domain.reconcile import BusyClass, Decision, Facts, OnText, Shape, decide
from booking.domain.states import Authority, PushState
from booking.services import calendars
from booking.services.profiles import EffectiveProfile
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Occurrence, PushItem
from booking.sync import conflicts, obstacles
from booking.sync.conflicts import Quarrel
from booking.sync.engine import Engine
from booking.sync.judging import plain

__all__ = ["Edits", "PushItem"]

#: An item put back more often in a day, or deleted more often, is left alone and shown to staff.
MOST_PUT_BACKS = 6
MOST_REMOVALS = 3
#: How long a change of ours rests while staff are asked about its entry.
_REST = timedelta(minutes=5)


class Edits:
    """Our own rows while a reading is taken in."""

    def __init__(
        self, session: Session, engine: Engine, link: CalendarLink, profile: EffectiveProfile, now: datetime
    ) -> None:
        self._session = session
        self._engine = engine
        self._link = link
        self._policy = profile.policy
        self._busy = profile.field_mapping.busy
        self._now = now
        self._agreed: list[PushItem] = []
        self.changes = 0

    @cached_property
    def _quarrels(self) -> frozenset[int | None]:
        """Return the dates about whose entries there is a conflict: asked once, however many entries there are."""
        return frozenset(each.occurrence_id for each in queries.external.open_conflicts(self._session, self._link.id))

    # ---------------------------------------------------------------- agreement

    def adopt(self, occurrence: Occurrence, event: RemoteEvent, stamp: Stamp) -> PushItem:
        """Make the row that is missing on this link for an entry of ours."""
        row = calendars.new_row(self._session, occurrence, self._link, now=self._now)
        row.occurrence = occurrence
        row.generation = max(stamp.generation, 1)
        row.want_version = stamp.version + 1
        row.want_present = occurrence.holds
        self._session.add(row)
        self._take_id(row, event)
        row.acked_version = stamp.version
        row.sent_starts_at, row.sent_ends_at = event.when.start, event.when.end
        row.sent_text_hash = ""
        row.sent_busy = event.busy if event.busy is BusyClass.BUSY else self._busy  # as ever, or as it is mapped
        self._session.flush()
        self.changes += 1
        return row

    def attach(self, row: PushItem, event: RemoteEvent, stamp: Stamp) -> None:
        """Give a row with an open intent, or without an id, its entry's id; decide nothing."""
        self._take_id(row, event)
        if row.state is PushState.UNKNOWN:
            row.next_at = None  # it did arrive: no need to let it settle
        elif row.state is PushState.DIRTY:  # it arrived after we had given it up
            row.acked_version = stamp.version
            row.sent_starts_at, row.sent_ends_at = event.when.start, event.when.end
            row.sent_text_hash = ""

    def same(self, row: PushItem, event: RemoteEvent, stamp: Stamp) -> None:
        """Both sides agree, or differ only by what we are about to send."""
        self._take_id(row, event)
        if (row.sent_when != event.when and event.when == row.occurrence.when) or stamp.version > row.acked_version:
            row.sent_starts_at, row.sent_ends_at = event.when.start, event.when.end
            row.sent_busy = event.busy
            row.acked_version = max(row.acked_version, stamp.version)
        if row.state is PushState.WRITTEN:
            self._verified(row, event)
        elif not row.remote_text_hash:
            row.remote_text_hash = event.text_hash
        if row.state is PushState.CLEAN:
            if row.occurrence_id in self._quarrels:
                conflicts.settle(self._session, self._link, row.occurrence, now=self._now)
            self._agreed.append(row)

    def _verified(self, row: PushItem, event: RemoteEvent) -> None:
        row.remote_text_hash = event.text_hash  # servers change text: what came back is what counts
        row.state = PushState.CLEAN if row.acked_version >= row.want_version else PushState.DIRTY
        row.next_at, row.attempts, row.last_error = None, 0, ""
        row.updated_at = self._now
        if self._link.authority is Authority.SHARED:
            row.recheck_at = self._now + self._engine.timing.second_look

    def confirm(self, *, now: datetime) -> None:
        """Confirm the bookings that only waited for this calendar and still hold their time."""
        for row in self._agreed:
            if row.state is PushState.CLEAN and obstacles.waits_for_calendar(row.occurrence):
                services.bookings.confirm(self._session, row.occurrence, now=now)
                self.changes += 1

    def _take_id(self, row: PushItem, event: RemoteEvent) -> None:
        row.remote_id, row.remote_etag = event.ref.id, event.ref.etag
        row.remote_uid = event.ref.uid or row.remote_uid

    # ---------------------------------------------------------------- disagreement

    def text_edited(self, row: PushItem, event: RemoteEvent) -> None:
        """Put title and place back quietly, or leave them as they are."""
        self._take_id(row, event)
        if self._policy.when_text_edited is OnText.LEAVE or not self._may_put_back(row):
            row.remote_text_hash = event.text_hash  # let it be: the profile says so, or somebody insists
            return
        row.sent_text_hash = ""
        calendars.want(row, present=True, now=self._now)

    def edited(self, row: PushItem, event: RemoteEvent) -> bool:
        """Follow, or put back, another time, class or recurrence; tell whether it stays undecided."""
        if event.kind is not EventKind.SINGLE:
            words = "The entry of this booking was made recurring in Outlook."
            return self._leave(row, Quarrel.EDITED, words, event)
        if _is_being_put_back(row, event):
            return False
        match self._decide(row, event.shape):
            case Decision.TAKE_THEIR_TIME | Decision.CANCEL_OURS:
                return self._take_their_time(row, event)
            case Decision.PUT_BACK | Decision.PUT_BACK_AND_FLAG:
                return self._put_back(row, event, "The entry of this booking was changed in Outlook and put back.")
            case Decision.ASK_STAFF:
                words = "The entry of this booking was changed in Outlook."
                return self._leave(row, Quarrel.EDITED, words, event)
            case Decision.SEND_OURS | Decision.NOTHING:
                self._send_over(row, event)
                return False

    def _decide(self, row: PushItem, theirs: Shape | None) -> Decision:
        last = plain(row.sent_when, row.sent_busy) if row.sent_when else None
        begun = row.occurrence.starts_at <= self._now
        return decide(Facts(row.want_version, row.acked_version, theirs, last, begun=begun), self._policy)

    def _take_their_time(self, row: PushItem, event: RemoteEvent) -> bool:
        try:
            with self._session.begin_nested():
                services.bookings.follow_move(self._session, row.occurrence, event.when, now=self._now)
        except Refused as refusal:
            words = f"The entry of this booking was moved in Outlook to a time that it cannot have: {refusal}."
            return self._put_back(row, event, words)
        self._take_id(row, event)
        row.sent_starts_at, row.sent_ends_at = event.when.start, event.when.end
        self.changes += 1
        return False

    def _put_back(self, row: PushItem, event: RemoteEvent, words: str) -> bool:
        if not self._may_put_back(row):
            words = "The entry of this booking keeps being changed in Outlook."
            return self._leave(row, Quarrel.PING_PONG, words, event)
        self._flag(row, Quarrel.EDITED, words, event)
        self._send_over(row, event)
        return False

    def _send_over(self, row: PushItem, event: RemoteEvent) -> None:
        """Have ours written over theirs, in every field."""
        self._take_id(row, event)
        if row.state is PushState.WRITTEN:
            row.state = PushState.CLEAN
        put_back(row, now=self._now)
        self.changes += 1

    def _leave(self, row: PushItem, kind: Quarrel, words: str, event: RemoteEvent) -> bool:
        if row.state is PushState.WRITTEN:
            row.state = PushState.CLEAN
        self._rest(row)
        self._flag(row, kind, words, event)
        return True

    def _rest(self, row: PushItem) -> None:
        """Let a change of ours wait: it would be refused again and again until that is decided."""
        if row.state is PushState.DIRTY:
            row.next_at = self._now + _REST

    def _flag(self, row: PushItem, kind: Quarrel, words: str, event: RemoteEvent | None = None) -> None:
        conflicts.flag(
            self._session, self._link, kind, occurrence=row.occurrence, event=event, detail=words, now=self._now
        )

    def _may_put_back(self, row: PushItem) -> bool:
        return self._count(row) <= MOST_PUT_BACKS

    def _count(self, row: PushItem) -> int:
        today = self._now.date().isoformat()
        row.put_backs = row.put_backs + 1 if row.put_back_day == today else 1
        row.put_back_day = today
        return row.put_backs

    # ---------------------------------------------------------------- absence

    def deleted(self, row: PushItem) -> None:
        """Follow the deletion of our entry in Outlook: it is certainly not there."""
        if row.state is PushState.WRITTEN:  # seconds after we wrote it: rather look once more
            row.state = PushState.CLEAN
            self._link.look_at = self._now + self._engine.timing.look_again
            return
        if row.state not in {PushState.CLEAN, PushState.DIRTY, PushState.CONFLICT}:
            return
        match self._decide(row, None):
            case Decision.CANCEL_OURS | Decision.TAKE_THEIR_TIME:
                services.bookings.follow_cancel(self._session, row.occurrence, now=self._now)
                self._is_gone(row)
                self.changes += 1
            case Decision.ASK_STAFF:
                self._rest(row)
                self._flag(row, Quarrel.DELETED, "The entry of this booking was deleted in Outlook.")
            case _:
                self._write_anew(row)

    def _is_gone(self, row: PushItem) -> None:
        row.state = PushState.GONE
        row.acked_version = row.want_version
        row.gone_at = row.updated_at = self._now
        row.next_at = row.recheck_at = None

    def _write_anew(self, row: PushItem) -> None:
        if not self._may_put_back(row):
            self._rest(row)
            self._flag(row, Quarrel.PING_PONG, "The entry of this booking keeps being deleted in Outlook.")
            return
        row.want_version += 1
        calendars.begin_anew(row, now=self._now)
        self.changes += 1

    def unwanted(self, row: PushItem, event: RemoteEvent, stamp: Stamp) -> list[RemoteRef]:
        """Have an entry removed that should not be there; return it if no row can."""
        if row.state in {PushState.DIRTY, PushState.WRITTEN} and stamp.generation == row.generation:
            self._take_id(row, event)  # the delete is on its way
            row.state = PushState.DIRTY
            return []
        if row.state not in {PushState.GONE, PushState.CLEAN, PushState.DIRTY, PushState.CONFLICT}:
            return []
        if self._count(row) > MOST_REMOVALS:
            words = "An entry of ours cannot be removed from the room's calendar."
            conflicts.flag(
                self._session,
                self._link,
                Quarrel.UNREMOVABLE,
                occurrence=row.occurrence,
                event=event,
                detail=words,
                now=self._now,
            )
            return []
        if stamp.generation < row.generation:
            return [event.ref]
        self._take_id(row, event)
        row.gone_at = None
        calendars.make_due(row)
        return []


def put_back(row: PushItem, *, now: datetime) -> None:
    """Have our entry written as it should be, in every field, over the state of it that the row knows."""
    row.sent_starts_at = row.sent_ends_at = None
    calendars.want(row, present=True, now=now)
    calendars.make_due(row)


def _is_being_put_back(row: PushItem, event: RemoteEvent) -> bool:
    """Tell whether just this state of the entry was judged before, and ours is on its way over it."""
    known = (row.remote_id, row.remote_etag) == (event.ref.id, event.ref.etag)
    return known and row.state is PushState.DIRTY and row.sent_when is None
