"""Sync profiles: how sync behaves in a place, and the event-title setting of a location."""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from booking.domain import permissions
from booking.domain.permissions import Actor, Permission, Scope
from booking.domain.reconcile import Choice, OnChange, OnConflict, OnOverlap, OnText, Policy
from booking.domain.states import Channel, Direction, TitleOption, Way
from booking.services import audit
from booking.store import queries
from booking.store.database import Session
from booking.store.models import SyncProfile

LONGEST_LOOK_BACK = 180  # days


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
    days_back: int = 0

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


def effective(session: Session, space_id: int) -> EffectiveProfile:
    """Return what applies in a space: its own profile, else its category's, its location's, else the built-in one."""
    found = queries.connections.profiles(session, space_id)
    return _value(found[0]) if found else BUILT_IN


def of_location(session: Session, location_id: int) -> EffectiveProfile:
    """Return a location's own settings, or the built-in ones."""
    found = queries.connections.profile_of_location(session, location_id)
    return _value(found) if found else BUILT_IN


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """The place that a profile belongs to: a location, a category in it, or a space in that. Its name is for staff."""

    name: str
    location_id: int
    category_id: int | None = None
    space_id: int | None = None

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return Scope(self.location_id, self.category_id)

    @property
    def own_ids(self) -> tuple[int | None, int | None, int | None]:
        """Return location, category and space as the profile keeps them: only what it is of itself."""
        if self.space_id is not None:
            return None, None, self.space_id
        if self.category_id is not None:
            return None, self.category_id, None
        return self.location_id, None, None


def own(session: Session, place: ProfilePlace) -> EffectiveProfile | None:
    """Return what a place has of its own; None if the wider place's applies."""
    found = _stored(session, place)
    return _value(found) if found else None


def store(session: Session, place: ProfilePlace, wanted: EffectiveProfile, *, now: datetime) -> None:
    """Store the whole profile of a place as its own: for `services.directions`, which sees to what follows from it."""
    profile = _stored(session, place)
    if profile is None:
        profile = SyncProfile(created_at=now)
        profile.location_id, profile.category_id, profile.space_id = place.own_ids
        session.add(profile)
    profile.name = place.name[:120]
    for each in fields(wanted):
        setattr(profile, each.name, getattr(wanted, each.name))
    profile.updated_at = now
    session.flush()


def drop(session: Session, place: ProfilePlace) -> bool:
    """Let the wider place's profile apply again: for `services.directions`; tell whether there was one to drop."""
    profile = _stored(session, place)
    if profile is None:
        return False
    session.delete(profile)
    session.flush()
    return True


def _stored(session: Session, place: ProfilePlace) -> SyncProfile | None:
    if place.space_id is not None:
        return queries.connections.profile_of_space(session, place.space_id)
    if place.category_id is not None:
        return queries.connections.profile_of_category(session, place.category_id)
    return queries.connections.profile_of_location(session, place.location_id)


def _value(profile: SyncProfile) -> EffectiveProfile:
    return EffectiveProfile(
        active=profile.active,
        direction=profile.direction,
        when_deleted=profile.when_deleted,
        when_moved=profile.when_moved,
        when_changed=profile.when_changed,
        when_both_changed=profile.when_both_changed,
        when_text_edited=profile.when_text_edited,
        when_overlapped=profile.when_overlapped,
        title_option=profile.title_option,
        tentative_blocks=profile.tentative_blocks,
        show_private_rows=profile.show_private_rows,
        keep_titles=profile.keep_titles,
        keep_organizers=profile.keep_organizers,
        hold_when_unknown=profile.hold_when_unknown,
        days_back=profile.days_back,
    )


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What staff may set for a location's calendar entries and for what comes from its calendars."""

    title_option: TitleOption = TitleOption.NAME
    tentative_blocks: bool = False
    show_private_rows: bool = False
    keep_titles: bool = False
    keep_organizers: bool = False
    hold_when_unknown: bool = False


def save_for_location(
    session: Session,
    location_id: int,
    draft: ProfileDraft,
    *,
    actor: Actor,
    now: datetime,
) -> SyncProfile:
    """Store a location's own profile; what the draft does not name stays as it is.

    Raises:
        Forbidden: the actor may not edit that location.
    """
    permissions.require(actor, Permission.EDIT_PLACES, on=Scope(location_id))
    profile = queries.connections.profile_of_location(session, location_id)
    if profile is None:
        profile = _new(location_id, now)
        session.add(profile)
    profile.title_option = draft.title_option
    profile.tentative_blocks = draft.tentative_blocks
    profile.show_private_rows = draft.show_private_rows
    profile.keep_titles = draft.keep_titles
    profile.keep_organizers = draft.keep_organizers
    profile.hold_when_unknown = draft.hold_when_unknown
    profile.updated_at = now
    session.flush()
    audit.note(session, "profile.saved", actor=actor, channel=Channel.STAFF, now=now, subject=profile.name)
    return profile


def _new(location_id: int, now: datetime) -> SyncProfile:
    return SyncProfile(
        name=f"Location {location_id}",
        location_id=location_id,
        active=True,
        direction=Direction.BOTH,
        when_deleted=Choice.FOLLOW,
        when_moved=Choice.FOLLOW,
        when_both_changed=OnConflict.EXCHANGE,
        title_option=TitleOption.NAME,
        days_back=0,
        created_at=now,
    )
