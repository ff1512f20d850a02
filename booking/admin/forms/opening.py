"""Forms of opening hours, exceptions and closures."""

from collections.abc import Mapping
from typing import Final

from wtforms import StringField
from wtforms.validators import InputRequired, Length, ValidationError

from booking.admin.forms import hours
from booking.admin.forms.fields import Choice, ClockField, DayField
from booking.admin.forms.text import one_line
from booking.domain.opening import Hours
from booking.http.forms import Form

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Chosen for a closure of all there is.
WHOLE_LOCATION: Final = 0
_NO_DATE: Final = "Choose a date."
_NO_TIME: Final = "Write a time like 09:00."


class HoursField(StringField):
    """The opening hours of one day, as text; `hours` holds what they mean."""

    hours: tuple[Hours, ...] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was typed, whatever it is."""
        self.data = one_line(valuelist[0] if valuelist else "")

    def pre_validate(self, _form: object) -> None:
        """Read it.

        Raises:
            ValidationError: with the sentence that says what cannot be read.
        """
        try:
            self.hours = hours.parse(self.data or "")
        except hours.Unreadable as why:
            raise ValidationError(str(why)) from why


class WeekForm(Form):
    """An ordinary week: for each day a text like "09:00-12:00, 13:00-17:00"."""

    day_0 = HoursField("Monday")
    day_1 = HoursField("Tuesday")
    day_2 = HoursField("Wednesday")
    day_3 = HoursField("Thursday")
    day_4 = HoursField("Friday")
    day_5 = HoursField("Saturday")
    day_6 = HoursField("Sunday")

    @property
    def days(self) -> tuple[HoursField, ...]:
        """Return the fields, Monday first."""
        return tuple(self[f"day_{day}"] for day in range(7))

    def fill(self, week: Mapping[int, tuple[Hours, ...]]) -> None:
        """Show these hours."""
        for day, field in enumerate(self.days):
            field.data = hours.write(week.get(day, ()))

    def week(self) -> dict[int, tuple[Hours, ...]]:
        """Return what was entered; a day without hours is closed."""
        return {day: field.hours for day, field in enumerate(self.days)}


class ExceptionForm(Form):
    """One date that differs from the week."""

    day = DayField("Date", validators=[InputRequired(_NO_DATE)])
    hours = HoursField("Open", description="Like 10:00-14:00. Empty: closed all day.")
    note = StringField(
        "Note",
        description="Patrons read it: Bank holiday.",
        filters=[one_line],
        validators=[Length(max=200, message="Use 200 letters at most.")],
    )


class ClosureForm(Form):
    """A stretch of time in which nothing can be booked."""

    space_id = Choice("What is closed")
    from_day = DayField("First day", validators=[InputRequired(_NO_DATE)])
    from_time = ClockField("Time it begins", validators=[InputRequired(_NO_TIME)])
    to_day = DayField("Last day", validators=[InputRequired(_NO_DATE)])
    to_time = ClockField("Time it ends", validators=[InputRequired(_NO_TIME)])
    reason = StringField(
        "Reason",
        description="Patrons read it: Painting work.",
        filters=[one_line],
        validators=[
            InputRequired("Say why, so that patrons understand."),
            Length(max=200, message="Use 200 letters at most."),
        ],
    )

    def validate_to_time(self, _field: ClockField) -> None:
        """Ask for an end after the start."""
        start, end = self.from_day.data, self.to_day.data
        if start is None or end is None or self.from_time.data is None or self.to_time.data is None:
            return
        if (end, self.to_time.data) <= (start, self.from_time.data):
            raise ValidationError("The end must come after the beginning.")
