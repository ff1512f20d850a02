import threading
from datetime import timedelta

import pytest
from exchangelib import Account
from exchangelib.errors import ErrorInvalidSubscription, ErrorSubscriptionNotFound
from exchangelib.properties import Notification

from tests.interop.world import OTHER_ROOM, ROOM, World, utc
from tests.support import waiting

pytestmark = pytest.mark.interop

EVERY_EVENT = ("CreatedEvent", "ModifiedEvent", "DeletedEvent", "MovedEvent", "FreeBusyChangedEvent")


def kinds(notifications: list[Notification]) -> set[str]:
    return {event.ELEMENT_NAME for notification in notifications for event in notification.events}


def act(world: World) -> None:
    """What a person does in Outlook: add, move, delete."""
    item = world.sandbox.add_event(ROOM, subject="Choir", start=utc(27, 10), end=utc(27, 11))
    world.sandbox.move(ROOM, item, utc(27, 12), utc(27, 13))
    world.sandbox.delete(ROOM, item)
    world.clock.move(timedelta(seconds=30))


class TestPulling:
    def test_brings_what_happened(self, world: World) -> None:
        account = world.account()
        subscription, watermark = account.calendar.subscribe_to_pull(event_types=EVERY_EVENT, timeout=10)

        act(world)
        found = list(account.calendar.get_events(subscription, watermark))
        account.calendar.unsubscribe(subscription)

        assert {"CreatedEvent", "ModifiedEvent"} <= kinds(found)
        with pytest.raises(ErrorSubscriptionNotFound):
            list(account.calendar.get_events(subscription, watermark))


class TestStreaming:
    def read(self, account: Account, subscription: str, found: list[Notification]) -> None:
        """Read until everything that `act` does was told, at most a minute."""
        for notification in account.calendar.get_streaming_events(subscription, connection_timeout=1):
            found.append(notification)
            if {"CreatedEvent", "ModifiedEvent"} <= kinds(found) and kinds(found) & {"DeletedEvent", "MovedEvent"}:
                return

    def test_brings_what_happens_while_it_happens(self, world: World) -> None:
        account = world.account()
        subscription = account.calendar.subscribe_to_streaming(event_types=EVERY_EVENT)
        found: list[Notification] = []
        reader = threading.Thread(target=self.read, args=(account, subscription, found), daemon=True)

        reader.start()
        waiting.until(world.sandbox.hanging, what="the stream to hang")
        act(world)
        reader.join(timeout=50)

        assert not reader.is_alive()
        assert {"CreatedEvent", "ModifiedEvent"} <= kinds(found)

    def test_says_which_subscription_it_does_not_know(self, world: World) -> None:
        account = world.account()
        subscription = account.calendar.subscribe_to_streaming(event_types=EVERY_EVENT)
        account.calendar.unsubscribe(subscription)

        with pytest.raises(ErrorSubscriptionNotFound):
            list(account.calendar.get_streaming_events(subscription, connection_timeout=1))
        with pytest.raises(ErrorInvalidSubscription):
            list(account.calendar.get_streaming_events("bm90IG91cnM=", connection_timeout=1))

    def test_is_ended_by_unsubscribing(self, world: World) -> None:
        account = world.account(OTHER_ROOM)
        subscription = account.calendar.subscribe_to_streaming(event_types=EVERY_EVENT)

        account.calendar.unsubscribe(subscription)

        assert world.sandbox.subscriptions() == 0
