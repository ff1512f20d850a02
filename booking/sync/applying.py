"""Taking a reading in: under the space's lock, all of it or nothing.

A reading made before our own last write is dropped: our own change would look like an edit in Outlook.
"""

import logging
from datetime import timedelta

from booking import services
from booking.connectors.port import RemoteEvent, RemoteRef, Stamp
from booking.domain.states import LIVE, LinkState, PushState
from booking.services import profiles
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink, Occurrence
from booking.sync import conflicts, edits, judging, known, obstacles, outside, troubles
from booking.sync.conflicts import Quarrel
from booking.sync.edits import Edits
from booking.sync.engine import Engine
from booking.sync.judging import Verdict
from booking.sync.outside import Outside
from booking.sync.readings import Applied, Fate, Reading

log = logging.getLogger(__name__)

_OVERLAP = "Somebody else's entry stands in the room's calendar at the time of this booking."
_RESTORED = (
    "The calendar holds an entry of ours that this database cannot know. The database was restored from a backup, or "
    "copied. Nothing is written until an administrator has looked."
)


def apply(engine: Engine, reading: Reading) -> Applied:
    """Bring our side in step with what was read, or say that it must be read again."""
    with transaction() as session:
        queries.places.lock_space(session, reading.link.space_id)
        link = queries.links.lock(session, reading.link.id)
        if link.state not in LIVE - {LinkState.LEAVING, LinkState.PAUSED}:
            return Applied(Fate.IDLE)
        if (link.writes, link.fence) != (reading.link.writes, reading.link.fence):
            return Applied(Fate.DROPPED)
        taking = _Taking(session, engine, link, reading)
        taking.take_in()
    if taking.restored:
        _stop_writing(reading.link.connection_id)
    return Applied(Fate.APPLIED, taking.changes, tuple(taking.strays))


def _stop_writing(connection_id: int) -> None:
    """Let nothing be written through a connection; by itself, for a connection is locked before its links."""
    with transaction() as session:
        queries.connections.lock(session, connection_id).writes_stopped = _RESTORED


class _Taking:
    """One reading on its way into the database."""

    def __init__(self, session: Session, engine: Engine, link: CalendarLink, reading: Reading) -> None:
        self.session = session
        self.engine = engine
        self.link = link
        self.reading = reading
        self.now = engine.now()
        self.install_id = queries.connections.install_id(session)
        self.profile = profiles.effective(session, link.space_id)
        self.outside = Outside(session, link, self.profile, self.now)
        keys = known.keys_of(reading.events, install_id=self.install_id)
        self.occurrences = queries.push.by_keys(session, keys)
        self.rows = queries.push.on_link(session, link.id, keys=keys, during=reading.window)
        self.edits = Edits(session, engine, link, self.profile.policy, self.now)
        self.strays: list[RemoteRef] = []
        self.restored = False
        self._marks: set[str] = set()

    @property
    def changes(self) -> int:
        return self.outside.changes + self.edits.changes

    def take_in(self) -> None:
        uids = frozenset(outside.stored_uid(event) for event in self.reading.events)
        self.outside.load(self.reading.window, uids=uids)
        stored = frozenset(row.remote_id for row in self.rows.values() if row.remote_id)
        ours = []
        for event in self.reading.events:
            if event.stamp is not None and event.stamp.install_id == self.install_id:
                ours.append(event)
            else:
                self.outside.keep(event)
        self.outside.drop(vanished=self.reading.vanished, present=frozenset())
        self.session.flush()  # a booking that was moved is checked against what stands there now
        for event in judging.in_order(ours, stored_ids=stored):
            self._take(event)
        self._lose()
        self.session.flush()
        self._quarrel()
        self.edits.confirm(now=self.now)
        self._still_unseen()
        queries.push.checked(self.session, self.link.id, during=self.reading.window, now=self.now)
        self._remember()

    # ---------------------------------------------------------------- each item

    def _take(self, event: RemoteEvent) -> None:
        stamp = event.stamp
        if stamp is None:
            return
        occurrence = self.occurrences.get(stamp.key)
        row = self.rows.get(stamp.key)
        ours = known.of(occurrence, row, self.link) if occurrence else None
        verdict = judging.judge(event, install_id=self.install_id, ours=ours, second=stamp.mark in self._marks)
        if verdict is not Verdict.OUTSIDE:
            self._marks.add(stamp.mark)
        self._follow(verdict, event, stamp, occurrence)

    def _follow(self, verdict: Verdict, event: RemoteEvent, stamp: Stamp, occurrence: Occurrence | None) -> None:
        row = self.rows.get(stamp.key)
        match verdict:
            case Verdict.OUTSIDE:
                self.outside.keep(event)
            case Verdict.RESTORED:
                self._cannot_know(event, occurrence)
            case Verdict.WRONG_ROOM | Verdict.SECOND_EDITED:
                self._stands_wrongly(verdict, event, occurrence)
            case Verdict.SECOND:
                self.strays.append(event.ref)
            case Verdict.ADOPT if occurrence is not None:
                self.rows[stamp.key] = self.edits.adopt(occurrence, event, stamp)
            case _ if row is not None:
                self._own(verdict, event, stamp, row)
            case _:
                self.outside.keep(event)

    def _own(self, verdict: Verdict, event: RemoteEvent, stamp: Stamp, row: edits.PushItem) -> None:
        match verdict:
            case Verdict.ATTACH:
                self.edits.attach(row, event, stamp)
            case Verdict.UNWANTED:
                self.strays += self.edits.unwanted(row, event, stamp)
            case Verdict.ECHO | Verdict.SAME:
                self.edits.same(row, event, stamp)
            case Verdict.TEXT_EDITED:
                self.edits.text_edited(row, event)
            case _:
                if self.edits.edited(row, event):
                    self.outside.keep(event)  # until that is decided, its time blocks

    def _cannot_know(self, event: RemoteEvent, occurrence: Occurrence | None) -> None:
        self.restored = True
        conflicts.flag(
            self.session,
            self.link,
            Quarrel.RESTORED,
            occurrence=occurrence,
            uid=event.ref.uid,
            detail=_RESTORED,
            now=self.now,
        )
        self.outside.keep(event)

    def _stands_wrongly(self, verdict: Verdict, event: RemoteEvent, occurrence: Occurrence | None) -> None:
        kind, words = (
            (Quarrel.WRONG_ROOM, "An entry of a booking of another space stands in this room's calendar.")
            if verdict is Verdict.WRONG_ROOM
            else (Quarrel.COPIED, "A second, edited entry of this booking stands in the room's calendar.")
        )
        conflicts.flag(
            self.session, self.link, kind, occurrence=occurrence, uid=event.ref.uid, detail=words, now=self.now
        )
        self.outside.keep(event)

    # ---------------------------------------------------------------- what is gone, what overlaps

    def _lose(self) -> None:
        vanished = self.reading.vanished
        present = frozenset(event.ref.id for event in self.reading.events)
        self.outside.drop(vanished=vanished, present=present)
        for row in list(self.rows.values()):
            if row.remote_id in vanished and row.want_present:
                self.edits.deleted(row)

    def _still_unseen(self) -> None:
        """What was written and is neither shown nor gone is looked at again later, not at once for ever."""
        for row in self.rows.values():
            if row.state is PushState.WRITTEN:
                row.next_at = self.now + self.engine.timing.look_again

    def _quarrel(self) -> None:
        """Settle every overlap of theirs with ours: over a held booking they win, over a confirmed one staff decide."""
        over: set[int] = set()
        for occurrence in queries.external.holding(self.session, self.link.space_id, during=self.reading.window):
            for event in self.outside.over(occurrence.when):
                if self._own_entry(event, occurrence):
                    continue
                over.add(occurrence.id)
                self._overlap(occurrence, event)
                break
        self._reconciled(over)

    def _own_entry(self, event: RemoteEvent, occurrence: Occurrence) -> bool:
        """Tell whether an edited entry of this very booking blocks its own time: no quarrel with itself."""
        if event.stamp is None or event.stamp.key != occurrence.key:
            return False
        row = self.rows.get(occurrence.key)
        return row is not None and row.remote_id == event.ref.id

    def _overlap(self, occurrence: Occurrence, event: RemoteEvent) -> None:
        if obstacles.waits_for_calendar(occurrence) and not self._is_ours_to_stay(occurrence, event):
            services.bookings.reject(self.session, occurrence, now=self.now, why=_OVERLAP)
            self.edits.changes += 1
            return
        conflicts.flag(
            self.session,
            self.link,
            Quarrel.OVERLAP,
            occurrence=occurrence,
            uid=event.ref.uid,
            detail=_OVERLAP,
            now=self.now,
        )

    def _is_ours_to_stay(self, occurrence: Occurrence, event: RemoteEvent) -> bool:
        """Tell whether ours stays: between two installations the smaller stamp does, so that both judge alike."""
        row = self.rows.get(occurrence.key)
        if event.stamp is None or event.stamp.install_id == self.install_id or row is None or not row.remote_id:
            return False
        return Stamp(self.install_id, occurrence.key, row.generation).mark < event.stamp.mark

    def _reconciled(self, over: set[int]) -> None:
        """Close conflicts about time that are over; what was blocked is tried again."""
        window = self.reading.window
        rows = {row.occurrence_id: row for row in self.rows.values()}
        for conflict in queries.external.open_conflicts(self.session, self.link.id):
            row = rows.get(conflict.occurrence_id or 0)
            if conflict.kind not in conflicts.ABOUT_TIME or row is None or row.occurrence_id in over:
                continue
            if row.occurrence.holds and not window.covers(row.occurrence.when):
                continue
            conflict.resolved_at = self.now
            if row.state is PushState.CONFLICT:
                services.calendars.make_due(row)

    # ---------------------------------------------------------------- how well we know the room now

    def _remember(self) -> None:
        link, reading = self.link, self.reading
        if not reading.full:
            return
        link.read_at = link.full_read_at = link.near_read_at = link.far_read_at = reading.read_at
        link.read_until = reading.window.end
        link.near_digest = link.near_digest if reading.near_digest is None else reading.near_digest
        link.far_digest = link.far_digest if reading.far_digest is None else reading.far_digest
        if link.look_at is not None and link.look_at <= reading.read_at:
            link.look_at = None
        if reading.uncertain:
            link.look_at = self.now + self.engine.timing.look_again
        self._settle_state()

    def _settle_state(self) -> None:
        link, reading = self.link, self.reading
        if reading.too_many:
            reason = (
                f"{reading.too_many} entries seem to have vanished from this calendar at once. Nothing was freed or "
                "cancelled. Say whether that is true, or have it read again."
            )
            troubles.set_state(link, LinkState.FROZEN, now=self.now, reason=reason)
        elif link.state in {LinkState.FROZEN, LinkState.GONE, LinkState.AUTH_FAILED} or link.read_failures:
            troubles.set_state(link, LinkState.ACTIVE, now=self.now)
        link.read_failures = 0
        link.next_read_at = None
        link.last_error = ""
        if reading.uncertain:
            words = "Entries were not found, and the right to read was not shown; nothing was freed."
            troubles.set_state(link, LinkState.DEGRADED, now=self.now, reason=words)
            link.read_failures = 1
            link.next_read_at = self.now + min(self.engine.timing.look_again, timedelta(minutes=5))
