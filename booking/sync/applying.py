"""Taking a reading in: under the space's lock, all of it or nothing.

A reading made before our own last write is dropped: our own change would look like an edit in Outlook.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from booking.connectors.port import EventKind, RemoteEvent, RemoteRef, Stamp
from booking.domain.states import LIVE, Authority, Counted, LinkState, PushState
from booking.services import profiles
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink, Occurrence
from booking.sync import conflicts, edits, firsts, judging, known, outside, restored, stops, troubles
from booking.sync.clashes import Clashes
from booking.sync.conflicts import Choice, Quarrel
from booking.sync.edits import Edits
from booking.sync.engine import Engine
from booking.sync.judging import Ours, Verdict
from booking.sync.outside import Outside
from booking.sync.readings import Applied, Fate, Reading, Rehearsed
from booking.sync.restored import Restored

log = logging.getLogger(__name__)

_NOT_ALONE = (
    "Somebody else's entry stands in the calendar of a room that was said to be exclusive. People can book it in "
    "Outlook after all: take that right from them, or say in the space's Outlook/Exchange settings that it is shared."
)

#: What follows for a booking from its entry: nobody decides that while it is open whose entry it is.
_CONSEQUENCES = frozenset({Verdict.UNWANTED, Verdict.TEXT_EDITED, Verdict.EDITED})


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
    if taking.alarmed:
        stops.stop_writing(reading.link.connection_id, reason=restored.STOPPED, look_at=engine.now())
    return Applied(Fate.APPLIED, taking.changes, tuple(taking.strays))


def rehearse(session: Session, engine: Engine, link: CalendarLink, reading: Reading) -> Rehearsed:
    """Take a reading in, in a transaction that is not kept, and return what would follow outside of it."""
    taking = _Taking(session, engine, link, reading)
    taking.take_in()
    return Rehearsed(taking.alarmed, tuple(taking.strays))


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
        self.edits = Edits(session, engine, link, self.profile, self.now)
        self.clashes = Clashes(session, link, self.profile, self.rows, self.outside, self.install_id, self.now)
        self.strays: list[RemoteRef] = []
        self.restored = Restored(session, link, self.now)
        self.alarmed = False  # it holds what the database cannot know, and nobody has decided about it
        self.halted = False  # until somebody has: nothing follows for any booking
        self._marks: set[str] = set()

    @property
    def changes(self) -> int:
        return self.outside.changes + self.edits.changes + self.clashes.changes

    def take_in(self) -> None:
        uids = frozenset(outside.stored_uid(event) for event in self.reading.events)
        self.outside.load(
            self.reading.window, uids=uids, shown=frozenset(event.ref.id for event in self.reading.events)
        )
        stored = frozenset(row.remote_id for row in self.rows.values() if row.remote_id)
        ours = []
        for event in self.reading.events:
            if event.stamp is not None and event.stamp.install_id == self.install_id:
                ours.append(event)
            else:
                self.outside.keep(event)
        self.outside.drop(vanished=self.reading.vanished, present=frozenset())
        self.session.flush()  # a booking that was moved is checked against what stands there now
        self._beware(ours)
        for event in judging.in_order(ours, stored_ids=stored):
            self._take(event)
        self._lose()
        self.restored.close(shown=self.reading.events, vanished=self.reading.vanished)
        self.session.flush()
        self.clashes.settle(self.reading.window, halted=self.halted)
        if self.link.authority is Authority.EXCLUSIVE and self.reading.full:  # a part may show a later date of a series
            self._not_alone()
        taken_in = self.outside.changes + self.edits.changes  # before our own bookings are confirmed
        self.edits.confirm(now=self.now)
        self._still_unseen()
        queries.push.checked(self.session, self.link.id, during=self.reading.window, now=self.now)
        self._count(taken_in)
        self._remember()
        firsts.settle_writing(self.session, self.link, self.profile.way, now=self.now)
        if self.alarmed and not queries.identity.why(self.session, self.link.connection_id):
            self.link.look_at = self.now  # should we die before writing is stopped, the next reading stops it

    # ---------------------------------------------------------------- each item

    def _beware(self, ours: Sequence[RemoteEvent]) -> None:
        """Find out first whether this database is the server's: else nothing here may cancel or move a booking."""
        facts = {key: self._known(each) for key, each in self.occurrences.items()}
        strange = restored.cannot_know(ours, install_id=self.install_id, ours=facts)
        self.alarmed = not all(self.restored.may_stand(event) for event in strange)
        self.halted = self.alarmed or bool(queries.identity.why(self.session, self.link.connection_id))

    def _known(self, occurrence: Occurrence) -> Ours:
        row = self.rows.get(occurrence.key)
        return known.of(occurrence, row, self.link, busy=self.profile.field_mapping.busy)

    def _take(self, event: RemoteEvent) -> None:
        stamp = event.stamp
        if stamp is None:
            return
        verdict = self._judged(event, stamp)
        if verdict is not Verdict.OUTSIDE:
            self._marks.add(stamp.mark)
        self._follow(verdict, event, stamp, self.occurrences.get(stamp.key))

    def _judged(self, event: RemoteEvent, stamp: Stamp) -> Verdict:
        occurrence = self.occurrences.get(stamp.key)
        ours = self._known(occurrence) if occurrence else None
        return judging.judge(event, install_id=self.install_id, ours=ours, second=stamp.mark in self._marks)

    def _follow(self, verdict: Verdict, event: RemoteEvent, stamp: Stamp, occurrence: Occurrence | None) -> None:
        row = self.rows.get(stamp.key)
        match verdict:
            case Verdict.OUTSIDE:
                self.outside.keep(event)
            case Verdict.RESTORED:
                self._cannot_know(event, stamp, occurrence)
            case Verdict.WRONG_ROOM | Verdict.SECOND_EDITED:
                self._stands_wrongly(verdict, event, occurrence)
            case Verdict.SECOND:
                self.strays += [] if self.halted else [event.ref]
            case Verdict.ADOPT if occurrence is not None:
                self.rows[stamp.key] = self.edits.adopt(occurrence, event, stamp)
            case _ if row is not None:
                self._own(verdict, event, stamp, row)
            case _:
                self.outside.keep(event)

    def _own(self, verdict: Verdict, event: RemoteEvent, stamp: Stamp, row: edits.PushItem) -> None:
        if self.halted and verdict in _CONSEQUENCES:
            if verdict is Verdict.EDITED:
                self.outside.keep(event)  # its time blocks until it is known who decides about it
            return
        match verdict:
            case Verdict.ATTACH:
                self.edits.attach(row, event, stamp)
            case Verdict.UNWANTED:
                self._unwanted(row, event, stamp)
            case Verdict.ECHO | Verdict.SAME:
                self.edits.same(row, event, stamp)
            case Verdict.TEXT_EDITED:
                self.edits.text_edited(row, event)
            case _:
                self.outside.release(event)
                if self.edits.edited(row, event) and event.kind is not EventKind.MASTER:  # of a series its dates do
                    self.outside.keep(event)  # until that is decided, its time blocks

    def _unwanted(self, row: edits.PushItem, event: RemoteEvent, stamp: Stamp) -> None:
        if conflicts.accepts(self.session, self.link, row.occurrence, event, {Choice.BOTH}):
            self.outside.keep(event)  # staff let it stand
        else:
            self.strays += self.edits.unwanted(row, event, stamp)

    def _cannot_know(self, event: RemoteEvent, stamp: Stamp, occurrence: Occurrence | None) -> None:
        row = self.rows.get(stamp.key)
        if row is not None and self.restored.may_stand(event) and self.restored.take_over(event, stamp, row):
            self._marks.discard(stamp.mark)
            verdict = self._judged(event, stamp)
            self._marks.add(stamp.mark)
            self._own(verdict, event, stamp, row)
            return
        self.restored.keep(event, occurrence)
        self.outside.keep(event)

    def _stands_wrongly(self, verdict: Verdict, event: RemoteEvent, occurrence: Occurrence | None) -> None:
        if verdict is Verdict.SECOND_EDITED and event.kind is not EventKind.SINGLE:
            self.outside.keep(event)  # a further date of what was made a series: one conflict says so already
            return
        kind, words = (
            (Quarrel.WRONG_ROOM, "An entry of a booking of another space stands in this room's calendar.")
            if verdict is Verdict.WRONG_ROOM
            else (Quarrel.COPIED, "A second, edited entry of this booking stands in the room's calendar.")
        )
        conflicts.flag(self.session, self.link, kind, occurrence=occurrence, event=event, detail=words, now=self.now)
        self.outside.keep(event)

    # ---------------------------------------------------------------- what is gone, what overlaps

    def _lose(self) -> None:
        vanished = self.reading.vanished
        present = frozenset(event.ref.id for event in self.reading.events)
        self.outside.drop(vanished=vanished, present=present)
        whole = self.reading.full and not self.reading.uncertain and not self.reading.too_many
        conflicts.lose(self.session, self.link, present=present, looked_at=whole, now=self.now)
        if self.halted:
            return
        for row in list(self.rows.values()):
            if row.remote_id in vanished and row.want_present:
                self.edits.deleted(row)

    def _not_alone(self) -> None:
        """Tell staff that others do write into a calendar that was said to be ours alone; once about a series."""
        first: dict[str, RemoteEvent] = {}
        for event in sorted(self.outside.blocking, key=lambda each: each.when):
            ours = event.stamp is not None and event.stamp.install_id == self.install_id
            if not ours and event.when.end > self.now:
                first.setdefault(outside.stored_uid(event), event)
        for event in first.values():
            conflicts.flag(
                self.session,
                self.link,
                Quarrel.NOT_EXCLUSIVE,
                occurrence=None,
                event=event,
                detail=_NOT_ALONE,
                now=self.now,
            )

    def _still_unseen(self) -> None:
        """What was written and is neither shown nor gone is looked at again later, not at once for ever."""
        for row in self.rows.values():
            if row.state is PushState.WRITTEN:
                row.next_at = self.now + self.engine.timing.look_again

    # ---------------------------------------------------------------- how well we know the room now

    def _count(self, taken_in: int) -> None:
        queries.counts.add(self.session, [self.link.id], Counted.TAKEN_IN, at=self.now, number=taken_in)
        if self.reading.full:
            firsts.was_read(self.session, self.link, self.reading, changes=taken_in, now=self.now)

    def _remember(self) -> None:
        link, reading = self.link, self.reading
        if not reading.full:
            return
        if not reading.uncertain:  # else its times go stale: unknown is not free
            self._known_well()
        if link.look_at is not None and link.look_at <= reading.read_at:
            link.look_at = None
        if reading.uncertain:
            link.look_at = self.now + self.engine.timing.look_again
        self._settle_state()

    def _known_well(self) -> None:
        link, reading = self.link, self.reading
        if link.read_at is None:
            queries.left_behind.supersede(self.session, link, now=self.now)
        link.read_at = link.full_read_at = link.near_read_at = link.far_read_at = reading.read_at
        link.read_until = reading.window.end
        link.near_digest = link.near_digest if reading.near_digest is None else reading.near_digest
        link.far_digest = link.far_digest if reading.far_digest is None else reading.far_digest
        link.rest_digest = link.rest_digest if reading.rest_digest is None else reading.rest_digest
        link.recovering = False

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
            words = f"Entries were not found, but that says nothing: {reading.why} Nothing was freed."
            troubles.set_state(link, LinkState.DEGRADED, now=self.now, reason=words)
            link.read_failures = 1
            link.next_read_at = self.now + min(self.engine.timing.look_again, timedelta(minutes=5))
