"""AcceptItem, TentativelyAcceptItem, DeclineItem: from an invited mailbox's calendar to the organiser's."""

import pytest
from exchangelib.errors import ErrorItemNotFound

from tests.sandbox.exchange import ANN, BEN, ROOM, Exchange, london, utc
from tests.sandbox.wire import found, post, values

ANSWERS = {"AcceptItem": "Accept", "TentativelyAcceptItem": "Tentative", "DeclineItem": "Decline"}


def answer(kind: str, item_id: str, change_key: str, *, disposition: str = "SendAndSaveCopy", body: str = "") -> str:
    """A CreateItem with an answer."""
    text = f'<t:Body BodyType="Text">{body}</t:Body>' if body else ""
    return f"""<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:{kind}>{text}
      <t:ReferenceItemId Id="{item_id}" ChangeKey="{change_key}"/></t:{kind}></m:Items></m:CreateItem>"""


def invited(exchange: Exchange, **fields: object) -> str:
    """A meeting of Ann's, in the reading room, on the 27th from ten to eleven."""
    return exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11), **fields)


class TestDecline:
    def test_tells_the_organiser_and_takes_the_meeting_out_of_the_calendar(self, exchange: Exchange) -> None:
        account = exchange.account()
        invited(exchange)
        meeting = account.calendar.all().get()

        meeting.decline(body="The room is closed that day.")

        (organisers,) = exchange.sandbox.items(ANN)
        assert organisers.responses == {ROOM: "Decline"}
        assert organisers.comments == {ROOM: "The room is closed that day."}
        assert exchange.sandbox.items(ROOM) == []
        assert [each.subject for each in account.trash.all()] == ["Ann Lee"]
        with pytest.raises(ErrorItemNotFound):
            account.calendar.get(id=meeting.id)

    def test_of_one_date_leaves_the_others(self, exchange: Exchange) -> None:
        account = exchange.account()
        invited(exchange, repeat="daily", until=utc(29, 0).date())
        second = account.calendar.view(london(28, 0), london(29, 0), max_items=10).get()

        second.decline(body="Not then.")

        days = [each.start.day for each in account.calendar.view(london(27, 0), london(31, 0), max_items=10)]
        assert days == [27, 29]
        anns = exchange.sandbox.items(ANN)
        assert [each.responses for each in anns] == [{ROOM: "Accept"}]
        assert second_as_ann_sees_it(exchange) == "Decline"

    def test_without_sending_tells_nobody(self, exchange: Exchange) -> None:
        account = exchange.account()
        invited(exchange)
        meeting = account.calendar.all().get()

        post(exchange.sandbox, answer("DeclineItem", meeting.id, meeting.changekey, disposition="SaveOnly"))

        (organisers,) = exchange.sandbox.items(ANN)
        assert organisers.responses == {ROOM: "Accept"}
        assert exchange.sandbox.items(ROOM) == []


def second_as_ann_sees_it(exchange: Exchange) -> str:
    account = exchange.account(ANN, username=ANN, password="ann's own", access="delegate")
    second = account.calendar.view(london(28, 0), london(29, 0), max_items=10).get()
    second.refresh()
    return str(second.resources[0].response_type)


class TestAccept:
    @pytest.mark.parametrize(
        ("kind", "response", "busy"),
        [("AcceptItem", "Accept", "Busy"), ("TentativelyAcceptItem", "Tentative", "Tentative")],
    )
    def test_keeps_the_meeting_and_tells_the_organiser(
        self, exchange: Exchange, kind: str, response: str, busy: str
    ) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", automate_processing="AutoUpdate")
        account = exchange.account()
        invited(exchange)
        meeting = account.calendar.all().get()

        raw = post(exchange.sandbox, answer(kind, meeting.id, meeting.changekey)).content

        (organisers,), (kept,) = exchange.sandbox.items(ANN), exchange.sandbox.items(ROOM)
        assert organisers.responses == {ROOM: response}
        assert (kept.busy, kept.id) == (busy, meeting.id)
        assert [each.get("Id") for each in found(raw, "ItemId")] == [meeting.id]
        assert account.calendar.get(id=meeting.id).my_response_type == response

    def test_of_a_meeting_that_takes_no_time_stays_free(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", automate_processing="AutoUpdate")
        account = exchange.account()
        invited(exchange, busy="Free")

        account.calendar.all().get().accept()

        assert exchange.sandbox.items(ROOM)[0].busy == "Free"

    def test_works_for_a_person_too(self, exchange: Exchange) -> None:
        exchange.sandbox.invite(BEN, rooms=[ANN], subject="Lunch", start=utc(27, 12), end=utc(27, 13))
        account = exchange.account(ANN, username=ANN, password="ann's own", access="delegate")

        account.calendar.all().get().tentatively_accept(body="Perhaps.")

        (organisers,) = exchange.sandbox.items(BEN)
        assert (organisers.responses, organisers.comments) == ({ANN: "Tentative"}, {ANN: "Perhaps."})


class TestAnswer:
    @pytest.mark.parametrize("kind", ANSWERS)
    def test_to_an_own_appointment_is_refused(self, exchange: Exchange, kind: str) -> None:
        item = exchange.event(exchange.account())

        raw = post(exchange.sandbox, answer(kind, item.id, item.changekey)).content

        assert values(raw, "ResponseCode") == [f"ErrorCalendarIsOrganizerFor{ANSWERS[kind]}"]
        assert len(exchange.sandbox.items(ROOM)) == 1

    @pytest.mark.parametrize("kind", ANSWERS)
    def test_to_a_cancelled_meeting_is_refused(self, exchange: Exchange, kind: str) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", remove_canceled_meetings=False)
        account = exchange.account()
        exchange.sandbox.delete(ANN, invited(exchange))
        meeting = account.calendar.all().get()

        raw = post(exchange.sandbox, answer(kind, meeting.id, meeting.changekey)).content

        assert values(raw, "ResponseCode") == [f"ErrorCalendarIsCancelledFor{ANSWERS[kind]}"]

    def test_to_a_meeting_that_changed_since_is_refused(self, exchange: Exchange) -> None:
        account = exchange.account()
        organisers = invited(exchange)
        meeting = account.calendar.all().get()
        exchange.sandbox.move(ANN, organisers, utc(27, 14), utc(27, 15))

        raw = post(exchange.sandbox, answer("DeclineItem", meeting.id, meeting.changekey)).content

        assert values(raw, "ResponseCode") == ["ErrorStaleObject"]

    def test_to_nothing_is_refused(self, exchange: Exchange) -> None:
        body = '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:DeclineItem/></m:Items></m:CreateItem>'

        raw = post(exchange.sandbox, body).content

        assert values(raw, "ResponseCode") == ["ErrorMissingInformationReferenceItemId"]

    def test_to_what_is_gone_is_refused(self, exchange: Exchange) -> None:
        account = exchange.account()
        organisers = invited(exchange)
        meeting = account.calendar.all().get()
        exchange.sandbox.delete(ANN, organisers)

        raw = post(exchange.sandbox, answer("DeclineItem", meeting.id, meeting.changekey)).content

        assert values(raw, "ResponseCode") == ["ErrorItemNotFound"]
