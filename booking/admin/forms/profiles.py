"""Forms of sync profiles: what one says, and the places it is given to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from booking.admin.forms.fields import WholeNumber
from booking.admin.forms.text import lines, one_line, said
from booking.domain.mapping import BUILT_IN
from booking.domain.mapping import Mapping as FieldMapping
from booking.domain.profiles import EffectiveProfile
from booking.domain.reconcile import Choice, OnChange, OnConflict, OnOverlap, OnText
from booking.domain.states import Direction, TitleOption
from booking.domain.windows import SyncWindow
from booking.http.forms import Form
from booking.services.assigning import LONGEST_DESCRIPTION, LONGEST_NAME, ProfileWish
from booking.services.profiles import Profile

DIRECTIONS: Mapping[str, str] = {
    Direction.BOTH: "Both ways",
    Direction.FROM_EXCHANGE: "From Exchange to us",
    Direction.TO_EXCHANGE: "From us to Exchange",
}
WINDOWS: Mapping[str, str] = {
    SyncWindow.TODAY: "Today, 00:00",
    SyncWindow.LAST_MONTH: "The first day of last month",
    SyncWindow.DAYS: "So many days ago",
}
_NEEDED = InputRequired("Choose one.")


def _one_of(words: Mapping[str, str]) -> dict[str, str]:
    return {str(value): said for value, said in words.items()}


class SyncProfileForm(Form):
    """What a named profile says."""

    name = StringField(
        "Name",
        description="For you and your colleagues: Study rooms, one way.",
        filters=[one_line],
        validators=[
            InputRequired("Give the profile a name."),
            Length(max=LONGEST_NAME, message="Use 120 letters at most."),
        ],
    )
    description = TextAreaField(
        "Description",
        filters=[lines],
        validators=[Length(max=LONGEST_DESCRIPTION, message="Use 1,000 letters at most.")],
    )
    active = BooleanField("Active", default=True)
    direction = RadioField("Sync direction", choices=_one_of(DIRECTIONS), validators=[_NEEDED])
    window = RadioField("Items that ended on or after", choices=_one_of(WINDOWS), validators=[_NEEDED])
    days_back = WholeNumber("Number of days", description="From 1 to 180.")
    when_both_changed = SelectField(
        "Both sides changed since the last sync",
        choices=_one_of(
            {
                OnConflict.EXCHANGE: "Exchange wins",
                OnConflict.BOOKING: "The booking wins",
                OnConflict.ASK: "Ask staff",
            }
        ),
    )
    when_deleted = SelectField(
        "Somebody deletes our entry in Outlook",
        choices=_one_of(
            {
                Choice.FOLLOW: "Cancel the booking and tell the booker",
                Choice.PUT_BACK: "Put the entry back",
                Choice.ASK: "Ask staff",
            }
        ),
    )
    when_moved = SelectField(
        "Somebody moves our entry in Outlook",
        choices=_one_of(
            {
                Choice.FOLLOW: "Take the new time if it is free and allowed, else put it back and tell staff",
                Choice.PUT_BACK: "Put the entry back",
                Choice.ASK: "Ask staff",
            }
        ),
    )
    when_changed = SelectField(
        "Somebody makes our entry free, all-day or a series",
        choices=_one_of({OnChange.PUT_BACK: "Put it back and tell staff", OnChange.ASK: "Ask staff"}),
    )
    when_text_edited = SelectField(
        "Somebody edits title or place of our entry",
        choices=_one_of({OnText.PUT_BACK: "Put them back quietly", OnText.LEAVE: "Leave the edit"}),
    )
    when_overlapped = SelectField(
        "Somebody puts an event over a confirmed booking",
        choices=_one_of(
            {
                OnOverlap.FLAG: "Both stay, and staff are told",
                OnOverlap.OUTSIDE: "The event wins: cancel the booking and offer other times",
                OnOverlap.OURS: "The booking wins: decline the event",
            }
        ),
    )
    hold_when_unknown = BooleanField("Hold bookings for approval while a calendar is out of reach")
    title_option = RadioField(
        "Outlook/Exchange Event Title",
        choices=_one_of(
            {
                TitleOption.NAME: "Use patron name",
                TitleOption.NAME_AND_EMAIL: "Use patron name and email",
                TitleOption.NICKNAME: "Use public nickname",
            }
        ),
        validators=[_NEEDED],
    )
    tentative_blocks = BooleanField("Tentative events take the room")
    show_private_rows = BooleanField("Show private events to staff as “Private”")
    keep_titles = BooleanField("Show titles of Outlook/Exchange events to staff")
    keep_organizers = BooleanField("Populate name from Outlook/Exchange")

    @classmethod
    def of(cls, profile: Profile | None) -> Self:
        """Return the form filled with what is stored, or with what applies by itself."""
        settings = profile.settings if profile else EffectiveProfile()
        values = {name: _plain(getattr(settings, name)) for name in _SETTINGS}
        values["days_back"] = settings.days_back or None
        if profile is not None:
            values |= {"name": profile.name, "description": profile.description}
        return cls(formdata=None, data=values)

    def wish(self, profile: Profile | None) -> ProfileWish:
        """Return what was entered; the fields that go to Exchange have a page of their own, and stay as they are."""
        window = SyncWindow(self.window.data)
        return ProfileWish(
            name=said(self.name),
            description=said(self.description),
            settings=EffectiveProfile(
                active=self.active.data,
                direction=Direction(self.direction.data),
                when_deleted=Choice(self.when_deleted.data),
                when_moved=Choice(self.when_moved.data),
                when_changed=OnChange(self.when_changed.data),
                when_both_changed=OnConflict(self.when_both_changed.data),
                when_text_edited=OnText(self.when_text_edited.data),
                when_overlapped=OnOverlap(self.when_overlapped.data),
                title_option=TitleOption(self.title_option.data),
                tentative_blocks=self.tentative_blocks.data,
                show_private_rows=self.show_private_rows.data,
                keep_titles=self.keep_titles.data,
                keep_organizers=self.keep_organizers.data,
                hold_when_unknown=self.hold_when_unknown.data,
                window=window,
                days_back=(self.days_back.data or 0) if window is SyncWindow.DAYS else 0,
                field_mapping=_mapping(profile),
            ),
        )


_SETTINGS = (
    "active",
    "direction",
    "window",
    "when_deleted",
    "when_moved",
    "when_changed",
    "when_both_changed",
    "when_text_edited",
    "when_overlapped",
    "title_option",
    "tentative_blocks",
    "show_private_rows",
    "keep_titles",
    "keep_organizers",
    "hold_when_unknown",
)


def _mapping(profile: Profile | None) -> FieldMapping:
    return profile.settings.field_mapping if profile else BUILT_IN


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value
