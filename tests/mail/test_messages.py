"""What messages say, and how they are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from booking.domain.intervals import Interval
from booking.domain.states import OccurrenceState
from booking.mail import messages
from booking.store.queries.outbox import DateFacts, MessageFacts, PlaceFacts

NOW = datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
#: The last Saturday of summer time in London, at three in the afternoon there.
SATURDAY = datetime(2026, 10, 24, 14, tzinfo=UTC)


def date(start: datetime, *, hours: float = 2, space: str = "Reading Room", holds: bool = True) -> DateFacts:
    state = OccurrenceState.CONFIRMED if holds else OccurrenceState.CANCELLED
    return DateFacts(Interval(start, start + timedelta(hours=hours)), space, state, holds)


def facts(*dates: DateFacts, **changes: Any) -> MessageFacts:  # noqa: ANN401 - the fields of the facts
    made = MessageFacts(
        kind="confirmed",
        message_id="<booking.1@books.example.org>",
        to_address="zoe@example.org",
        first_name="Zoë",
        last_name="Müller",
        ref="7KQ2-F9XM",
        secret="s3cr3t",
        title="Book club",
        library="Wexcombe Libraries",
        place=PlaceFacts("Central Library", "Europe/London", contact_name="Desk", contact_email="desk@example.org"),
        dates=dates or (date(SATURDAY),),
        about=None,
        extra={},
    )
    return replace(made, **changes)


def text(kind: str, what: MessageFacts) -> str:
    return messages.text(kind, what, base_url="https://rooms.example.org/")


def composed(what: MessageFacts, kind: str = "confirmed") -> bytes:
    message = messages.compose(kind, what, base_url="https://rooms.example.org", mail_from="rooms@example.org", now=NOW)
    return message.as_bytes()


class TestAMessage:
    @pytest.mark.parametrize("kind", messages.SUBJECTS)
    def test_of_each_kind_greets_names_the_booking_and_signs(self, kind: str) -> None:
        words = text(kind, facts())

        assert words.startswith("Hello Zoë,\n\n")
        assert "7KQ2-F9XM" in words
        assert "https://rooms.example.org/bookings/7KQ2-F9XM/s3cr3t\n" in words
        assert words.endswith("\nWexcombe Libraries\n")

    def test_comes_back_from_the_wire_as_it_was(self) -> None:
        read = message_from_bytes(composed(facts()), policy=policy.default)

        assert read["Subject"] == "Your booking 7KQ2-F9XM is confirmed"
        assert read["From"] == "Wexcombe Libraries <rooms@example.org>"
        assert read["To"] == "Zoë Müller <zoe@example.org>"
        assert read["Reply-To"] == "Desk <desk@example.org>"
        assert read["Date"].datetime == NOW
        assert read["Message-ID"] == "<booking.1@books.example.org>"
        assert read["Auto-Submitted"] == "auto-generated"
        assert read.get_content_type() == "text/plain"
        assert read.get_content().replace("\r\n", "\n") == text("confirmed", facts())

    def test_is_plain_ascii_with_short_lines_on_the_wire(self) -> None:
        raw = composed(facts(title="é" * 180, first_name="Ærø" * 30))

        assert raw.isascii()
        assert max(len(line) for line in raw.splitlines()) <= 998

    def test_has_no_reply_address_when_the_location_gives_none(self) -> None:
        read = message_from_bytes(composed(facts(place=PlaceFacts("Annexe", "Europe/London"))), policy=policy.default)

        assert read["Reply-To"] is None

    def test_cannot_be_given_another_header_by_a_name(self) -> None:
        what = facts(first_name="Eve\r\nBcc: all@example.org", last_name="Hill")

        read = message_from_bytes(composed(what), policy=policy.default)

        assert read["Bcc"] is None
        assert read["To"] == '"Eve Bcc: all@example.org Hill" <zoe@example.org>'

    def test_goes_to_a_domain_with_other_letters_in_its_ascii_form(self) -> None:
        read = message_from_bytes(composed(facts(to_address="ann@bücher.example")), policy=policy.default)

        assert read["To"].addresses[0].addr_spec == "ann@xn--bcher-kva.example"

    def test_refuses_an_address_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="not a mail address"):
            composed(facts(to_address="no body at all"))


class TestTimes:
    def test_are_those_of_the_location_with_their_zone(self) -> None:
        words = text("confirmed", facts())

        assert "  Saturday 24 October 2026, 15:00 to 17:00 (BST), Reading Room\n" in words
        assert "Times are those of Central Library (Europe/London)." in words

    def test_are_right_the_day_after_clocks_went_back(self) -> None:
        words = text("confirmed", facts(date(SATURDAY + timedelta(days=1))))

        assert "Sunday 25 October 2026, 14:00 to 16:00 (GMT)" in words

    def test_name_the_day_of_the_end_when_it_is_another(self) -> None:
        words = text("confirmed", facts(date(SATURDAY, hours=10)))

        assert "Saturday 24 October 2026, 15:00 to Sunday 25 October 2026, 01:00 (BST)" in words

    def test_name_both_sides_when_clocks_change_in_between(self) -> None:
        words = text("confirmed", facts(date(SATURDAY, hours=13)))

        assert "15:00 (BST) to Sunday 25 October 2026, 03:00 (GMT)" in words


class TestWords:
    def test_of_a_cancelled_booking_list_what_is_gone(self) -> None:
        words = text("cancelled", facts(date(SATURDAY, holds=False)))

        assert "was cancelled:\n\n  Saturday 24 October 2026, 15:00 to 17:00 (BST), Reading Room\n" in words
        assert "Still booked" not in words

    def test_of_a_part_say_what_stands(self) -> None:
        words = text("cancelled", facts(date(SATURDAY, holds=False), date(SATURDAY, space="Studio")))

        assert "A part of your booking was cancelled:" in words
        assert "Still booked for you:\n\n  Saturday 24 October 2026, 15:00 to 17:00 (BST), Studio\n" in words

    def test_of_one_date_speak_of_that_date_only(self) -> None:
        about = date(SATURDAY, space="Studio", holds=False)

        words = text("cancelled_in_outlook", facts(date(SATURDAY, holds=False), about, about=about))

        assert "Studio" in words
        assert "Reading Room" not in words

    def test_of_a_booking_that_gave_way_offer_other_times(self) -> None:
        offers = [{"start": "2026-10-24T17:00:00+00:00", "end": "2026-10-24T19:00:00+00:00", "space": "Studio"}]
        about = date(SATURDAY, holds=False)

        words = text("gave_way", facts(about, about=about, extra={"offers": offers}))

        assert "your booking is cancelled.\n\n  Saturday 24 October 2026, 15:00 to 17:00 (BST), Reading Room\n" in words
        assert (
            "These times were free when we looked:\n\n  Saturday 24 October 2026, 18:00 to 20:00 (BST), Studio" in words
        )

    def test_of_a_cancel_that_was_undone_name_the_date_that_stands_again(self) -> None:
        about = date(SATURDAY, space="Studio")

        words = text("restored", facts(date(SATURDAY), about, about=about))

        assert "is booked for you again.\n\n  Saturday 24 October 2026, 15:00 to 17:00 (BST), Studio\n" in words
        assert "Reading Room" not in words

    @pytest.mark.parametrize("kind", ["changed", "moved_in_outlook"])
    def test_of_a_move_give_the_old_time_too(self, kind: str) -> None:
        before = [{"start": "2026-10-24T09:00:00+00:00", "end": "2026-10-24T10:00:00+00:00"}]

        words = text(kind, facts(extra={"before": before}))

        assert "It now is:\n\n  Saturday 24 October 2026, 15:00 to 17:00 (BST), Reading Room\n" in words
        assert "Before, it was:\n\n  Saturday 24 October 2026, 10:00 to 11:00 (BST)\n" in words

    def test_of_a_rejection_offer_other_times(self) -> None:
        offers = [{"start": "2026-10-24T16:00:00+00:00", "end": "2026-10-24T18:00:00+00:00", "space": "Studio"}]

        words = text("rejected", facts(date(SATURDAY, holds=False), extra={"offers": offers}))

        assert "it is not booked for you" in words
        assert "Saturday 24 October 2026, 17:00 to 19:00 (BST), Studio" in words
