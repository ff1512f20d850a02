"""What we write of an entry is what Microsoft's schema wants it to be, element by element and in its order."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from booking.connectors.ews import items, services, session
from booking.connectors.port import EventDraft, EventField
from booking.domain.reconcile import BusyClass
from tests.connectors.world import ROOM, STAMP, draft
from tests.sandbox.schema import ews_schema

MARKED = replace(draft(), categories=("Library booking", "Study & more"), reminder_minutes=15, busy=BusyClass.TENTATIVE)
DRAFTS = {"as ever": draft(), "marked": MARKED}
VERSIONS = ("Exchange2010_SP2", "Exchange2016")


def account(version: str) -> Any:
    config = session.configuration(
        "https://mail.example.org/EWS/Exchange.asmx", username="svc", password="secret", version_name=version
    )
    return session.account(config, ROOM, impersonate=True)


def created(entry: EventDraft, version: str = "Exchange2016") -> Any:
    owner = account(version)
    return services.Creating(account=owner).get_payload(
        items=[items.new(entry, STAMP)],
        folder=session.calendar(owner),
        message_disposition="SaveOnly",
        send_meeting_invitations="SendToNone",
    )


def updated(entry: EventDraft, version: str = "Exchange2016") -> Any:
    every = frozenset(EventField)
    return services.Updating(account=account(version)).get_payload(
        items=[(items.changed("AAMk", "DwAA", entry, STAMP), items.names(every, entry))],
        conflict_resolution="NeverOverwrite",
        message_disposition="SaveOnly",
        send_meeting_invitations_or_cancellations="SendToNone",
        suppress_read_receipts=True,
    )


def require_valid(message: Any) -> None:
    parsed = etree.fromstring(etree.tostring(message))

    assert ews_schema().validate(etree.ElementTree(parsed)), str(ews_schema().error_log)


class TestNew:
    @pytest.mark.parametrize("entry", DRAFTS.values(), ids=DRAFTS)
    @pytest.mark.parametrize("version", VERSIONS)
    def test_is_valid(self, entry: EventDraft, version: str) -> None:
        require_valid(created(entry, version))

    def test_says_no_more_than_ever_where_nothing_is_mapped(self) -> None:
        message = created(draft())

        assert "Categories" not in [etree.QName(each).localname for each in message.iterfind(".//{*}CalendarItem/*")]
        assert message.findtext(".//{*}ReminderIsSet") == "0"
        assert message.findtext(".//{*}LegacyFreeBusyStatus") == "Busy"


class TestChanged:
    @pytest.mark.parametrize("entry", DRAFTS.values(), ids=DRAFTS)
    @pytest.mark.parametrize("version", VERSIONS)
    def test_is_valid(self, entry: EventDraft, version: str) -> None:
        require_valid(updated(entry, version))

    def test_takes_away_what_is_not_mapped_any_more(self) -> None:
        gone = [each.get("FieldURI") for each in updated(draft()).iterfind(".//{*}DeleteItemField/{*}FieldURI")]

        assert gone == ["item:Categories"]
