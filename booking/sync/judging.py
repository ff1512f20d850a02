"""What an item in a room's calendar is to us: the ordered rules of reading, pure. The first match decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from booking.connectors.port import EventKind, RemoteEvent
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass, Shape


class Verdict(StrEnum):
    """What to do with an item."""

    OUTSIDE = "outside"
    RESTORED = "restored"  # ours, but newer than our database: it was restored or cloned
    WRONG_ROOM = "wrong_room"
    ADOPT = "adopt"
    ATTACH = "attach"
    UNWANTED = "unwanted"
    SECOND = "second"
    SECOND_EDITED = "second_edited"
    ECHO = "echo"
    SAME = "same"
    TEXT_EDITED = "text_edited"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Ours:
    """What we know of the occurrence whose key an item bears. Without `here` there is no row on this link."""

    here: bool
    same_space: bool
    when: Interval
    generation: int = 1
    want_present: bool = True
    want_version: int = 1
    acked_version: int = 0
    open_intent: bool = False
    unverified: bool = False
    remote_id: str = ""
    remote_etag: str = ""
    text_hash: str = ""
    sent: Shape | None = None
    busy: BusyClass = BusyClass.BUSY  # as the profile's mapping has it now

    @property
    def wanted(self) -> Shape:
        """Return what the entry should look like."""
        return plain(self.when, self.busy)


def plain(when: Interval, busy: BusyClass = BusyClass.BUSY) -> Shape:
    """Return the shape of everything we write: alone, not all-day, and busy unless a mapping says otherwise."""
    return Shape(when, all_day=False, busy=busy)


def bears_our_stamp(event: RemoteEvent, *, install_id: str, ours: Ours | None) -> bool:
    """Tell whether we wrote the item: not another installation, and not a person who copied one of ours.

    A copy bears our stamp and a UID of its own. An item without a UID in its stamp, or one whose id we
    stored ourselves, is no copy.
    """
    stamp = event.stamp
    if stamp is None or stamp.install_id != install_id:
        return False
    if not is_copy(event):
        return True
    return ours is not None and ours.here and ours.remote_id == event.ref.id


def is_copy(event: RemoteEvent) -> bool:
    """Tell whether somebody copied an item: it bears the stamp of another, and a UID of its own."""
    stamp = event.stamp
    return stamp is not None and bool(stamp.uid and event.ref.uid) and stamp.uid != event.ref.uid


def judge(event: RemoteEvent, *, install_id: str, ours: Ours | None, second: bool) -> Verdict:
    """Return what an item is.

    Args:
        event: as it stands in the calendar.
        install_id: of this installation.
        ours: what we know of the key in its stamp; None if there is no such occurrence.
        second: whether another item of the same stamp was judged before it.
    """
    stamp = event.stamp
    if stamp is None or not bears_our_stamp(event, install_id=install_id, ours=ours):
        return Verdict.OUTSIDE
    if ours is None:  # without a version of ours somebody made it up, and that stops nothing
        return Verdict.RESTORED if stamp.version else Verdict.OUTSIDE
    if not ours.here:
        return Verdict.ADOPT if ours.same_space else Verdict.WRONG_ROOM
    if stamp.version > ours.want_version or stamp.generation > ours.generation:
        return Verdict.RESTORED
    return _on_its_link(event, stamp.generation, stamp.version, ours, second=second)


def _on_its_link(event: RemoteEvent, generation: int, version: int, ours: Ours, *, second: bool) -> Verdict:
    if generation == ours.generation and (ours.open_intent or (not ours.remote_id and ours.want_present)):
        return Verdict.SECOND if second else Verdict.ATTACH
    if generation < ours.generation or not ours.want_present:
        return Verdict.UNWANTED
    if second:
        single = event.kind is EventKind.SINGLE and event.shape in {ours.sent, ours.wanted}
        return Verdict.SECOND if single else Verdict.SECOND_EDITED
    return _compared(event, version, ours)


def _compared(event: RemoteEvent, version: int, ours: Ours) -> Verdict:
    as_sent = event.shape in {ours.sent, ours.wanted} or ours.acked_version < version < ours.want_version
    if not as_sent:
        return Verdict.EDITED
    if ours.unverified or not ours.text_hash or event.text_hash == ours.text_hash:
        return Verdict.ECHO if event.ref.etag == ours.remote_etag and not ours.unverified else Verdict.SAME
    return Verdict.TEXT_EDITED


def in_order(events: Iterable[RemoteEvent], *, stored_ids: frozenset[str]) -> list[RemoteEvent]:
    """Return the items with those first whose ids we stored: of two with one stamp, that one is the original."""
    return sorted(events, key=lambda event: (event.ref.id not in stored_ids, event.when.start, event.ref.id))
