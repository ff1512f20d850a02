"""The requests that we write ourselves are what Microsoft's schema wants them to be."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from booking.connectors.ews import bodies
from booking.domain.intervals import Interval
from tests.connectors.world import MONDAY, ROOM, WEEK
from tests.sandbox.schema import ews_schema

CALENDAR = bodies.distinguished("calendar", ROOM)
PUBLIC = bodies.distinguished("publicfoldersroot")
REQUESTS = {
    "availability": bodies.availability([ROOM, "o'brien&co@library.example"], WEEK),
    "folders of a mailbox": bodies.find_folders(
        [bodies.distinguished("msgfolderroot", ROOM)], deep=True, offset=0, paged=True
    ),
    "folders of 2007": bodies.find_folders([PUBLIC], deep=False, offset=0, paged=False),
    "one folder": bodies.get_folder(CALENDAR),
    "decline": bodies.decline("AAMk", "DwAA", "No: taken <already> & paid."),
    "decline without a state": bodies.decline("AAMk", "", ""),
    "subscribe": bodies.subscribe(bodies.distinguished("calendar", ROOM)),
    "unsubscribe": bodies.unsubscribe("c2Fu"),
    "stream": bodies.stream(["c2Fu", "ZGJv"], minutes=29),
}


class TestBodies:
    @pytest.mark.parametrize("request_body", REQUESTS.values(), ids=REQUESTS)
    def test_are_valid(self, request_body: Any) -> None:
        parsed = etree.fromstring(etree.tostring(request_body))

        assert ews_schema().validate(etree.ElementTree(parsed)), str(ews_schema().error_log)

    def test_leave_out_what_xml_cannot_hold(self) -> None:
        body = bodies.decline("AAMk", "", "taken\x0b\x00 already\ud800")

        assert body.findtext(".//{*}Body") == "taken already"

    def test_ask_in_utc_whatever_the_zone_of_the_window(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        window = Interval(MONDAY.astimezone(berlin), (MONDAY + timedelta(days=7)).astimezone(berlin))

        asked = bodies.availability([ROOM], window)

        assert asked.findtext(".//{*}StartTime") == "2026-06-08T00:00:00"
