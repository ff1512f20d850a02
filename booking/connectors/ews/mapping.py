"""Exchange's words to ours. Pure.

Private details end here: what Exchange holds in a private entry's subject, place and people goes no further.
"""

from datetime import datetime, timedelta

from booking.connectors import digests, stamps
from booking.connectors.ews import wire
from booking.connectors.places import RemoteMailbox
from booking.connectors.port import BusyBlock, EventKind, FreeBusy, RemoteEvent, RemotePerson, RemoteRef, Stamp
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass

#: An entry without length takes no time, but it is there; ours has one only if somebody gave it that.
INSTANT = timedelta(seconds=1)

#: Free/busy views that list stretches. "None" and "MergedOnly" do not, and must never be read as "free".
VIEWS_WITH_BLOCKS = frozenset({"FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"})

#: Outlook's private flag is "Private". The others hide their details too; a value we do not know may.
OPEN = "Normal"

_KINDS = {
    "Single": EventKind.SINGLE,
    "Occurrence": EventKind.OCCURRENCE,
    "Exception": EventKind.EXCEPTION,
    "RecurringMaster": EventKind.MASTER,
}


def event(item: wire.Item) -> RemoteEvent:
    """Return the item as an event, private details left out.

    Raises:
        Unreadable: it ends before it starts.
    """
    private = item.sensitivity != OPEN
    kind = _KINDS.get(item.kind, EventKind.SINGLE)
    when = _interval(item.start, item.end)
    return RemoteEvent(
        ref=RemoteRef(id=item.id, etag=item.change_key, uid=item.uid),
        when=when,
        all_day=item.all_day,
        busy=BusyClass.FREE if item.start == item.end else busy(item.busy),
        private=private,
        cancelled=item.cancelled,
        subject="" if private else item.subject,
        location="" if private else item.location,
        organizer=None if private else _organizer(item),
        last_modified_by="" if private else item.last_modified_by,
        kind=kind,
        original_start=_original_start(item, kind),
        stamp=stamp(item),
        text_hash=digests.text(item.subject, item.location),
        categories=() if private else item.categories,
        reminder_minutes=_reminder(item),
    )


def _reminder(item: wire.Item) -> int | None:
    """Return how long before the start it reminds; None where it does not, or the server does not say when."""
    written = item.reminder_minutes.strip()
    return int(written) if item.reminder and written.isdecimal() else None


def busy(text: str) -> BusyClass:
    """Return the busy class; one that we do not know, or that is missing, blocks."""
    try:
        return BusyClass(text)
    except ValueError:
        return BusyClass.UNKNOWN


def stamp(item: wire.Item) -> Stamp | None:
    """Return our mark on the item, or None if it bears none that we could have written."""
    return stamps.read(item.mark, version=item.version, uid=item.stamped_uid)


def free_busy(view: wire.FreeBusyView) -> FreeBusy | None:
    """Return the busy stretches, or None when the server showed too little to know them."""
    if view.view not in VIEWS_WITH_BLOCKS:
        return None
    return digests.free_busy(
        BusyBlock(Interval(block.start, block.end), busy(block.busy))
        for block in view.blocks
        if block.start < block.end
    )


def mailbox(found: wire.Resolution) -> RemoteMailbox:
    """Return the mailbox that a name resolved to."""
    kind = {"PublicDL": "list", "PrivateDL": "list", "Contact": "contact"}.get(
        found.kind, found.kind.lower() or "mailbox"
    )
    return RemoteMailbox(address=found.address, name=found.name or found.address, kind=kind)


def _interval(start: datetime, end: datetime) -> Interval:
    if end < start:
        raise wire.Unreadable("an item that ends before it starts")
    return Interval(start, end if end > start else start + INSTANT)


def _organizer(item: wire.Item) -> RemotePerson | None:
    """Return who invited; a list of entries gives only the name, and inside one Exchange no SMTP address."""
    address = item.organizer_address.lower() if "@" in item.organizer_address else ""
    return RemotePerson(item.organizer_name, address) if item.organizer_name or address else None


def _original_start(item: wire.Item, kind: EventKind) -> datetime | None:
    if kind in (EventKind.OCCURRENCE, EventKind.EXCEPTION):
        return item.original_start or item.start
    return None
