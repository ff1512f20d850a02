from dataclasses import replace

import pytest

from booking.domain import mapping
from booking.domain.errors import Invalid
from booking.domain.mapping import BUILT_IN, OFFERED, BookingFacts, Field, Mapping, Separator, Target
from booking.domain.reconcile import BusyClass
from booking.domain.states import TitleOption

FACTS = BookingFacts(
    first_name="Ada",
    last_name="Lovelace",
    email="ada@example.org",
    nickname="Chess club",
    nickname_allowed=True,
    title="Engines",
    phone="020 7946 0000",
    category="Study rooms",
    space="Room 1",
    location="Central Library",
    ref="7KQ2-F9XM",
    link="https://example.org/admin/bookings/7KQ2-F9XM",
)
FULL = Mapping(
    subject=(Field.CATEGORY, Field.EVENT_TITLE, Field.REFERENCE),
    separator=Separator.DASH,
    body=OFFERED[Target.BODY],
    location=(Field.SPACE, Field.PHONE),
    categories=(Field.CATEGORY, Field.SPACE),
    words=("Library booking",),
    reminder_minutes=15,
    busy=BusyClass.OOF,
)


class TestTheBuiltInMapping:
    def test_writes_what_was_always_written(self) -> None:
        entry = mapping.render(BUILT_IN, FACTS)

        assert entry.subject == "Ada Lovelace"
        assert entry.location == "Room 1, Central Library"
        assert entry.body == (
            "Booked by: Ada Lovelace\n"
            "E-mail: ada@example.org\n"
            "Title: Engines\n"
            "Room: Room 1, Central Library\n"
            "Booking: 7KQ2-F9XM\n"
            "\n"
            "See or change the booking: https://example.org/admin/bookings/7KQ2-F9XM"
        )
        assert (entry.categories, entry.reminder_minutes, entry.busy) == ((), None, BusyClass.BUSY)

    def test_leaves_the_line_of_a_title_out_where_there_is_none(self) -> None:
        entry = mapping.render(BUILT_IN, replace(FACTS, title=""))

        assert entry.body.startswith("Booked by: Ada Lovelace\nE-mail: ada@example.org\nRoom: Room 1")

    @pytest.mark.parametrize(
        ("option", "words"),
        [
            (TitleOption.NAME, "Ada Lovelace"),
            (TitleOption.NAME_AND_EMAIL, "Ada Lovelace, ada@example.org"),
            (TitleOption.NICKNAME, "Chess club"),
        ],
    )
    def test_has_the_subject_follow_the_title_option(self, option: TitleOption, words: str) -> None:
        assert mapping.render(BUILT_IN, replace(FACTS, title_option=option)).subject == words


class TestRender:
    def test_puts_each_field_where_it_is_sent(self) -> None:
        entry = mapping.render(FULL, FACTS)

        assert entry.subject == "Study rooms - Ada Lovelace - 7KQ2-F9XM"
        assert entry.location == "Room 1, 020 7946 0000"
        assert entry.categories == ("Study rooms", "Room 1", "Library booking")
        assert (entry.reminder_minutes, entry.busy) == (15, BusyClass.OOF)
        assert "Nickname: Chess club\n" in entry.body
        assert "Phone of the location: 020 7946 0000\n" in entry.body
        assert "Category: Study rooms\n" in entry.body

    def test_leaves_no_trace_of_what_a_booking_lacks(self) -> None:
        wanted = replace(FULL, subject=(Field.TITLE, Field.NICKNAME, Field.NAME), location=(Field.PHONE,))

        entry = mapping.render(wanted, replace(FACTS, title="", nickname="", phone=""))

        assert (entry.subject, entry.location) == ("Ada Lovelace", "")
        assert not any(word in entry.body for word in ("Title", "Nickname", "Phone"))

    @pytest.mark.parametrize("option", TitleOption)
    def test_shows_no_nickname_anywhere_where_the_category_allows_none(self, option: TitleOption) -> None:
        everywhere = Mapping(
            subject=(Field.EVENT_TITLE, Field.NICKNAME), body=(Field.NICKNAME,), categories=(Field.NICKNAME,)
        )

        entry = mapping.render(everywhere, replace(FACTS, nickname_allowed=False, title_option=option))

        assert "Chess" not in f"{entry.subject} {entry.body} {entry.location} {entry.categories}"

    def test_shows_of_the_booker_only_what_is_sent_somewhere(self) -> None:
        bare = Mapping(subject=(Field.REFERENCE,), body=(Field.REFERENCE,), location=(Field.PLACE,))

        entry = mapping.render(bare, FACTS)

        assert not any(word in f"{entry}" for word in ("Ada", "ada@", "Chess", "Engines"))

    def test_keeps_a_category_whole_where_outlook_would_end_it(self) -> None:
        wanted = Mapping(categories=(Field.CATEGORY,), words=("Study rooms", "a;b"))

        entry = mapping.render(wanted, replace(FACTS, category="Study, rooms"))

        assert entry.categories == ("Study rooms", "a b")

    def test_writes_an_empty_entry_where_nothing_is_sent(self) -> None:
        entry = mapping.render(Mapping(subject=(), body=(), location=()), FACTS)

        assert (entry.subject, entry.body, entry.location) == ("", "", "")


class TestChecked:
    def test_takes_what_is_offered(self) -> None:
        assert mapping.checked(BUILT_IN) == BUILT_IN
        assert mapping.checked(FULL) == FULL

    @pytest.mark.parametrize(
        ("wanted", "field"),
        [
            (Mapping(subject=(Field.LINK,)), "subject"),
            (Mapping(subject=(Field.NAME, Field.NAME)), "subject"),
            (Mapping(subject=(Field.NAME, Field.EMAIL, Field.TITLE, Field.SPACE, Field.REFERENCE)), "subject"),
            (Mapping(body=(Field.EVENT_TITLE,)), "body"),
            (Mapping(location=(Field.EMAIL,)), "location"),
            (Mapping(categories=(Field.LINK,)), "categories"),
            (Mapping(words=("1", "2", "3", "4", "5", "6")), "words"),
            (Mapping(words=("x" * 256,)), "words"),
            (Mapping(reminder_minutes=-1), "reminder_minutes"),
            (Mapping(reminder_minutes=40_321), "reminder_minutes"),
            (Mapping(busy=BusyClass.FREE), "busy"),
            (Mapping(busy=BusyClass.WORKING_ELSEWHERE), "busy"),
        ],
    )
    def test_says_what_is_wrong_with_which(self, wanted: Mapping, field: str) -> None:
        with pytest.raises(Invalid) as refusal:
            mapping.checked(wanted)

        assert set(refusal.value.fields) == {field}

    def test_tidies_words_and_the_order_of_lines(self) -> None:
        wanted = Mapping(body=(Field.LINK, Field.NAME), words=(" Library ", "", "Library"))

        assert mapping.checked(wanted) == Mapping(body=(Field.NAME, Field.LINK), words=("Library",))


class TestAsText:
    @pytest.mark.parametrize("wanted", [BUILT_IN, FULL, Mapping(subject=(), body=(), location=())])
    def test_is_read_back_as_it_was(self, wanted: Mapping) -> None:
        assert mapping.from_text(mapping.as_text(wanted)) == wanted

    def test_is_empty_for_the_built_in_one(self) -> None:
        assert mapping.as_text(BUILT_IN) == ""

    def test_leaves_out_what_this_version_does_not_know(self) -> None:
        text = '{"subject": ["name", "answer:7"], "busy": "Asleep", "separator": "smile", "colour": "red"}'

        assert mapping.from_text(text) == Mapping(subject=(Field.NAME,))


class TestWords:
    def test_say_only_what_differs(self) -> None:
        assert str(BUILT_IN) == "default"
        assert (
            str(Mapping(categories=(Field.CATEGORY,), reminder_minutes=15))
            == "categories: category; reminder minutes: 15"
        )
