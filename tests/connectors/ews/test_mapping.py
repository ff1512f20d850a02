"""Exchange's words in ours."""

import datetime as dt
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from booking.connectors.ews import mapping, wire
from booking.connectors.port import EventKind, FreeBusy, RemotePerson, Stamp
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from tests.connectors import stub

NINE = dt.datetime(2026, 6, 8, 9, tzinfo=dt.UTC)
TEN = dt.datetime(2026, 6, 8, 10, tzinfo=dt.UTC)
ITEM = wire.Item(
    id="AAMk",
    change_key="CK",
    start=NINE,
    end=TEN,
    uid="uid",
    kind="Single",
    busy="Busy",
    sensitivity="Normal",
    subject="Board meeting",
    location="Reading Room",
    organizer_name="Grace",
    organizer_address="Grace@Library.example",
)


class TestEvent:
    def test_carries_what_stands_there(self) -> None:
        event = mapping.event(ITEM)

        assert (event.ref.id, event.ref.etag, event.ref.uid) == ("AAMk", "CK", "uid")
        assert event.when == Interval(NINE, TEN)
        assert (event.subject, event.location) == ("Board meeting", "Reading Room")
        assert event.organizer == RemotePerson("Grace", "grace@library.example")
        assert (event.kind, event.original_start, event.stamp) == (EventKind.SINGLE, None, None)

    @pytest.mark.parametrize("sensitivity", ["Private", "Confidential", "Personal", "", "SomethingNew"])
    def test_hides_the_details_of_all_that_is_not_plainly_open(self, sensitivity: str) -> None:
        event = mapping.event(replace(ITEM, sensitivity=sensitivity, categories=("Disciplinary",)))

        assert event.private
        assert (event.subject, event.location, event.organizer, event.categories) == ("", "", None, ())

    @pytest.mark.parametrize(
        ("reminder", "minutes", "told"), [(True, "15", 15), (True, "0", 0), (False, "15", None), (True, "", None)]
    )
    def test_tells_a_reminder_only_where_there_is_one(self, reminder: bool, minutes: str, told: int | None) -> None:
        event = mapping.event(replace(ITEM, reminder=reminder, reminder_minutes=minutes))

        assert event.reminder_minutes == told

    @pytest.mark.parametrize("busy", ["", "Maybe", "busy"])
    def test_blocks_with_a_busy_class_that_we_do_not_know(self, busy: str) -> None:
        event = mapping.event(replace(ITEM, busy=busy))

        assert event.busy is BusyClass.UNKNOWN
        assert event.blocks(tentative_blocks=False)

    def test_does_not_block_without_length_but_is_there(self) -> None:
        event = mapping.event(replace(ITEM, end=NINE))

        assert event.when.start == NINE
        assert not event.blocks(tentative_blocks=True)

    def test_is_unreadable_when_it_ends_before_it_starts(self) -> None:
        with pytest.raises(wire.Unreadable):
            mapping.event(replace(ITEM, start=TEN, end=NINE))

    def test_knows_the_first_place_of_a_moved_date(self) -> None:
        moved = mapping.event(replace(ITEM, kind="Exception", original_start=TEN))
        regular = mapping.event(replace(ITEM, kind="Occurrence"))

        assert (moved.kind, moved.original_start) == (EventKind.EXCEPTION, TEN)
        assert (regular.kind, regular.original_start) == (EventKind.OCCURRENCE, NINE)

    def test_gives_no_address_for_an_organiser_inside_exchange(self) -> None:
        event = mapping.event(replace(ITEM, organizer_address="/O=WEXCOMBE/OU=EXCHANGE/CN=GRACE"))

        assert event.organizer == RemotePerson("Grace", "")

    def test_changes_its_text_hash_with_its_text_only(self) -> None:
        same = mapping.event(replace(ITEM, change_key="other", end=TEN + dt.timedelta(hours=1)))
        shifted = mapping.event(replace(ITEM, subject="Board meetingReading Room", location=""))

        assert same.text_hash == mapping.event(ITEM).text_hash
        assert shifted.text_hash != mapping.event(ITEM).text_hash


class TestStamp:
    def test_is_read_back_as_it_was_written(self) -> None:
        written = Stamp("install", "occurrence-key", 3, version=7, uid="uid")

        read = mapping.stamp(replace(ITEM, mark=written.mark, version="7", stamped_uid="uid"))

        assert read == written

    @pytest.mark.parametrize("mark", ["", "install", "install:key", "install:key:", "install:key:x", "::", ":key:0"])
    def test_is_none_for_what_we_could_not_have_written(self, mark: str) -> None:
        assert mapping.stamp(replace(ITEM, mark=mark)) is None

    def test_shows_a_copy_by_the_uid(self) -> None:
        copy = mapping.event(replace(ITEM, uid="new", mark="install:key:0", version="1", stamped_uid="first"))

        assert copy.stamp is not None
        assert copy.stamp.uid != copy.ref.uid


class TestFreeBusy:
    def test_is_what_the_server_lists(self) -> None:
        shown = mapping.free_busy(wire.FreeBusyView("FreeBusy", (wire.Block(NINE, TEN, "Tentative"),)))

        assert isinstance(shown, FreeBusy)
        assert [(block.when, block.busy) for block in shown.blocks] == [(Interval(NINE, TEN), BusyClass.TENTATIVE)]

    @pytest.mark.parametrize("view", ["None", "MergedOnly", "", "SomethingNew"])
    def test_is_unknown_and_not_free_when_the_view_lists_nothing(self, view: str) -> None:
        assert mapping.free_busy(wire.FreeBusyView(view, ())) is None


def element(text: str) -> wire.Element:
    """The calendar item of a recorded answer, from the standard library's parser: two parsers, one reading."""
    whole = ET.fromstring(f"<x {stub.NAMESPACES}>{text}</x>")  # noqa: S314 - our own text
    return whole[0]


def stretch(busy: str) -> str:
    """From nine to ten, in a free/busy view."""
    times = "<t:StartTime>2026-06-08T09:00:00</t:StartTime><t:EndTime>2026-06-08T10:00:00</t:EndTime>"
    return f"<t:CalendarEvent>{times}<t:BusyType>{busy}</t:BusyType></t:CalendarEvent>"


def view(*stretches: str) -> str:
    events = f"<t:CalendarEventArray>{''.join(stretches)}</t:CalendarEventArray>"
    return f"<m:FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType>{events}</m:FreeBusyView>"


class TestWire:
    def test_reads_times_in_any_zone_and_without_one_as_utc(self) -> None:
        read = wire.item(element(stub.item("a", "2026-06-08T10:00:00+01:00", "2026-06-08T10:00:00")))

        assert (read.start, read.end) == (NINE, TEN)

    def test_invents_nothing_that_the_server_did_not_say(self) -> None:
        bare = "<t:CalendarItem><t:ItemId Id='a' ChangeKey='b'/><t:Start>2026-06-08T09:00:00Z</t:Start>"
        read = wire.item(element(f"{bare}<t:End>2026-06-08T10:00:00Z</t:End></t:CalendarItem>"))

        assert read == wire.Item("a", "b", NINE, TEN)

    @pytest.mark.parametrize(
        "text",
        [
            "<t:CalendarItem/>",
            "<t:CalendarItem><t:ItemId Id='a' ChangeKey='b'/></t:CalendarItem>",
            stub.item("a", "yesterday", "2026-06-08T10:00:00Z"),
        ],
    )
    def test_calls_an_item_without_id_or_times_unreadable(self, text: str) -> None:
        with pytest.raises(wire.Unreadable):
            wire.item(element(text))

    def test_reads_every_stretch_of_a_free_busy_view(self) -> None:
        read = wire.free_busy(element(view(stretch("Busy"), stretch("OOF"), stretch("Busy"))))

        assert read == wire.FreeBusyView(
            "FreeBusy", tuple(wire.Block(NINE, TEN, busy) for busy in ("Busy", "OOF", "Busy"))
        )

    @pytest.mark.parametrize("left_out", ["StartTime", "EndTime"])
    def test_calls_a_view_unreadable_before_it_leaves_a_stretch_out(self, left_out: str) -> None:
        broken = stretch("Busy").replace(left_out, "SomethingElse")

        with pytest.raises(wire.Unreadable):
            wire.free_busy(element(view(stretch("Busy"), broken)))

    def test_reads_our_properties_and_nobody_elses(self) -> None:
        ours = (
            "<t:ExtendedProperty><t:ExtendedFieldURI PropertyName='{}' PropertyType='String'/>"
            "<t:Value>{}</t:Value></t:ExtendedProperty>"
        )
        more = ours.format("BookingStamp", "i:k:0") + ours.format("Other", "x") + ours.format("BookingVersion", "4")

        read = wire.item(element(stub.item("a", "2026-06-08T09:00:00Z", "2026-06-08T10:00:00Z", more)))

        assert (read.mark, read.version, read.stamped_uid) == ("i:k:0", "4", "")
