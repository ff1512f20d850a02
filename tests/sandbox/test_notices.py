"""Subscriptions and their events, with exchangelib as the subscriber."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import exchangelib.errors
import pytest
import requests
from exchangelib.properties import (
    CreatedEvent,
    DeletedEvent,
    FreeBusyChangedEvent,
    ModifiedEvent,
    MovedEvent,
    Notification,
    StatusEvent,
)
from requests_ntlm import HttpNtlmAuth

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2010, ODD
from tests.sandbox.exchange import BEN, NOW, OTHER_ROOM, PASSWORD, ROOM, SERVICE, Exchange, furnish, utc
from tests.sandbox.schema import Checker
from tests.sandbox.wire import envelope, post
from tests.support.waiting import until

EVERYTHING = ("CreatedEvent", "ModifiedEvent", "DeletedEvent", "MovedEvent", "FreeBusyChangedEvent")
TEN, ELEVEN = utc(27, 10), utc(27, 11)


@pytest.fixture
def exchange(checker: Checker) -> Iterator[Exchange]:
    """A sandbox whose minutes last a second and a half, with a sign of life every fifth of a second."""
    assert checker.seen == {}
    with ExchangeSandbox(now=lambda: NOW, heartbeat=0.2, minute=1.5) as sandbox:
        furnish(sandbox)
        yield Exchange(sandbox)


def kinds(notification: Notification) -> list[type]:
    return [type(each) for each in notification.events]


class TestStream:
    def test_tells_of_a_new_item_with_several_events(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription = calendar.subscribe_to_streaming()
        item_id = exchange.sandbox.add_event(ROOM, subject="Choir", start=TEN, end=ELEVEN)

        (told,) = calendar.get_streaming_events(subscription, max_notifications_returned=1)

        assert told.subscription_id == subscription
        assert kinds(told) == [CreatedEvent, ModifiedEvent, FreeBusyChangedEvent, ModifiedEvent]
        assert [each.item_id.id for each in told.events if each.item_id] == [item_id] * 3
        assert [each.event_type for each in told.events] == ["item", "folder", "item", "item"]

    def test_tells_what_happens_while_it_hangs(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        stream = calendar.get_streaming_events(calendar.subscribe_to_streaming())

        first = next(stream)
        exchange.sandbox.add_event(ROOM, subject="Choir", start=TEN, end=ELEVEN)
        told = next(each for each in stream if kinds(each) != [StatusEvent])

        assert kinds(first) == [StatusEvent]
        assert kinds(told)[0] is CreatedEvent

    def test_tells_of_a_change_a_move_and_a_deletion(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        subscription = account.calendar.subscribe_to_streaming()
        exchange.sandbox.move(ROOM, item.id, TEN + timedelta(hours=3), ELEVEN + timedelta(hours=3))
        exchange.sandbox.edit(ROOM, item.id, subject="Concert")
        item.refresh()
        old_id = item.id
        item.move_to_trash(send_meeting_cancellations="SendToNone")

        (told,) = account.calendar.get_streaming_events(subscription, max_notifications_returned=1)

        assert kinds(told)[:3] == [ModifiedEvent, FreeBusyChangedEvent, ModifiedEvent]
        (moved,) = (each for each in told.events if isinstance(each, MovedEvent))
        assert (moved.old_item_id.id, moved.item_id.id != old_id) == (old_id, True)

    def test_tells_of_what_is_gone_for_good(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        subscription, gone = account.calendar.subscribe_to_streaming(event_types=["DeletedEvent"]), item.id
        item.delete(send_meeting_cancellations="SendToNone")

        (told,) = account.calendar.get_streaming_events(subscription, max_notifications_returned=1)

        assert [(type(each), each.item_id.id) for each in told.events] == [(DeletedEvent, gone)]

    def test_says_nothing_of_other_mailboxes(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription = calendar.subscribe_to_streaming()
        exchange.sandbox.add_event(OTHER_ROOM, subject="Choir", start=TEN, end=ELEVEN)

        told = list(calendar.get_streaming_events(subscription))

        assert {kind for each in told for kind in kinds(each)} == {StatusEvent}

    def test_tells_each_subscription_its_own(self, exchange: Exchange) -> None:
        exchange.sandbox.grant(SERVICE, OTHER_ROOM, "impersonate")
        first, other = exchange.account().calendar, exchange.account(OTHER_ROOM).calendar
        subscriptions = [first.subscribe_to_streaming(), other.subscribe_to_streaming()]
        exchange.sandbox.add_event(OTHER_ROOM, subject="Choir", start=TEN, end=ELEVEN)

        (told,) = first.get_streaming_events(subscriptions, max_notifications_returned=1)

        assert told.subscription_id == subscriptions[1]

    def test_ends_when_its_time_is_over(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription = calendar.subscribe_to_streaming()
        begun = time.monotonic()

        told = list(calendar.get_streaming_events(subscription, connection_timeout=1))

        assert 1.4 < time.monotonic() - begun < 5
        assert 4 <= len(told) <= 7
        until(lambda: exchange.sandbox.hanging() == 0, what="the stream to be over")

    def test_ends_when_its_subscriptions_are_lost(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        stream = calendar.get_streaming_events(calendar.subscribe_to_streaming())
        next(stream)

        exchange.sandbox.lose_subscriptions()

        with pytest.raises(exchangelib.errors.ErrorSubscriptionNotFound):
            list(stream)

    def test_breaks_off_when_it_is_cut(self, exchange: Exchange) -> None:
        with _stream(exchange.sandbox, _subscribed(exchange)) as answer:
            pieces = answer.iter_content(None)
            next(pieces)

            exchange.sandbox.cut_streams()

            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                list(pieces)

    def test_of_a_lost_subscription_does_not_begin(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription = calendar.subscribe_to_streaming()
        exchange.sandbox.lose_subscriptions()

        with pytest.raises(exchangelib.errors.ErrorSubscriptionNotFound):
            list(calendar.get_streaming_events(subscription))

    def test_is_noticed_when_its_client_leaves(self, exchange: Exchange) -> None:
        answer = _stream(exchange.sandbox, _subscribed(exchange), minutes=30)
        next(answer.iter_content(None))
        assert exchange.sandbox.hanging() == 1

        answer.close()

        until(lambda: exchange.sandbox.hanging() == 0, what="the stream to be noticed as left", seconds=5)

    def test_ends_with_its_server(self, exchange: Exchange) -> None:
        with _stream(exchange.sandbox, _subscribed(exchange), minutes=30) as answer:
            pieces = answer.iter_content(None)
            next(pieces)

            exchange.sandbox.stop()

            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                list(pieces)

    def test_is_the_eleventh_at_most_once(self, exchange: Exchange) -> None:
        subscription = _subscribed(exchange)
        streams = [_stream(exchange.sandbox, subscription, minutes=30) for _ in range(10)]

        refused = _stream(exchange.sandbox, subscription)

        assert (refused.status_code, "ErrorExceededConnectionCount" in refused.text) == (500, True)
        for each in streams:
            each.close()
        until(lambda: exchange.sandbox.hanging() == 0, what="the streams to be closed", seconds=5)
        with _stream(exchange.sandbox, subscription) as answer:
            assert answer.status_code == 200

    def test_of_no_subscription_at_all_does_not_begin(self, exchange: Exchange) -> None:
        with pytest.raises(exchangelib.errors.ErrorInvalidSubscription):
            list(exchange.account().calendar.get_streaming_events("AAA-"))

    @pytest.mark.parametrize("minutes", [0, 31])
    def test_hangs_from_one_to_thirty_minutes(self, exchange: Exchange, minutes: int) -> None:
        answer = _stream(exchange.sandbox, _subscribed(exchange), minutes=minutes)

        assert (answer.status_code, "ErrorSchemaValidation" in answer.text) == (500, True)

    def test_is_over_two_hundred_subscriptions_at_most(self, exchange: Exchange) -> None:
        answer = _stream(exchange.sandbox, *[_subscribed(exchange)] * 201)

        assert (answer.status_code, "ErrorInvalidArgument" in answer.text) == (500, True)

    def test_names_only_the_folder_on_an_odd_server(self, checker: Checker) -> None:
        with ExchangeSandbox(now=lambda: NOW, personality=ODD) as sandbox:
            furnish(sandbox)
            calendar = Exchange(sandbox).account().calendar
            subscription = calendar.subscribe_to_streaming()
            sandbox.add_event(ROOM, subject="Choir", start=TEN, end=ELEVEN)

            (told,) = calendar.get_streaming_events(subscription, max_notifications_returned=1)

        assert checker.seen["response GetStreamingEventsResponse"] > 1
        assert [(type(each), each.item_id) for each in told.events] == [(ModifiedEvent, None)]
        assert told.events[0].folder_id.id == calendar.id


class TestAnOldServer:
    def test_knows_no_streams(self) -> None:
        with ExchangeSandbox(personality=replace(EXCHANGE_2010, knows_streaming=False)) as sandbox:
            furnish(sandbox)

            subscribed = post(sandbox, _subscribe(ROOM))
            streamed = _stream(sandbox, "AAAA")

        assert (subscribed.status_code, "ErrorInvalidServerVersion" in subscribed.text) == (500, True)
        assert streamed.status_code == 500

    def test_may_be_asked_by_pull(self, checker: Checker) -> None:
        with ExchangeSandbox(personality=replace(EXCHANGE_2010, knows_streaming=False)) as sandbox:
            furnish(sandbox)
            calendar = Exchange(sandbox).account().calendar

            told = list(calendar.get_events(*calendar.subscribe_to_pull()))

        assert [kinds(each) for each in told] == [[StatusEvent]]
        assert checker.seen["response GetEventsResponse"] == 1


class TestOverTls:
    @pytest.fixture
    def sandbox(self) -> Iterator[ExchangeSandbox]:
        with ExchangeSandbox(tls=True, sign_in=("ntlm",), heartbeat=0.2) as sandbox:
            furnish(sandbox)
            yield sandbox

    @pytest.fixture
    def authority(self, sandbox: ExchangeSandbox, tmp_path: Path) -> str:
        file = tmp_path / "ca.pem"
        file.write_text(sandbox.ca_pem)
        return str(file)

    def test_a_stream_of_a_signed_in_connection_is_noticed_as_left(
        self, sandbox: ExchangeSandbox, authority: str
    ) -> None:
        with requests.Session() as client:
            client.auth = HttpNtlmAuth(SERVICE, PASSWORD)
            made = client.post(sandbox.ews_url, data=envelope(_subscribe(ROOM)), verify=authority, timeout=10)
            body = envelope(_streaming(_id_in(made)))
            with client.post(sandbox.ews_url, data=body, verify=authority, timeout=10, stream=True) as answer:
                pieces = answer.iter_content(None)
                opened, alive = next(pieces), next(pieces)
                assert sandbox.hanging() == 1

        assert (b"OK</m:ConnectionStatus>" in opened, b"StatusEvent" in alive) == (True, True)
        until(lambda: sandbox.hanging() == 0, what="the stream to be noticed as left", seconds=5)
        assert [each.outcome for each in sandbox.sign_ins()] == ["NoError"]


class TestSubscription:
    def test_ends_when_asked(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription = calendar.subscribe_to_streaming()

        calendar.unsubscribe(subscription)

        assert exchange.sandbox.subscriptions() == 0
        with pytest.raises(exchangelib.errors.ErrorSubscriptionNotFound):
            calendar.unsubscribe(subscription)

    def test_is_another_account_s_only(self, exchange: Exchange) -> None:
        exchange.sandbox.add_account(username=BEN, password="ben's own", email=BEN, name="Ben Okri")
        subscription = _subscribed(exchange)

        answer = post(
            exchange.sandbox,
            f"<m:Unsubscribe><m:SubscriptionId>{subscription}</m:SubscriptionId></m:Unsubscribe>",
            username=BEN,
            password="ben's own",
        )

        assert "ErrorSubscriptionAccessDenied" in answer.text

    def test_needs_the_right_to_read(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, _subscribe(BEN))

        assert "ErrorItemNotFound" in answer.text

    def test_is_for_one_mailbox(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, _subscribe(ROOM, OTHER_ROOM))

        assert "ErrorInvalidSubscriptionRequest" in answer.text

    def test_is_one_too_many(self, checker: Checker) -> None:
        with ExchangeSandbox(now=lambda: NOW, most_subscriptions=2) as sandbox:
            furnish(sandbox)
            calendar = Exchange(sandbox).account().calendar
            for _ in range(2):
                calendar.subscribe_to_streaming()

            with pytest.raises(exchangelib.errors.ErrorExceededSubscriptionCount):
                calendar.subscribe_to_streaming()

        assert checker.seen["response SubscribeResponse"] == 3

    def test_of_everything_hears_of_every_folder(self, exchange: Exchange) -> None:
        body = """<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes>
          <t:EventType>CreatedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"""
        subscription = _id_in(post(exchange.sandbox, body))
        exchange.sandbox.add_event(SERVICE, subject="Choir", start=TEN, end=ELEVEN)

        with _stream(exchange.sandbox, subscription) as answer:
            assert answer.text.count("<t:CreatedEvent>") == 1

    def test_dies_when_nobody_asks_for_it(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription, mark = calendar.subscribe_to_pull(timeout=1)

        until(lambda: _pulled(exchange, subscription, mark).count("ErrorSubscriptionNotFound"), what="its end", every=2)

    def test_by_push_is_refused(self, exchange: Exchange) -> None:
        account = exchange.account()

        with pytest.raises(exchangelib.errors.ErrorInvalidPushSubscriptionUrl):
            account.calendar.subscribe_to_push("http://127.0.0.1/")


class TestPull:
    def test_fetches_what_happened_since(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        subscription, mark = calendar.subscribe_to_pull()
        exchange.sandbox.add_event(ROOM, subject="Choir", start=TEN, end=ELEVEN)

        (told,) = calendar.get_events(subscription, mark)
        (again,) = calendar.get_events(subscription, mark)
        (after,) = calendar.get_events(subscription, told.events[-1].watermark)

        assert kinds(told) == [CreatedEvent, ModifiedEvent, FreeBusyChangedEvent, ModifiedEvent]
        assert kinds(again) == kinds(told)
        assert (told.previous_watermark, told.more_events) == (mark, False)
        assert kinds(after) == [StatusEvent]

    def test_says_when_there_is_more(self, exchange: Exchange) -> None:
        subscription, mark = exchange.account().calendar.subscribe_to_pull()
        for _ in range(13):
            exchange.sandbox.add_event(ROOM, subject="Choir", start=TEN, end=ELEVEN)

        answer = _pulled(exchange, subscription, mark)

        assert "<t:MoreEvents>true</t:MoreEvents>" in answer
        assert answer.count("<t:TimeStamp>") < 51

    def test_goes_on_with_another_subscription(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar
        first, mark = calendar.subscribe_to_pull()
        calendar.unsubscribe(first)
        exchange.sandbox.add_event(ROOM, subject="Choir", start=TEN, end=ELEVEN)

        answer = post(exchange.sandbox, _pull(mark))  # by hand: exchangelib puts the mark into another namespace

        assert f"<m:Watermark>{mark}</m:Watermark>" in answer.text
        assert kinds(next(iter(calendar.get_events(_id_in(answer), mark))))[0] is CreatedEvent

    def test_does_not_begin_at_a_strange_watermark(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, _pull("AAAA"))

        assert "ErrorInvalidWatermark" in answer.text
        assert exchange.sandbox.subscriptions() == 0

    @pytest.mark.parametrize("mark", ["", "AAAA", "not base64"])
    def test_refuses_a_strange_watermark(self, exchange: Exchange, mark: str) -> None:
        subscription, _ = exchange.account().calendar.subscribe_to_pull()

        assert "ErrorInvalidWatermark" in _pulled(exchange, subscription, mark or "=")

    def test_is_not_for_streams(self, exchange: Exchange) -> None:
        subscription = _subscribed(exchange)

        assert "ErrorInvalidPullSubscriptionId" in _pulled(exchange, subscription, "AAAA")


def _subscribe(*mailboxes: str) -> str:
    folders = "".join(
        f"""<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{each}</t:EmailAddress></t:Mailbox>
        </t:DistinguishedFolderId>"""
        for each in mailboxes
    )
    return f"""<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{folders}</t:FolderIds><t:EventTypes>
      <t:EventType>CreatedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"""


def _pull(mark: str) -> str:
    return f"""<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="calendar"><t:Mailbox>
      <t:EmailAddress>{ROOM}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></t:FolderIds><t:EventTypes>
      <t:EventType>CreatedEvent</t:EventType></t:EventTypes><t:Watermark>{mark}</t:Watermark>
      <t:Timeout>30</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>"""


def _subscribed(exchange: Exchange) -> str:
    return _id_in(post(exchange.sandbox, _subscribe(ROOM)))


def _id_in(answer: requests.Response) -> str:
    return answer.text.partition("<m:SubscriptionId>")[2].partition("<")[0]


def _stream(sandbox: ExchangeSandbox, *subscriptions: str, minutes: int = 1) -> requests.Response:
    body = _streaming(*subscriptions, minutes=minutes)
    return requests.post(sandbox.ews_url, data=envelope(body), auth=(SERVICE, PASSWORD), stream=True, timeout=10)


def _streaming(*subscriptions: str, minutes: int = 1) -> str:
    named = "".join(f"<t:SubscriptionId>{each}</t:SubscriptionId>" for each in subscriptions)
    return f"""<m:GetStreamingEvents><m:SubscriptionIds>{named}</m:SubscriptionIds>
      <m:ConnectionTimeout>{minutes}</m:ConnectionTimeout></m:GetStreamingEvents>"""


def _pulled(exchange: Exchange, subscription: str, mark: str) -> str:
    body = f"""<m:GetEvents><m:SubscriptionId>{subscription}</m:SubscriptionId>
      <m:Watermark>{mark}</m:Watermark></m:GetEvents>"""
    return post(exchange.sandbox, body).text
