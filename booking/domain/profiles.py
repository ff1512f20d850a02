"""What a sync profile says, as a value: which way sync goes, what wins, what is shown, how far back it looks. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from booking.domain import mapping, windows
from booking.domain.reconcile import Choice, OnChange, OnConflict, OnOverlap, OnText, Policy
from booking.domain.states import Direction, TitleOption, Way
from booking.domain.windows import SyncWindow


@dataclass(frozen=True, slots=True)
class EffectiveProfile:
    """What applies in a space. `active` is False where the nearest profile is switched off: sync stops there."""

    active: bool = True
    direction: Direction = Direction.BOTH
    when_deleted: Choice = Choice.FOLLOW
    when_moved: Choice = Choice.FOLLOW
    when_changed: OnChange = OnChange.PUT_BACK
    when_both_changed: OnConflict = OnConflict.EXCHANGE
    when_text_edited: OnText = OnText.PUT_BACK
    when_overlapped: OnOverlap = OnOverlap.FLAG
    title_option: TitleOption = TitleOption.NAME
    tentative_blocks: bool = False
    show_private_rows: bool = False
    keep_titles: bool = False
    keep_organizers: bool = False
    hold_when_unknown: bool = False
    window: SyncWindow = SyncWindow.TODAY
    days_back: int = 0  # of a window of so many days
    field_mapping: mapping.Mapping = mapping.BUILT_IN

    def begins(self, zone: str, *, now: datetime) -> datetime:
        """Return from when on items are synced: those that ended on that moment or later."""
        return windows.begins(self.window, self.days_back, zone=zone, now=now)

    @property
    def reading(self) -> tuple[object, ...]:
        """Return what decides how a calendar is taken in: where it changes, the calendar is read anew."""
        return self.way, self.window, self.days_back, self.tentative_blocks, self.keep_titles, self.keep_organizers

    @property
    def policy(self) -> Policy:
        """Return what wins when both sides differ. A way that goes one way only leaves less to choose."""
        chosen = Policy(
            when_deleted=self.when_deleted,
            when_moved=self.when_moved,
            when_changed=self.when_changed,
            when_both_changed=self.when_both_changed,
            when_text_edited=self.when_text_edited,
            when_overlapped=self.when_overlapped,
        )
        if not self.reads:  # what people do in Outlook does not come to us
            return replace(
                chosen,
                when_deleted=Choice.PUT_BACK,
                when_moved=Choice.PUT_BACK,
                when_changed=OnChange.PUT_BACK,
                when_both_changed=OnConflict.BOOKING,
            )
        return chosen if self.writes else _without_writing(chosen)

    @property
    def way(self) -> Way:
        """Return which way sync goes."""
        return Way(self.active, self.direction)

    @property
    def writes(self) -> bool:
        """Tell whether bookings go to the calendar."""
        return self.way.writes

    @property
    def reads(self) -> bool:
        """Tell whether what stands in the calendar comes to us."""
        return self.way.reads


def _without_writing(chosen: Policy) -> Policy:
    """Return what can be done of a policy where nothing is written: nothing can be put back, or declined."""
    return replace(
        chosen,
        when_deleted=Choice.FOLLOW if chosen.when_deleted is Choice.PUT_BACK else chosen.when_deleted,
        when_moved=Choice.FOLLOW if chosen.when_moved is Choice.PUT_BACK else chosen.when_moved,
        when_changed=OnChange.ASK,
        when_both_changed=OnConflict.EXCHANGE,
        when_text_edited=OnText.LEAVE,
        when_overlapped=OnOverlap.FLAG if chosen.when_overlapped is OnOverlap.OURS else chosen.when_overlapped,
    )


BUILT_IN = EffectiveProfile()
