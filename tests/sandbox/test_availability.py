"""Free and busy times of many mailboxes at once, and the server's time zones."""

from datetime import timedelta

import pytest
from exchangelib import UTC, EWSTimeZone
from exchangelib.errors import ErrorMailboxDataArrayTooBig, ErrorMailRecipientNotFound
from exchangelib.properties import DaylightTime, FreeBusyView, StandardTime, TimeZone

from tests.sandbox.exchange import CLOSED_ROOM, OTHER_ROOM, ROOM, Exchange, london, utc
from tests.sandbox.wire import free_busy, post


def ask(exchange: Exchange, *rooms: str, view: str = "FreeBusy", days: int = 2) -> list[FreeBusyView]:
    account = exchange.account()
    found = account.protocol.get_free_busy_info(
        accounts=[(room, "Room", False) for room in rooms],
        start=london(27, 0),
        end=london(27 + days, 0),
        merged_free_busy_interval=60,
        requested_view=view,
    )
    return list(found)


class TestFreeBusy:
    def test_answers_for_each_mailbox_in_order(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="A", start=utc(27, 10), end=utc(27, 11))
        exchange.sandbox.add_event(OTHER_ROOM, subject="B", start=utc(27, 12), end=utc(27, 13), busy="OOF")

        mine, unknown, other = ask(exchange, ROOM, "nobody@wexcombe.example", OTHER_ROOM)

        assert [(each.start, each.busy_type) for each in mine.calendar_events] == [(utc(27, 10), "Busy")]
        assert isinstance(unknown, ErrorMailRecipientNotFound)
        assert [(each.start, each.busy_type) for each in other.calendar_events] == [(utc(27, 12), "OOF")]

    def test_needs_no_right_but_tells_less_without_one(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(CLOSED_ROOM, subject="Secret", start=utc(27, 10), end=utc(27, 11))
        exchange.sandbox.add_event(ROOM, subject="Open", start=utc(27, 10), end=utc(27, 11))

        closed, own = ask(exchange, CLOSED_ROOM, ROOM, view="Detailed")

        assert closed.view_type == "FreeBusy"
        assert closed.calendar_events[0].details is None
        assert own.calendar_events[0].details.subject == "Open"

    def test_withholds_what_is_private(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Private", start=utc(27, 10), end=utc(27, 11), private=True)

        (own,) = ask(exchange, ROOM, view="Detailed")

        details = own.calendar_events[0].details
        assert (details.is_private, details.subject, details.id) == (True, None, None)

    def test_expands_series_across_the_end_of_summer_time(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Daily", start=utc(20, 9), end=utc(20, 10), repeat="daily")

        (own,) = ask(exchange, ROOM)

        assert [each.start for each in own.calendar_events] == [utc(27, 10), utc(28, 10)]

    def test_merges_into_one_digit_a_slot(self, exchange: Exchange) -> None:
        for hour, busy in enumerate(["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere"]):
            exchange.sandbox.add_event(ROOM, subject=busy, start=utc(27, hour), end=utc(27, hour + 1), busy=busy)

        (own,) = ask(exchange, ROOM, view="MergedOnly")

        assert own.merged.startswith("012340")
        assert own.calendar_events is None

    @pytest.mark.parametrize(
        ("room", "asked", "given"),
        [
            (ROOM, "FreeBusyMerged", "FreeBusyMerged"),
            (ROOM, "DetailedMerged", "DetailedMerged"),
            (CLOSED_ROOM, "DetailedMerged", "FreeBusyMerged"),
            (CLOSED_ROOM, "MergedOnly", "MergedOnly"),
        ],
    )
    def test_gives_the_view_that_the_rights_leave(self, exchange: Exchange, room: str, asked: str, given: str) -> None:
        exchange.sandbox.add_event(room, subject="A", start=utc(27, 10), end=utc(27, 11, 30))

        (found,) = ask(exchange, room, view=asked)

        assert found.view_type == given
        assert found.merged[10:13] == "220"
        assert (found.calendar_events is None) == (given == "MergedOnly")

    def test_tells_the_working_hours_in_the_rooms_zone(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", zone="America/New_York", working_hours_start_minutes=540)

        (own,) = ask(exchange, ROOM)

        (period,) = own.working_hours
        assert (period.start.hour, period.end.hour) == (9, 17)
        assert own.working_hours_timezone.bias == 300

    def test_asks_in_vain_elsewhere_for_an_address_in_another_domain(self, exchange: Exchange) -> None:
        both = mailbox_data("room@elsewhere.example") + mailbox_data(ROOM)

        answer = post(exchange.sandbox, free_busy(both, until="2026-10-28T00:00:00"))

        assert answer.text.index("ErrorProxyRequestProcessingFailed") < answer.text.index("NoError")

    def test_refuses_more_than_a_thousand_entries_of_that_mailbox_only(self, exchange: Exchange) -> None:
        for index in range(1001):
            begin = utc(27, 0) + timedelta(minutes=index)
            exchange.sandbox.add_event(ROOM, subject="Short", start=begin, end=begin + timedelta(minutes=1))

        both = mailbox_data(ROOM) + mailbox_data(OTHER_ROOM)
        answer = post(exchange.sandbox, free_busy(both, until="2026-10-28T00:00:00"))

        assert answer.text.index("ErrorResultSetTooBig") < answer.text.index("NoError")

    @pytest.mark.parametrize(
        ("words", "code"),
        [("None", "ErrorInvalidFreeBusyViewType"), ("FreeBusy Detailed", "ErrorInvalidFreeBusyViewType")],
    )
    def test_refuses_a_view_that_there_is_not(self, exchange: Exchange, words: str, code: str) -> None:
        asked = free_busy(mailbox_data(ROOM), until="2026-10-28T00:00:00").replace(">FreeBusy<", f">{words}<")

        assert code in post(exchange.sandbox, asked).text

    @pytest.mark.parametrize("minutes", [4, 1441])
    def test_refuses_slots_that_are_too_short_or_too_long(self, exchange: Exchange, minutes: int) -> None:
        slot = f"<t:MergedFreeBusyIntervalInMinutes>{minutes}</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>"
        asked = free_busy(mailbox_data(ROOM), until="2026-10-28T00:00:00").replace("<t:RequestedView>", slot)

        assert "ErrorInvalidMergedFreeBusyInterval" in post(exchange.sandbox, asked).text

    def test_refuses_a_hundred_and_one_mailboxes(self, exchange: Exchange) -> None:
        mailboxes = "".join(mailbox_data(f"r{number}@wexcombe.example") for number in range(101))

        answer = post(exchange.sandbox, free_busy(mailboxes, until="2026-10-28T00:00:00"))

        assert answer.status_code == 500
        assert ErrorMailboxDataArrayTooBig.__name__ in answer.text

    def test_refuses_more_than_forty_two_days(self, exchange: Exchange) -> None:
        mailbox = mailbox_data(ROOM)

        answer = post(exchange.sandbox, free_busy(mailbox, until="2026-12-09T00:00:00"))

        assert "ErrorTimeIntervalTooBig" in answer.text


class TestServerTimeZones:
    @pytest.mark.parametrize(
        ("name", "standard", "daylight"),
        [
            ("Europe/London", (10, 5), (3, 5)),
            ("America/New_York", (11, 1), (3, 2)),
            ("Australia/Sydney", (4, 1), (10, 1)),
        ],
    )
    def test_know_when_summer_time_begins_and_ends(
        self, exchange: Exchange, name: str, standard: tuple[int, int], daylight: tuple[int, int]
    ) -> None:
        zone = EWSTimeZone(name)

        (found,) = exchange.account().protocol.get_timezones(timezones=[zone], return_full_timezone_data=True)
        rules = TimeZone.from_server_timezone(tz_definition=found, for_year=2026)

        assert found.id == zone.ms_id
        assert _month_and_week(rules.standard_time) == standard
        assert _month_and_week(rules.daylight_time) == daylight

    def test_know_zones_without_summer_time(self, exchange: Exchange) -> None:
        tokyo = EWSTimeZone("Asia/Tokyo")

        (found,) = exchange.account().protocol.get_timezones(timezones=[tokyo], return_full_timezone_data=True)
        rules = TimeZone.from_server_timezone(tz_definition=found, for_year=2026)

        assert (rules.bias, rules.daylight_time.bias) == (-540, 0)

    def test_are_all_there(self, exchange: Exchange) -> None:
        found = {each.id for each in exchange.account().protocol.get_timezones()}

        assert {"UTC", "GMT Standard Time", "Eastern Standard Time"} <= found
        assert UTC.ms_id in found


def mailbox_data(address: str) -> str:
    email = f"<t:Email><t:Address>{address}</t:Address></t:Email>"
    return f"<t:MailboxData>{email}<t:AttendeeType>Room</t:AttendeeType></t:MailboxData>"


def _month_and_week(change: StandardTime | DaylightTime) -> tuple[int, int]:
    return change.iso_month, change.occurrence
