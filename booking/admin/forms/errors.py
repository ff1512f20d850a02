"""Which errors of sync to look at."""

from collections.abc import Iterable
from typing import Final

from wtforms import SelectField, StringField
from wtforms.validators import Length

from booking.admin.forms.fields import Choice
from booking.admin.forms.text import one_line
from booking.http.forms import Form
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.places import SpaceRow
from booking.sync import remedies

ANY: Final = 0
#: Hours back; errors are forgotten after thirty days.
SPANS: Final = {"": "The last 30 days", "1": "The last hour", "24": "The last 24 hours", "168": "The last 7 days"}


class ErrorsForm(Form):
    """What to look for; stands in the address, so that a report can be kept and passed on."""

    class Meta:
        """A question changes nothing, so it needs no token."""

        csrf = False

    space = Choice("Space")
    connection = Choice("Connection")
    kind = SelectField("Kind", choices={"": "Any kind"} | {kind: words for kind, (words, _) in remedies.KINDS.items()})
    hours = SelectField("When", choices=SPANS)
    booking = StringField("Booking", filters=[one_line], validators=[Length(max=40)])

    def offer(self, spaces: Iterable[SpaceRow], connections: Iterable[ConnectionRow]) -> None:
        """Let people choose among these."""
        self.space.offer([(ANY, "All spaces"), *((row.id, f"{row.name}, {row.location_name}") for row in spaces)])
        self.connection.offer([(ANY, "All connections"), *((row.id, row.name) for row in connections)])
