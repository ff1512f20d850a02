"""Items and mailboxes in plain values: for tests, and for the control interface."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from booking.sandbox.exchange.state.model import Item, Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenItem:
    """An item as it stands in a calendar; a series is one item, of kind RecurringMaster.

    `responses` has each invited address with its answer, `comments` what came with it, `extended` each named property
    with its (first) value; `reminder_minutes` is None without a reminder.
    """

    id: str
    uid: str
    change: int
    mailbox: str
    kind: str
    subject: str
    body: str
    location: str
    start: datetime
    end: datetime
    zone: str
    busy: str
    private: bool
    all_day: bool
    cancelled: bool
    is_meeting: bool
    organizer: str
    responses: dict[str, str]
    comments: dict[str, str]
    extended: dict[str, str]
    categories: tuple[str, ...]
    reminder_minutes: int | None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "start": self.start.isoformat(), "end": self.end.isoformat()}


def item(stored: Item) -> SeenItem:
    """A stored item in plain values."""
    return SeenItem(
        id=stored.id,
        uid=stored.uid,
        change=stored.change,
        mailbox=stored.mailbox,
        kind=stored.kind.value,
        subject=stored.subject,
        body=stored.body,
        location=stored.location,
        start=stored.start,
        end=stored.end,
        zone=stored.zone,
        busy=stored.busy,
        private=stored.private,
        all_day=stored.all_day,
        cancelled=stored.cancelled,
        is_meeting=stored.is_meeting,
        organizer=stored.mailbox if stored.organizer is None else stored.organizer.address,
        responses={each.address: each.response for each in stored.attendees},
        comments={each.address: each.comment for each in stored.attendees if each.comment},
        extended={each.path.name or each.path.tag or each.path.number: each.values[0] for each in stored.extended},
        categories=stored.categories,
        reminder_minutes=stored.reminder_minutes if stored.reminder else None,
    )


def mailbox(stored: Mailbox) -> dict[str, Any]:
    """A mailbox with its settings, ready for JSON."""
    return {**asdict(stored), "kind": stored.kind.value}
