"""Calendar items as iCalendar text: what CreateItem takes, and GetItem gives."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from exchangelib import CalendarItem
from exchangelib.errors import ErrorMimeContentInvalid, ErrorMimeContentInvalidBase64String
from icalendar import Calendar, Event

from booking.sandbox.exchange.calendar import occurrences
from booking.sandbox.exchange.ews.mime import reading, writing
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Attendee, Item, Person, Recurrence
from tests.sandbox.exchange import ANN, BEN, ROOM, Exchange, london, utc
from tests.sandbox.wire import post

OWNER = Person("Ann Lee", ANN)
FIRST = date(2026, 10, 27)
EVERY_RULE = [
    Recurrence(pattern="DailyRecurrence", first=FIRST, interval=3, count=5),
    Recurrence(pattern="WeeklyRecurrence", first=FIRST, days=("Tuesday", "Friday"), first_day_of_week="Monday"),
    Recurrence(pattern="AbsoluteMonthlyRecurrence", first=FIRST, day_of_month=27, last=date(2027, 3, 27)),
    Recurrence(pattern="RelativeMonthlyRecurrence", first=FIRST, days=("Tuesday",), index="Last", count=4),
    Recurrence(pattern="RelativeMonthlyRecurrence", first=date(2026, 11, 2), days=("Weekday",), index="First"),
    Recurrence(pattern="AbsoluteYearlyRecurrence", first=FIRST, month="October", day_of_month=27, count=3),
    Recurrence(pattern="RelativeYearlyRecurrence", first=FIRST, month="October", days=("Tuesday",), index="Fourth"),
]


def item(**fields: object) -> Item:
    """An item on its first day from ten to eleven in London, unless said otherwise."""
    plain = Item(
        id=ids.new_item(),
        mailbox=ANN,
        uid="0f1e-2d3c",
        start=utc(27, 10),
        end=utc(27, 11),
        created=utc(26, 8),
        modified=utc(26, 8),
        zone="Europe/London",
        subject="Choir",
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # a maker takes what the field takes


def again(written: Item) -> Item:
    """The item as it comes back from its own text, in an empty item of the same mailbox."""
    blank = Item(
        id=written.id, mailbox=ANN, uid="", start=utc(1, 0), end=utc(1, 0), created=utc(26, 8), modified=utc(26, 8)
    )
    return reading.applied(blank, b64encode(writing.content(written, OWNER)).decode(), "Etc/UTC")


def text(*events: Event) -> str:
    """MIME content of these events."""
    calendar = Calendar()
    for each in events:
        calendar.add_component(each)
    return b64encode(calendar.to_ical()).decode()


def event(start: date, end: date | None = None, **properties: object) -> Event:
    made = Event()
    made.add("SUMMARY", "Choir")
    made.add("DTSTART", start)
    if end is not None:
        made.add("DTEND", end)
    for name, value in properties.items():
        made.add(name.replace("_", "-"), value)
    return made


def read(*events: Event, zone: str = "Europe/London") -> Item:
    return reading.applied(item(attendees=()), text(*events), zone)


class TestText:
    @pytest.mark.parametrize(
        "fields",
        [
            {"body": "First line\nsecond; with, marks", "location": "Upstairs", "categories": ("Music", "Evening")},
            {"busy": "Free"},
            {"busy": "WorkingElsewhere", "sensitivity": "Private"},
            {"reminder": True, "reminder_minutes": 45},
            {"start": utc(27, 0), "end": utc(29, 0), "all_day": True},
            {"zone": "America/New_York"},
        ],
        ids=str,
    )
    def test_comes_back_as_the_same_item(self, fields: dict[str, object]) -> None:
        written = item(**fields)

        assert again(written) == replace(written, created=utc(26, 8))

    @pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: f"{rule.pattern} {rule.days}")
    def test_comes_back_with_the_same_dates(self, rule: Recurrence) -> None:
        start = datetime.combine(rule.first, datetime.min.time(), UTC) + timedelta(hours=10)
        written = item(start=start, end=start + timedelta(hours=1), recurrence=rule)
        horizon = (start, start + timedelta(days=800))

        back = again(written)

        assert [each.start for each in occurrences.between(back, *horizon)] == [
            each.start for each in occurrences.between(written, *horizon)
        ]

    def test_comes_back_with_its_exceptions(self) -> None:
        rule = Recurrence(pattern="DailyRecurrence", first=FIRST, count=5)
        series = occurrences.without(item(recurrence=rule), utc(28, 10))
        moved = occurrences.at(series, utc(29, 10))
        assert moved is not None
        changed = replace(moved, start=utc(29, 15), end=utc(29, 16), subject="Late choir", exceptional=True)
        series = occurrences.with_changed(series, changed)

        back = again(series)

        shown = [(each.start, each.subject) for each in occurrences.between(back, utc(27, 0), utc(31, 0))]
        assert sorted(shown) == [(utc(27, 10), "Choir"), (utc(29, 15), "Late choir"), (utc(30, 10), "Choir")]

    def test_names_the_organizer_of_a_meeting_and_leaves_the_invited_to_others(self) -> None:
        written = writing.content(item(attendees=(Attendee(name="Ben Okri", address=BEN),)), OWNER).decode()

        assert f"ORGANIZER;CN=Ann Lee:MAILTO:{ANN}" in written.replace('"', "")
        assert "METHOD:REQUEST" in written
        assert "ATTENDEE" not in written

    def test_has_no_change_of_the_clock_where_there_is_none(self) -> None:
        written = writing.content(item(zone="Asia/Kolkata"), OWNER).decode()

        assert "TZOFFSETTO:+0530" in written
        assert "DAYLIGHT" not in written


class TestForeignText:
    def test_may_give_times_in_utc_in_a_zone_or_bare(self) -> None:
        bare = utc(27, 10).replace(tzinfo=None)

        assert read(event(utc(27, 10), utc(27, 11))).start == utc(27, 10)
        assert read(event(london(27, 10), london(27, 11))).zone == "Europe/London"
        assert read(event(bare, bare + timedelta(hours=1)), zone="Europe/Paris").start == utc(27, 9)

    def test_may_give_days_or_a_duration(self) -> None:
        days = read(event(date(2026, 10, 27), date(2026, 10, 29)))
        lasting = read(event(utc(27, 10), DURATION=timedelta(minutes=90)))

        assert (days.all_day, days.start, days.end) == (True, utc(27, 0), utc(29, 0))
        assert lasting.end == utc(27, 11, 30)

    def test_may_shorten_a_rule(self) -> None:
        weekly = read(event(utc(27, 10), utc(27, 11), RRULE={"FREQ": ["WEEKLY"]}))
        second = read(event(utc(27, 10), utc(27, 11), RRULE={"FREQ": ["MONTHLY"], "BYDAY": ["2TU"]}))
        yearly = read(event(utc(27, 10), utc(27, 11), RRULE={"FREQ": ["YEARLY"]}))
        workdays = read(event(utc(27, 10), utc(27, 11), RRULE={"FREQ": ["DAILY"], "BYDAY": ["MO", "TU"]}))

        rules = [each.recurrence for each in (weekly, second, yearly, workdays)]
        assert [rule and rule.days for rule in rules] == [("Tuesday",), ("Tuesday",), (), ("Monday", "Tuesday")]
        assert [rule and rule.index for rule in rules] == ["", "Second", "", ""]
        assert [rule and (rule.month, rule.day_of_month) for rule in rules][2] == ("October", 27)

    def test_may_be_an_invitation_by_somebody_else(self) -> None:
        invitation = event(utc(27, 10), utc(27, 11), ORGANIZER=f"MAILTO:{BEN}", ATTENDEE=f"MAILTO:{ANN}")

        found = read(invitation)

        assert (found.organizer, found.invited) == (Person(BEN, BEN), True)
        assert [each.address for each in found.attendees] == [ANN]

    @pytest.mark.parametrize(
        "rule",
        [{"FREQ": ["HOURLY"]}, {"FREQ": ["MONTHLY"], "BYDAY": ["5TU"]}, {"FREQ": ["YEARLY"], "BYMONTH": [13]}],
        ids=str,
    )
    def test_with_a_rule_that_exchange_lacks_is_refused(
        self, exchange: Exchange, rule: dict[str, list[object]]
    ) -> None:
        answer = post(exchange.sandbox, created(text(event(utc(27, 10), utc(27, 11), RRULE=rule))))

        assert "ErrorCalendarInvalidRecurrence" in answer.text or "ErrorMimeContentInvalid" in answer.text


def created(mime: str) -> str:
    """A CreateItem with MIME content in the reading room's calendar."""
    return f"""<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>
        <t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{ROOM}</t:EmailAddress></t:Mailbox>
        </t:DistinguishedFolderId></m:SavedItemFolderId><m:Items><t:CalendarItem><t:MimeContent>{mime}</t:MimeContent>
        </t:CalendarItem></m:Items></m:CreateItem>"""


class TestCreateItem:
    def test_takes_mime_content(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, created(text(event(london(27, 10), london(27, 11), LOCATION="Upstairs"))))

        assert "NoError" in answer.text
        (found,) = exchange.sandbox.items(ROOM)
        assert (found.subject, found.location, found.start) == ("Choir", "Upstairs", utc(27, 10))

    def test_takes_a_series_with_its_exceptions(self, exchange: Exchange) -> None:
        daily = event(
            london(27, 10), london(27, 11), UID="a", RRULE={"FREQ": ["DAILY"], "COUNT": [3]}, EXDATE=london(28, 10)
        )
        moved = event(london(29, 15), london(29, 16), UID="a", RECURRENCE_ID=london(29, 10))

        post(exchange.sandbox, created(text(daily, moved)))

        view = exchange.account().calendar.view(london(26, 0), london(31, 0), max_items=10)
        assert [each.start for each in view] == [london(27, 10), london(29, 15)]

    @pytest.mark.parametrize(
        ("mime", "error"),
        [
            ("no base64!", ErrorMimeContentInvalidBase64String),
            (b64encode(b"Dear all").decode(), ErrorMimeContentInvalid),
            (b64encode(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").decode(), ErrorMimeContentInvalid),
            (text(Event()), ErrorMimeContentInvalid),
        ],
        ids=["no base64", "no calendar", "an empty one", "an event without a time"],
    )
    def test_refuses_what_it_cannot_read(self, exchange: Exchange, mime: str, error: type[Exception]) -> None:
        answer = post(exchange.sandbox, created(mime))

        assert f"{error.__name__}<" in answer.text
        assert exchange.sandbox.items(ROOM) == []


class TestGetItem:
    def test_gives_mime_content_when_it_is_asked_for(self, exchange: Exchange) -> None:
        written = exchange.event(exchange.account(), location="Upstairs")

        found: CalendarItem = exchange.account().calendar.get(id=written.id, changekey=None)

        assert b"LOCATION:Upstairs" in found.mime_content
