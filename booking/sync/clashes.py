"""Two who want one room at one time: theirs in the calendar, ours in the database. Who gets it, and when it is over."""

from dataclasses import dataclass, field
from datetime import datetime

from booking import services
from booking.connectors.port import EventKind, RemoteEvent, Stamp
from booking.domain.intervals import Interval
from booking.domain.reconcile import Clash, clash
from booking.domain.states import PushState
from booking.services.profiles import EffectiveProfile
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Conflict, Occurrence, PushItem
from booking.sync import conflicts, obstacles
from booking.sync.conflicts import Choice, Quarrel
from booking.sync.outside import Outside

OVERLAP = "Somebody else's entry stands in the room's calendar at the time of this booking."
#: Stands where a person's name stands when the profile decided.
PROFILE = "the sync profile"
#: More than so many bookings are never cancelled at once for the sake of what appeared over them: staff are asked.
MOST_AT_ONCE = 10


@dataclass(slots=True)
class Clashes:
    """The overlaps of one room while a reading is taken in."""

    session: Session
    link: CalendarLink
    profile: EffectiveProfile
    rows: dict[str, PushItem]
    outside: Outside
    install_id: str
    now: datetime
    changes: int = 0
    _over: set[int] = field(default_factory=set)

    def settle(self, window: Interval, *, halted: bool) -> None:
        """Settle every overlap of theirs with ours, and close what is over.

        `halted`: nothing may be cancelled or refused now; staff are shown it instead.
        """
        found = [
            (occurrence, event)
            for occurrence in queries.external.holding(self.session, self.link.space_id, during=window)
            if occurrence.ends_at > self.now and (event := self._over_it(occurrence)) is not None
        ]
        careful = len(found) > MOST_AT_ONCE
        for occurrence, event in found:
            self._over.add(occurrence.id)
            if halted:
                self._flag(occurrence, event)
            else:
                self._clash(occurrence, event, careful=careful)
        self._close(window)

    def _over_it(self, occurrence: Occurrence) -> RemoteEvent | None:
        """Return what stands over a booking and was not accepted there; what is known to, first."""
        theirs = [event for event in self.outside.over(occurrence.when) if not self._own_entry(event, occurrence)]
        if not theirs:
            return None
        left = [
            each for each in theirs if not conflicts.accepts(self.session, self.link, occurrence, each, {Choice.BOTH})
        ]
        known = queries.conflicts.open_about(
            self.session, self.link.id, occurrence_id=occurrence.id, kinds=conflicts.ABOUT_TIME
        )
        remote_id = known.remote_id if known else ""
        return min(left, key=lambda each: (each.ref.id != remote_id, each.when, each.ref.id), default=None)

    def _own_entry(self, event: RemoteEvent, occurrence: Occurrence) -> bool:
        """Tell whether an edited entry of this very booking blocks its own time: no quarrel with itself."""
        if event.stamp is None or event.stamp.key != occurrence.key:
            return False
        row = self.rows.get(occurrence.key)
        if row is None:
            return False
        is_newer = event.stamp.install_id == self.install_id and event.stamp.generation > row.generation
        a_date_of_it = event.kind is not EventKind.SINGLE and event.ref.uid == row.remote_uid  # it was made a series
        return is_newer or a_date_of_it or row.remote_id == event.ref.id

    def _clash(self, occurrence: Occurrence, event: RemoteEvent, *, careful: bool) -> None:
        waits = obstacles.waits_for_calendar(occurrence) and not self._is_ours_to_stay(occurrence, event)
        match self._verdict(event, waits=waits, careful=careful or occurrence.starts_at <= self.now):
            case Clash.REJECT_OURS:
                services.bookings.reject(self.session, occurrence, now=self.now, why=OVERLAP)
                self.changes += 1
            case Clash.CANCEL_OURS:
                services.bookings.give_way(self.session, occurrence, now=self.now, why=OVERLAP)
                self.changes += 1
            case Clash.DECLINE_THEIRS:
                self._decide_for_ours(occurrence, self._flag(occurrence, event))
            case Clash.FLAG:
                self._flag(occurrence, event)

    def _verdict(self, event: RemoteEvent, *, waits: bool, careful: bool) -> Clash:
        found = clash(self.profile.policy, waits_for_calendar=waits)
        if found is Clash.REJECT_OURS:
            return found
        # For people to sort out: what some installation wrote, what covers half of a room's bookings, and whom it
        # would turn out of the room.
        return Clash.FLAG if careful or event.stamp is not None else found

    def _flag(self, occurrence: Occurrence, event: RemoteEvent) -> Conflict | None:
        row = self.rows.get(occurrence.key)
        unwritten = row is not None and row.state is PushState.CONFLICT
        return conflicts.flag(
            self.session,
            self.link,
            Quarrel.BLOCKED if unwritten else Quarrel.OVERLAP,
            occurrence=occurrence,
            event=event,
            detail=obstacles.TAKEN if unwritten else OVERLAP,
            now=self.now,
        )

    def _decide_for_ours(self, occurrence: Occurrence, conflict: Conflict | None) -> None:
        """Let the profile decide what nobody has decided: ours is written, and `settling` has theirs declined."""
        if conflict is None or conflict.decision:
            return
        conflict.decision, conflict.decided_by = Choice.OURS.value, PROFILE
        row = self.rows.get(occurrence.key)
        if row is not None and row.state is PushState.CONFLICT:
            services.calendars.make_due(row)

    def _is_ours_to_stay(self, occurrence: Occurrence, event: RemoteEvent) -> bool:
        """Tell whether ours stays: between two installations the smaller stamp does, so that both judge alike."""
        row = self.rows.get(occurrence.key)
        if event.stamp is None or event.stamp.install_id == self.install_id or row is None or not row.remote_id:
            return False
        return Stamp(self.install_id, occurrence.key, row.generation).mark < event.stamp.mark

    def _close(self, window: Interval) -> None:
        """Close conflicts about time that are over; what was blocked is tried again."""
        rows = {row.occurrence_id: row for row in self.rows.values()}
        for conflict in queries.external.open_conflicts(self.session, self.link.id):
            if conflict.kind not in conflicts.ABOUT_TIME or conflict.occurrence_id in self._over:
                continue
            if self._is_out_of_sight(conflict, window):
                continue
            conflict.resolved_at = self.now
            row = rows.get(conflict.occurrence_id or 0)  # none where bookings are not written to the calendar
            if row is not None and row.state is PushState.CONFLICT:
                services.calendars.make_due(row)

    def _is_out_of_sight(self, conflict: Conflict, window: Interval) -> bool:
        """Tell whether a date holds this room at a time that was not looked at whole."""
        occurrence = self.session.get(Occurrence, conflict.occurrence_id) if conflict.occurrence_id else None
        if occurrence is None:
            return True
        here = occurrence.holds and occurrence.space_id == self.link.space_id
        return here and not window.covers(occurrence.when)
