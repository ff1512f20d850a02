"""What to write for one push row: the entry's text and time, our stamp, and which fields differ from what was sent."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from booking.connectors.port import EventDraft, EventField, RemoteRef, Stamp
from booking.domain import mapping
from booking.domain.intervals import Interval
from booking.domain.mapping import BookingFacts
from booking.domain.states import PushOp
from booking.services.profiles import EffectiveProfile
from booking.store.models import CalendarLink, Occurrence, PushItem
from booking.sync.engine import Engine

_TEXT = frozenset({EventField.SUBJECT, EventField.LOCATION, EventField.BODY})
#: Said only where a mapping says something: else what people choose in Outlook stands, as it always did.
_EXTRAS = frozenset({EventField.CATEGORIES, EventField.REMINDER})
_ALL = frozenset(EventField) - _EXTRAS


class Todo(StrEnum):
    """What a row needs next."""

    SEND = "send"
    PROBE = "probe"  # a write got no answer: find out
    LOOK = "look"  # it was written: see how it stands there


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do for one row, with all it needs, so that no session is open meanwhile."""

    todo: Todo
    item_id: int
    occurrence_id: int
    booking_ref: str
    link_id: int
    space_id: int
    connection_id: int
    mailbox: str
    op: PushOp
    version: int
    when: Interval
    draft: EventDraft
    text_hash: str
    extras: str
    stamp: Stamp
    ref: RemoteRef | None
    fields: frozenset[EventField]
    before: Interval | None  # where the entry stood, if this moves it

    @property
    def moves(self) -> bool:
        """Tell whether the entry takes time that it did not have: then the room is looked at first."""
        return self.op is PushOp.CREATE or EventField.TIME in self.fields


def job(
    engine: Engine,
    item: PushItem,
    link: CalendarLink,
    profile: EffectiveProfile,
    *,
    todo: Todo,
    install_id: str,
) -> Job:
    """Return what to do for a row as it stands now."""
    occurrence = item.occurrence
    entry = draft(engine, item, profile, install_id)
    text_hash = digest(entry)
    ref = RemoteRef(item.remote_id, item.remote_etag, item.remote_uid) if item.remote_id else None
    fields = differing(item, entry)
    return Job(
        todo=todo,
        item_id=item.id,
        occurrence_id=occurrence.id,
        booking_ref=occurrence.booking.ref,
        link_id=link.id,
        space_id=link.space_id,
        connection_id=link.connection_id,
        mailbox=link.mailbox,
        op=_op(item),
        version=item.want_version,
        when=item.sent_when if todo is Todo.LOOK and item.sent_when else occurrence.when,
        draft=entry,
        text_hash=text_hash,
        extras=extras(entry),
        stamp=Stamp(install_id, occurrence.key, item.generation, item.want_version, item.remote_uid or entry.uid),
        ref=ref,
        fields=fields,
        before=item.sent_when if EventField.TIME in fields else None,
    )


def _op(item: PushItem) -> PushOp:
    if not item.want_present:
        return PushOp.DELETE
    return PushOp.UPDATE if item.remote_id else PushOp.CREATE


def draft(engine: Engine, item: PushItem, profile: EffectiveProfile, install_id: str) -> EventDraft:
    """Return the entry as it should stand there: what the profile's mapping makes of the booking."""
    occurrence = item.occurrence
    rendered = mapping.render(profile.field_mapping, _facts(engine, occurrence, profile))
    return EventDraft(
        when=occurrence.when,
        zone=occurrence.space.location.zone,
        subject=rendered.subject,
        body=rendered.body,
        location=rendered.location,
        uid=f"booking-{install_id}-{occurrence.key}-{item.generation}",
        busy=rendered.busy,
        categories=rendered.categories,
        reminder_minutes=rendered.reminder_minutes,
    )


def _facts(engine: Engine, occurrence: Occurrence, profile: EffectiveProfile) -> BookingFacts:
    booking, space = occurrence.booking, occurrence.space
    patron, location = booking.patron, space.location
    return BookingFacts(
        first_name=patron.first_name,
        last_name=patron.last_name,
        email=patron.email,
        nickname=booking.nickname,
        nickname_allowed=space.category.nickname_allowed,
        title=booking.title,
        phone=location.phone,
        category=space.category.name,
        space=space.name,
        location=location.name,
        ref=booking.ref,
        link=f"{engine.base_url.rstrip('/')}/admin/bookings/{booking.ref}",  # never the patron's secret
        title_option=profile.title_option,
    )


def digest(entry: EventDraft) -> str:
    """Return a digest of the text that we send."""
    return hashlib.sha256(f"{entry.subject}\x00{entry.body}\x00{entry.location}".encode()).hexdigest()


def extras(entry: EventDraft) -> str:
    """Return a digest of categories and reminder; empty where nothing is said of either."""
    if not entry.categories and entry.reminder_minutes is None:
        return ""
    said = (*entry.categories, f"reminder {entry.reminder_minutes}")
    return hashlib.sha256("\x00".join(said).encode()).hexdigest()


def differing(item: PushItem, entry: EventDraft) -> frozenset[EventField]:
    """Return the fields that are not as they were sent; all of them when that is not known."""
    marks = extras(entry)
    if not item.remote_id or item.sent_when is None:
        return _ALL | _EXTRAS if marks or item.sent_extras else _ALL
    moved = frozenset({EventField.TIME}) if item.sent_when != entry.when else frozenset()
    retold = _TEXT if item.sent_text_hash != digest(entry) else frozenset()
    marked = _EXTRAS if item.sent_extras != marks else frozenset()
    classed = frozenset({EventField.BUSY}) if item.sent_busy is not entry.busy else frozenset()
    changed = moved | retold | marked | classed
    return changed | {EventField.STAMP} if changed else changed
