"""What a calendar shows at a glance of its mailbox's rules: numbers, taken from entries that were read anyway."""

from collections.abc import Sequence
from datetime import datetime

from booking.connectors.port import EventKind, RemoteEvent
from booking.domain.reconcile import BusyClass
from booking.domain.traces import Traces


def shown(events: Sequence[RemoteEvent], *, install_id: str, now: datetime, reach: int) -> Traces:
    """Return what these entries show, in numbers. What we wrote ourselves shows nothing of the mailbox's rules."""
    others = [each for each in events if not _is_ours(each, install_id) and each.when.end > now]
    standing = [each for each in others if not each.cancelled]
    open_ones = [each for each in standing if not each.private]
    titled = [each for each in open_ones if each.subject.strip()]
    number, installations = strangers(events, install_id)
    return Traces(
        at=now,
        reach=reach,
        entries=len(standing),
        overlapping=_overlapping(events, install_id),
        series=len({each.ref.uid or each.ref.id for each in standing if each.kind is not EventKind.SINGLE}),
        longest=max((int(each.when.length.total_seconds() // 60) for each in standing if not each.all_day), default=0),
        farthest=max(0, *((each.when.start - now).days for each in standing)) if standing else 0,
        tentative=sum(each.busy is BusyClass.TENTATIVE for each in standing),
        private=sum(each.private for each in standing),
        cancelled=len(others) - len(standing),
        titled=len(titled),
        untitled=len(open_ones) - len(titled),
        named_for_organizers=sum(_is_named_for_organizer(each) for each in titled),
        strangers=number,
        installations=installations,
    )


def _is_ours(event: RemoteEvent, install_id: str) -> bool:
    return event.stamp is not None and event.stamp.install_id == install_id


def _overlapping(events: Sequence[RemoteEvent], install_id: str) -> int:
    """Return how many entries of others overlap another entry, ours included."""
    taking = sorted((each for each in events if each.blocks(tentative_blocks=False)), key=lambda each: each.when.start)
    met: set[int] = set()
    latest: RemoteEvent | None = None
    for each in taking:
        if latest is not None and each.when.overlaps(latest.when):
            met |= {id(each), id(latest)}
        if latest is None or each.when.end > latest.when.end:
            latest = each
    return sum(id(each) in met and not _is_ours(each, install_id) for each in taking)


def _is_named_for_organizer(event: RemoteEvent) -> bool:
    """Tell whether the title begins with the organiser's name: Exchange puts it before what it leaves of the title."""
    name = event.organizer.name.strip().casefold() if event.organizer else ""
    return bool(name) and event.subject.strip().casefold().startswith(name)


def strangers(events: Sequence[RemoteEvent], install_id: str) -> tuple[int, int]:
    """Return how many entries there are that bear another installation's stamp, and of how many installations."""
    stamps = [event.stamp for event in events if event.stamp and event.stamp.install_id != install_id]
    return len({stamp.mark for stamp in stamps}), len({stamp.install_id for stamp in stamps})
