"""What a calendar holds of ours and this database cannot know: it was restored from a backup, or it is a copy.

Until an administrator has decided which (`identity`), nothing is written through the connection and no booking
follows its calendar; such entries only block. Once they said "this is the server", each is taken as it stands:
a booking that is still known takes over its newer entry and judges it like any edit, and what nobody here knows
stays as an outside event beside a conflict, for staff to delete or to keep.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from booking.connectors.port import RemoteEvent, Stamp
from booking.domain.states import PushState
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.models import CalendarLink, Conflict, Occurrence, PushItem
from booking.sync import judging, known, rows, stops
from booking.sync.conflicts import LONGEST_UID, Quarrel
from booking.sync.engine import Engine
from booking.sync.jobs import Job
from booking.sync.judging import Ours, Verdict

STOPPED = (
    "The calendar holds an entry of ours that this database cannot know. The database was restored from a backup, or "
    "copied. Nothing is written until an administrator has looked."
)
_NEWER = "The entry of this booking is newer than this database, which was restored from a backup, or copied."
_ACCEPTED = (
    "This entry is ours, but it was written after the backup from which this database was restored. It takes the room "
    "until somebody deletes it or says that it stays."
)


@dataclass
class Restored:
    """What of one reading the database cannot know, and what was decided about it."""

    session: Session
    link: CalendarLink
    now: datetime
    _found: set[str] = field(default_factory=set)

    @cached_property
    def _accepted(self) -> frozenset[str]:
        return queries.identity.accepted(self.session, self.link.id)

    def may_stand(self, event: RemoteEvent) -> bool:
        """Tell whether an administrator has decided about an entry: then it stops nothing."""
        return self.link.recovering or _uid(event) in self._accepted

    def take_over(self, event: RemoteEvent, stamp: Stamp, row: PushItem | None) -> bool:
        """Have a booking that is wanted here take over its newer entry; tell whether there was one.

        A row that wants nothing there lets go of the entry: what is newer than we are is never deleted by us.
        """
        if row is None:
            return False
        if not row.want_present:
            if row.state is not PushState.GONE:
                rows.gone(row, now=self.now)
                row.remote_id = ""
            return False
        _catch_up(row, event, stamp, now=self.now)
        return True

    def keep(self, event: RemoteEvent, occurrence: Occurrence | None) -> None:
        """Show staff an entry; one that is shown already stays, and is noted as decided about when it is."""
        uid = _uid(event)
        self._found.add(uid)
        may_stand = self.may_stand(event)
        open_ones = queries.identity.open_findings(self.session, self.link.id)
        conflict = next((each for each in open_ones if each.external_uid == uid), None)
        if conflict is None and uid in self._accepted:
            return  # staff have said that it stays
        conflict = conflict or self._made(uid, occurrence)
        conflict.remote_id, conflict.remote_etag = event.ref.id, event.ref.etag
        conflict.theirs_starts_at, conflict.theirs_ends_at = event.when.start, event.when.end
        conflict.theirs_private = event.private
        if may_stand and conflict.accepted_at is None:
            conflict.accepted_at, conflict.detail = self.now, _ACCEPTED
        self.session.flush()

    def _made(self, uid: str, occurrence: Occurrence | None) -> Conflict:
        made = Conflict(
            link_id=self.link.id,
            occurrence_id=occurrence.id if occurrence else None,
            external_uid=uid,
            kind=Quarrel.RESTORED.value,
            detail=_NEWER if occurrence else STOPPED,
            found_at=self.now,
            ours_starts_at=occurrence.starts_at if occurrence else None,
            ours_ends_at=occurrence.ends_at if occurrence else None,
        )
        self.session.add(made)
        return made

    def close(self, *, shown: Iterable[RemoteEvent], vanished: frozenset[str]) -> None:
        """Close what is over: the entry is certainly gone, or is known by now."""
        uids = {_uid(event) for event in shown}
        for each in queries.identity.open_findings(self.session, self.link.id):
            if each.external_uid not in self._found and (each.external_uid in uids or each.remote_id in vanished):
                each.resolved_at = self.now


def _catch_up(row: PushItem, event: RemoteEvent, stamp: Stamp, *, now: datetime) -> None:
    """Take over what was written after the backup: from here on, whatever differs was edited there."""
    changed_here = row.want_version > max(row.acked_version, 1)
    row.generation = max(row.generation, stamp.generation)
    row.acked_version = max(row.acked_version, stamp.version)
    row.want_version = max(row.want_version, row.acked_version + changed_here)
    if row.sent_when is None:
        row.sent_starts_at, row.sent_ends_at = row.occurrence.starts_at, row.occurrence.ends_at
    row.sent_text_hash = ""  # which text it has is not known
    row.remote_id, row.remote_etag, row.remote_uid = event.ref.id, event.ref.etag, event.ref.uid or row.remote_uid
    row.intent_op = None
    row.attempts, row.last_error = 0, ""
    rows.turn(row, PushState.DIRTY if changed_here else PushState.CLEAN, now=now)


def cannot_know(events: Iterable[RemoteEvent], *, install_id: str, ours: Mapping[str, Ours]) -> tuple[RemoteEvent, ...]:
    """Return those of the events that are ours and that the database cannot know."""

    def is_strange(event: RemoteEvent) -> bool:
        known_one = ours.get(event.stamp.key) if event.stamp else None
        return judging.judge(event, install_id=install_id, ours=known_one, second=False) is Verdict.RESTORED

    return tuple(filter(is_strange, events))


def is_alarming(engine: Engine, job: Job, seen: Sequence[RemoteEvent]) -> bool:
    """Tell whether a look before writing showed what this database cannot know; then nothing is written any more."""
    marked = [event for event in seen if event.stamp and event.stamp.install_id == job.stamp.install_id]
    if not marked:
        return False
    with reading() as session:
        link = queries.links.model(session, job.link_id)
        if link is None:
            return False
        ours = known.load(session, link, marked, install_id=job.stamp.install_id, during=job.when)
        accepted = queries.identity.accepted(session, link.id)
    found = cannot_know(marked, install_id=job.stamp.install_id, ours=ours)
    if all(_uid(event) in accepted for event in found):
        return False
    stops.stop_writing(job.connection_id, reason=STOPPED, look_at=engine.now())
    return True


def _uid(event: RemoteEvent) -> str:
    """Return under which UID an entry is shown to staff; its id where it has none."""
    return (event.ref.uid or event.ref.id)[:LONGEST_UID]
