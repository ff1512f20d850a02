"""The form of a profile's fields: what goes into the subject, the text, the place and the categories of an entry."""

from collections.abc import Iterable
from typing import Final, Self

from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length

from booking.admin.forms.text import one_line, said
from booking.domain.mapping import BUSY_CLASSES, LONGEST_LIST, MOST_WORDS, OFFERED, Field, Mapping, Separator, Target
from booking.domain.reconcile import BusyClass
from booking.http.forms import Form

NAMES: Final = {
    Field.EVENT_TITLE: "Event title, as this profile says",
    Field.NAME: "Name of the booker",
    Field.EMAIL: "E-mail of the booker",
    Field.NICKNAME: "Public nickname",
    Field.TITLE: "Title of the booking",
    Field.PHONE: "Phone of the location",
    Field.CATEGORY: "Category",
    Field.SPACE: "Space",
    Field.LOCATION: "Location",
    Field.PLACE: "Space and location",
    Field.REFERENCE: "Reference of the booking",
    Field.LINK: "Link to the booking, for staff",
}
_NOTHING: Final = {"": "Nothing"}
_NO_REMINDER: Final = "none"
_REMINDERS: Final = {
    None: "No reminder",
    0: "When it begins",
    5: "5 minutes before",
    10: "10 minutes before",
    15: "15 minutes before",
    30: "30 minutes before",
    60: "1 hour before",
    120: "2 hours before",
    1440: "1 day before",
}
_BUSY: Final = {
    BusyClass.BUSY: "Busy",
    BusyClass.TENTATIVE: "Tentative",
    BusyClass.OOF: "Away (out of office)",
}


def _parts(target: Target, words: str) -> list[SelectField]:
    """Return the boxes for the parts of a subject or a place, one after another."""
    offered = _NOTHING | {field.value: NAMES[field] for field in OFFERED[target]}
    numbers = range(1, LONGEST_LIST + 1)
    return [SelectField(f"{words}, part {number}", choices=offered, default="") for number in numbers]


def _several(target: Target, words: str) -> SelectMultipleField:
    return SelectMultipleField(words, choices={field.value: NAMES[field] for field in OFFERED[target]})


class MappingForm(Form):
    """What goes where. Parts that stay on "Nothing" are left out."""

    subject_1, subject_2, subject_3, subject_4 = _parts(Target.SUBJECT, "Subject")
    separator = SelectField(
        "Between the parts of the subject", choices={each.value: f"one{each.sign}two" for each in Separator}
    )
    location_1, location_2, location_3, location_4 = _parts(Target.LOCATION, "Location")
    body = _several(Target.BODY, "Text")
    categories = _several(Target.CATEGORIES, "Categories")
    words = StringField(
        "Categories that every entry gets",
        description=f"Up to {MOST_WORDS}, with commas between: Library booking, Public. Outlook colours a category "
        "once somebody gives it a colour there.",
        filters=[one_line],
        validators=[Length(max=600, message="Use 600 letters at most.")],
    )
    reminder_minutes = SelectField("Reminder")
    busy = RadioField("Shown as", choices={each.value: _BUSY[each] for each in BUSY_CLASSES})

    @classmethod
    def of(cls, stored: Mapping) -> Self:
        """Return the form filled with what is stored."""
        parts = {
            f"{target.value}_{number}": field.value
            for target in (Target.SUBJECT, Target.LOCATION)
            for number, field in enumerate(stored.of(target), start=1)
        }
        form = cls(
            formdata=None,
            data=parts
            | {
                "separator": stored.separator.value,
                "body": [field.value for field in stored.body],
                "categories": [field.value for field in stored.categories],
                "words": ", ".join(stored.words),
                "reminder_minutes": _reminder(stored.reminder_minutes),
                "busy": stored.busy.value,
            },
        )
        form.offer(stored)
        return form

    @classmethod
    def sent(cls, stored: Mapping) -> Self:
        """Return the form as a person sent it."""
        form = cls()
        form.offer(stored)
        return form

    def offer(self, stored: Mapping) -> None:
        """Offer the usual reminders, and the one that is stored."""
        usual = {_reminder(minutes): words for minutes, words in _REMINDERS.items()}
        own = stored.reminder_minutes
        self.reminder_minutes.choices = usual | ({} if own in _REMINDERS else {f"{own}": f"{own} minutes before"})

    def mapping(self) -> Mapping:
        """Return what was entered, of a form that was found good."""
        minutes = said(self.reminder_minutes)
        return Mapping(
            subject=self._joined(Target.SUBJECT),
            separator=Separator(self.separator.data),
            body=_fields(self.body.data or ()),
            location=self._joined(Target.LOCATION),
            categories=_fields(self.categories.data or ()),
            words=tuple(filter(None, (each.strip() for each in said(self.words).split(",")))),
            reminder_minutes=None if minutes == _NO_REMINDER else int(minutes),
            busy=BusyClass(self.busy.data),
        )

    def parts(self, target: str) -> list[SelectField]:
        """Return the boxes of a subject or a place, in their order."""
        return [self[f"{target}_{number}"] for number in range(1, LONGEST_LIST + 1)]

    def complain(self, name: str | None, why: str) -> None:
        """Put what is wrong with several boxes at the first of them."""
        super().complain(f"{name}_1" if name in {"subject", "location"} else name, why)

    def _joined(self, target: Target) -> tuple[Field, ...]:
        return _fields(said(box) for box in self.parts(target.value))


def _fields(names: Iterable[str]) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names if name)


def _reminder(minutes: int | None) -> str:
    return _NO_REMINDER if minutes is None else f"{minutes}"
