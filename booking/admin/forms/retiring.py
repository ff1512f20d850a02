"""The form that asks what becomes of the bookings of a space that is retired."""

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from booking.admin.forms.text import lines
from booking.http.forms import Form
from booking.services.retiring import LONGEST_MESSAGE, Fate
from booking.store.queries.places import SpaceRow

CANCEL: Final = "cancel"
MOVE: Final = "move"


class RetireForm(Form):
    """Cancel what is still to come, or move it to another space, with a word to whoever loses a date."""

    what = RadioField(
        "The bookings still to come",
        choices={CANCEL: "Cancel them", MOVE: "Move them to another space"},
        default=CANCEL,
        validators=[InputRequired("Choose one.")],
    )
    into = SelectField("The other space", coerce=int, choices=[], validate_choice=False)
    message = TextAreaField(
        "A word to the people",
        description="Stands in the mail to everybody whose booking is cancelled.",
        filters=[lines],
        validators=[Length(max=LONGEST_MESSAGE, message=f"Use {LONGEST_MESSAGE} letters at most.")],
    )
    seen = HiddenField()
    names: Mapping[int, str] = MappingProxyType({})

    def offer(self, spaces: Iterable[SpaceRow]) -> None:
        """Offer the spaces that bookings may move to; without one, they can only be cancelled."""
        self.names = {each.id: each.name for each in spaces}
        self.into.choices = list(self.names.items())
        if not self.names:
            self.what.choices = {CANCEL: "Cancel them"}

    def validate_into(self, field: SelectField) -> None:
        """Pass if bookings may move there, or shall not move at all."""
        if self.what.data == MOVE and field.data not in self.names:
            raise ValidationError("Choose one of these spaces.")

    @property
    def goal(self) -> int | None:
        """Return the space that bookings shall move to; None if they are to be cancelled."""
        return int(self.into.data) if self.what.data == MOVE and self.names else None


def mark(fates: Iterable[Fate], goal: int | None) -> str:
    """Return what a look at the bookings showed, in short: another mark means that something is different since."""
    seen = [f"{each.key} {each.when.start.isoformat()} {bool(each.obstacle)}" for each in fates]
    return hashlib.sha256("\n".join([str(goal), *seen]).encode()).hexdigest()[:32]
