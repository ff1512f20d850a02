"""MAPI properties that follow from the item, and fields by their MAPI names, as davmail uses them."""

import pytest

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import ANN, ROOM, Exchange, utc
from tests.sandbox.wire import post

_RECURRING = '<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33315" PropertyType="Boolean"/>'
_CALENDAR = (
    f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{ROOM}</t:EmailAddress></t:Mailbox>'
    "</t:DistinguishedFolderId>"
)


def tag(number: str, kind: str = "String") -> str:
    return f'<t:ExtendedFieldURI PropertyTag="{number}" PropertyType="{kind}"/>'


def found(exchange: Exchange, restriction: str, *wanted: str) -> str:
    """What FindItem answers for the items of the reading room that the restriction leaves."""
    answer = post(
        exchange.sandbox,
        f"""<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>
        <t:AdditionalProperties>{"".join(wanted)}</t:AdditionalProperties></m:ItemShape>
        <m:Restriction>{restriction}</m:Restriction>
        <m:ParentFolderIds>{_CALENDAR}</m:ParentFolderIds></m:FindItem>""",
    )
    assert "NoError" in answer.text
    return answer.text


def equal(field: str, value: str) -> str:
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f"<t:IsEqualTo>{field}{constant}</t:IsEqualTo>"


def update(sandbox: ExchangeSandbox, *updates: str) -> None:
    """Change the one item of the reading room."""
    item = next(iter(sandbox.items(ROOM)))
    read = post(
        sandbox,
        f"""<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>
        <m:ItemIds><t:ItemId Id="{item.id}"/></m:ItemIds></m:GetItem>""",
    )
    key = read.text.partition('ChangeKey="')[2].partition('"')[0]
    answer = post(
        sandbox,
        f"""<m:UpdateItem ConflictResolution="AutoResolve" SendMeetingInvitationsOrCancellations="SendToNone">
        <m:ItemChanges><t:ItemChange><t:ItemId Id="{item.id}" ChangeKey="{key}"/>
        <t:Updates>{"".join(updates)}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>""",
    )
    assert "NoError" in answer.text


def setting(field: str, value: str) -> str:
    written = f"<t:ExtendedProperty>{field}<t:Value>{value}</t:Value></t:ExtendedProperty>"
    return f"<t:SetItemField>{field}<t:CalendarItem>{written}</t:CalendarItem></t:SetItemField>"


class TestProperty:
    @pytest.mark.parametrize(
        ("number", "kind", "value"),
        [
            ("0x1a", "String", "IPM.Appointment"),
            ("0x36", "Integer", "0"),
            ("0x37", "String", "Choir"),
            ("55", "String", "Choir"),
            ("0x1000", "String", "Bring the score"),
            ("0x3001", "String", "Choir"),
            ("0x3008", "SystemTime", "2026-10-26T08:00:00Z"),
        ],
    )
    def test_follows_from_the_item(self, exchange: Exchange, number: str, kind: str, value: str) -> None:
        exchange.sandbox.add_event(ROOM, subject="Choir", body="Bring the score", start=utc(27, 10), end=utc(27, 11))

        answer = found(exchange, equal(tag("0x37"), "Choir"), tag(number, kind))

        assert f"<t:Value>{value}</t:Value>" in answer

    def test_names_who_is_invited(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", delete_subject=False, add_organizer_to_subject=False)
        exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11))

        answer = found(exchange, equal(tag("0x37"), "Budget"), '<t:FieldURI FieldURI="item:DisplayTo"/>', tag("0xe04"))

        assert answer.count("Reading Room") == 2

    def test_tells_series_from_single_items(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Choir", start=utc(27, 10), end=utc(27, 11), repeat="daily")
        exchange.sandbox.add_event(ROOM, subject="Doctor", start=utc(27, 12), end=utc(27, 13))

        assert 'TotalItemsInView="1"' in found(exchange, equal(_RECURRING, "true"), tag("0x37"))
        assert "Doctor" in found(exchange, equal(_RECURRING, "false"), tag("0x37"))

    def test_that_is_no_number_is_nobodys(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Choir", start=utc(27, 10), end=utc(27, 11))

        assert "t:Value" not in found(exchange, equal(tag("0x37"), "Choir"), tag("0x7FFE"))

    def test_writes_the_field_that_it_is_another_name_of(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Choir", body="Bring the score", start=utc(27, 10), end=utc(27, 11))

        update(
            exchange.sandbox,
            setting(tag("0x37"), "Large choir"),
            f"<t:DeleteItemField>{tag('0x1000')}</t:DeleteItemField>",
        )

        (item,) = exchange.sandbox.items(ROOM)
        assert (item.subject, item.body, item.extended) == ("Large choir", "", {})

    def test_that_follows_from_the_item_cannot_be_written(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Choir", start=utc(27, 10), end=utc(27, 11))

        update(exchange.sandbox, setting(tag("0x1a"), "IPM.Note"))

        assert "IPM.Appointment" in found(exchange, equal(tag("0x37"), "Choir"), tag("0x1a"))
        assert exchange.sandbox.items(ROOM)[0].extended == {}
