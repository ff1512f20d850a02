"""The forms of patrons' pages. They ask; whether something is allowed, the domain decides."""

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from wtforms import DateField, HiddenField, PasswordField, StringField, TimeField
from wtforms.validators import InputRequired, Length, ValidationError

from booking.domain import rules
from booking.domain.errors import NoSuchTime, Refused
from booking.domain.intervals import Interval
from booking.http import days, words
from booking.http.forms import Form

Day = date  # forms have a field of that name

_NEEDED = "This is needed."
_A_DAY = "Give a date, for example 24.11.2026."
_A_TIME = "Give a time, for example 14:00."
_CLOCK = ["%H:%M", "%H:%M:%S"]  # browsers send seconds when a step asks for them
_MIDNIGHT = time()


class SignInForm(Form):
    """Who are you."""

    login = StringField("E-mail address", [InputRequired(_NEEDED), Length(max=254)])
    password = PasswordField("Password", [InputRequired(_NEEDED), Length(max=1000)])


class TimeForm(Form):
    """When: a day and two times on the location's wall clock."""

    places: ClassVar[dict[str, str]] = {
        "in_the_past": "start",
        "ends_before_it_starts": "end",
        "too_short": "end",
        "too_long": "end",
        "off_step": "start",
        "too_soon": "start",
        "too_far": "date",
        "closed": "start",
    }

    date = DateField("Date", [InputRequired(_A_DAY)])
    start = TimeField("From", [InputRequired(_A_TIME)], format=_CLOCK)
    end = TimeField("To", [InputRequired(_A_TIME)], format=_CLOCK)
    #: The start as a moment: on the night the clocks go back, a wall time alone means two.
    moment = HiddenField()

    def show(self, when: Interval, zone: str) -> None:
        """Fill the fields with a time."""
        first, last = when.start.astimezone(ZoneInfo(zone)), when.end.astimezone(ZoneInfo(zone))
        self.date.data, self.start.data, self.end.data = first.date(), _clock(first), _clock(last)
        self.moment.data = when.start.isoformat()

    @property
    def day(self) -> Day:
        """Return the day of a form that was validated."""
        if not isinstance(self.date.data, date):
            msg = "the form was not validated"
            raise TypeError(msg)
        return self.date.data

    def explain(self, refusal: Refused, *, zone: str | None = None) -> None:
        """Put the reason beside the field it is about; an hour that clocks skip may be either time."""
        if isinstance(refusal, NoSuchTime):
            start_is_skipped = refusal.wall.time() == self.start.data
            self.complain("start" if start_is_skipped else "end", words.sentence(refusal, zone=zone))
        else:
            super().explain(refusal, zone=zone)

    @property
    def is_filled(self) -> bool:
        """Tell whether day and times are there, validated or not."""
        return sensible(self.date.data) and self.start.data is not None and self.end.data is not None

    def validate_date(self, field: DateField) -> None:
        """Refuse days with which calendars cannot reckon."""
        if field.data is not None and not sensible(field.data):
            raise ValidationError(_A_DAY)

    def when(self, zone: str, *, late: bool) -> Interval:
        """Return the time asked for.

        Args:
            zone: IANA id of the location.
            late: the place is open past midnight that day, so an end before the start means the next morning.

        Raises:
            NoSuchTime: summer time skips it.
            EndsBeforeItStarts: it does, and the place does not stay open past midnight.
        """
        day, start, end = self.day, self.start.data, self.end.data
        if not isinstance(start, time) or not isinstance(end, time):
            msg = "the form was not validated"
            raise TypeError(msg)
        begins = self._kept(datetime.combine(day, start), zone) or rules.wall_time(day, start, zone)
        ends_on = day + timedelta(days=1) if end == _MIDNIGHT or (late and end <= start) else day
        return rules.times(begins, _end(ends_on, end, zone, after=begins))

    def _kept(self, wall: datetime, zone: str) -> datetime | None:
        try:
            kept = datetime.fromisoformat(self.moment.data or "")
        except ValueError:
            return None
        if kept.tzinfo is None or not sensible(kept):
            return None
        return kept if kept.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall else None


class BookingForm(TimeForm):
    """When, who and what for. Names and address are checked by `services.bookings`."""

    first_name = StringField("First name", [InputRequired(_NEEDED)])
    last_name = StringField("Last name", [InputRequired(_NEEDED)])
    email = StringField("E-mail address", [InputRequired(_NEEDED)])
    title = StringField("Title", [Length(max=200)])
    nickname = StringField("Public nickname", [Length(max=80)])
    #: The same when a form is sent twice: the second finds the booking of the first.
    request_key = HiddenField(validators=[Length(max=64)])


class ChangeForm(TimeForm):
    """Another time for one date, other words for the whole booking."""

    title = StringField("Title", [Length(max=200)])
    nickname = StringField("Public nickname", [Length(max=80)])


class CancelForm(Form):
    """Nothing to fill in: the button is the answer."""


def sensible(day: object) -> bool:
    """Tell whether that is a day near enough to reckon with."""
    return isinstance(day, date) and day.year in days.YEARS


def _clock(moment: datetime) -> time:
    return moment.time().replace(second=0, microsecond=0)


def _end(day: date, at: time, zone: str, *, after: datetime) -> datetime:
    """Return the moment of a wall time; of a repeated hour, the first that lies after the start."""
    moment = rules.wall_time(day, at, zone)
    again = datetime.combine(day, at, ZoneInfo(zone)).replace(fold=1).astimezone(UTC)
    return again if moment <= after < again else moment
