"""Forms about bookings: looking for them, and cancelling dates of one."""

from collections.abc import Iterable
from typing import Final

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Length, ValidationError

from booking.admin.forms.fields import Choice, DayField
from booking.admin.forms.text import one_line
from booking.domain.states import BookingState
from booking.http.forms import Form
from booking.store.queries.bookings import OccurrenceRow
from booking.store.queries.places import LocationRow

ANY: Final = 0
STATE_WORDS: Final = {
    BookingState.HELD: "Held",
    BookingState.CONFIRMED: "Confirmed",
    BookingState.CANCELLED: "Cancelled",
    BookingState.REJECTED: "Refused",
    BookingState.RELEASED: "Released",
    BookingState.EXPIRED: "Expired",
}


class SearchForm(Form):
    """What to look for; stands in the address, so that a list can be kept and passed on."""

    class Meta:
        """A question changes nothing, so it needs no token."""

        csrf = False

    q = StringField("Name, e-mail, reference or title", filters=[one_line], validators=[Length(max=200)])
    day_from = DayField("From", name="from")
    day_to = DayField("To", name="to")
    location = Choice("Location")
    state = SelectField(
        "State", choices={"": "Any state"} | {state.value: words for state, words in STATE_WORDS.items()}, default=""
    )

    def offer(self, locations: Iterable[LocationRow]) -> None:
        """Let people choose among these."""
        self.location.offer([(ANY, "All locations"), *((row.id, row.name) for row in locations)])

    def validate_day_to(self, field: DayField) -> None:
        """Ask for an end that is not before the beginning."""
        if field.data and self.day_from.data and field.data < self.day_from.data:
            raise ValidationError("The last day is before the first.")

    @property
    def wanted_state(self) -> BookingState | None:
        """Return the state asked for."""
        return BookingState(self.state.data) if self.state.data else None


class CancelForm(Form):
    """Which dates of a booking to cancel."""

    offered: tuple[OccurrenceRow, ...] = ()
    dates = SelectMultipleField("Dates to cancel", validate_choice=False)

    def offer(self, occurrences: Iterable[OccurrenceRow]) -> None:
        """Let people choose among these."""
        self.offered = tuple(occurrences)
        self.dates.choices = {each.key: each.key for each in self.offered}

    def validate_dates(self, field: SelectMultipleField) -> None:
        """Ask for one at least, of those that can still be cancelled."""
        known = {each.key for each in self.offered}
        if not field.data:
            raise ValidationError("Choose the dates to cancel.")
        if not known.issuperset(field.data):
            raise ValidationError("One of these dates was changed meanwhile. Look at them again.")
