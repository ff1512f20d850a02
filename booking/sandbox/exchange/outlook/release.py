"""Auto-release: who does not check in loses the room.

Source: learn.microsoft.com/microsoft-365/places, "Enable auto-release"; Set-CalendarProcessing, EnableAutoRelease and
PostReservationMaxClaimTimeInMinutes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from booking.sandbox.exchange.calendar import view
from booking.sandbox.exchange.outlook import answers, edits
from booking.sandbox.exchange.outlook.answers import Answer
from booking.sandbox.exchange.state.model import Item, Mailbox
from booking.sandbox.exchange.state.store import Store

_TEXT = "Nobody checked in, so the room was released."


class AutoRelease:
    """Remembers who checked in, and takes away what nobody claimed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._claimed: set[str] = set()

    @property
    def is_wanted(self) -> bool:
        """True if any room releases what is not claimed."""
        with self._store.change():
            return any(room.processing.enable_auto_release for room in self._store.mailboxes.values())

    def claim(self, item_id: str) -> None:
        """Somebody checked in to that meeting, or to that date of a series."""
        self._claimed.add(item_id)

    def sweep(self) -> None:
        """Release every meeting that should have been claimed by now; its organiser hears of it."""
        with self._store.change():
            now = self._store.now()
            rooms = [room for room in self._store.mailboxes.values() if room.processing.enable_auto_release]
            for item in [each for room in rooms for each in self._unclaimed(room, now)]:
                if item.is_meeting and not item.is_organized_by(item.mailbox):
                    answers.answer(self._store, item, Answer.DECLINE, text=_TEXT, tell=True)
                else:
                    edits.delete(self._store, item, edits.Disposal.TRASH, tell=False)

    def _unclaimed(self, room: Mailbox, now: datetime) -> Iterator[Item]:
        grace = timedelta(minutes=room.processing.post_reservation_max_claim_time_in_minutes)
        for item in view.overlapping(self._store.items_of(room.address), now, now + timedelta(seconds=1)):
            blocks = item.busy != "Free" and not item.cancelled and not item.all_day
            if blocks and item.start + grace <= now and item.id not in self._claimed:
                yield item
