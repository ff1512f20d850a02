"""Fields for numbers, days, times and choices that answer in our words what they cannot read."""

from collections.abc import Iterable
from datetime import date, time
from typing import Final

from wtforms import DateField, IntegerField, SelectField, TimeField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

_YEARS: Final = range(2000, 2101)


class WholeNumber(IntegerField):
    """A whole number, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take nothing for None.

        Raises:
            ValueError: it is not a whole number; WTForms shows the sentence beside the field.
        """
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            self.data = int(text)
        except ValueError:
            self.data = None
            raise ValueError("Write a whole number, or leave it empty.") from None


class DayField(DateField):
    """A date of this century, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it as `<input type="date">` sends it.

        Raises:
            ValueError: it is not a date; WTForms shows the sentence beside the field.
        """
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError("There is no such day. Write it like 2026-12-24.") from None
        if day.year not in _YEARS:
            raise ValueError("That year cannot be meant. Write the day like 2026-12-24.")
        self.data = day


class ClockField(TimeField):
    """A time of day on the wall clock of the location, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it as `<input type="time">` sends it.

        Raises:
            ValueError: it is not a time; WTForms shows the sentence beside the field.
        """
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            raise ValueError("There is no such time. Write it like 09:30.") from None


class Choice(SelectField):
    """One of a list of rows; `number` is that of the row chosen."""

    def offer(self, rows: Iterable[tuple[int, str]]) -> None:
        """Let people choose among these: number and words."""
        self.choices = {str(number): words for number, words in rows}

    @property
    def number(self) -> int:
        """Return the number of the row chosen; 0 for none."""
        return int(self.data) if self.data in (self.choices or ()) else 0

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 - WTForms' signature
        """Ask for one of those offered.

        Raises:
            ValidationError: it is another.
        """
        if self.data not in (self.choices or ()):
            raise ValidationError("Choose one from the list.")
