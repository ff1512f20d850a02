"""What happened to a booking, as its patron may read it: only what is listed here, and no names of staff."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from booking.domain.states import Channel
from booking.store.queries.audit import AuditRow

_WHAT: Mapping[str, str] = {
    "booking.placed": "Booked",
    "booking.confirmed": "Confirmed",
    "booking.changed": "Changed",
    "booking.cancelled": "Cancelled",
    "booking.rejected": "Could not be kept: something else stood in the calendar of the room",
    "booking.moved": "Moved",
    "booking.released": "Released",
    "booking.expired": "Expired",
}
_DOOR: Mapping[Channel, str] = {
    Channel.WEB: "on the web",
    Channel.STAFF: "by library staff",
    Channel.API: "by another program of the library",
    Channel.OUTLOOK: "in Outlook",
    Channel.JOB: "",
    Channel.CLI: "by library staff",
}

#: Of these the detail says which room and time; of others it may say what stood in a calendar.
_WITH_DETAIL = frozenset({"booking.placed", "booking.changed", "booking.cancelled"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    words: str


def for_patron(rows: Iterable[AuditRow]) -> tuple[Line, ...]:
    """Return what happened, oldest first, with nothing that is not the patron's to know."""
    return tuple(Line(row.at, _words(row)) for row in rows if row.what in _WHAT)


def _words(row: AuditRow) -> str:
    done = " ".join(part for part in (_WHAT[row.what], _DOOR[row.channel]) if part)
    return f"{done}: {row.detail}" if row.what in _WITH_DETAIL and row.detail else done
