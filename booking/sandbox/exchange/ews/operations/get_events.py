"""GetEvents: what a pull subscription has missed since a watermark; at most fifty events at once."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import notifications, subscribed
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, find_all, text
from booking.sandbox.exchange.notices import watermarks

_AT_ONCE = 50


def run(call: Call) -> Element:
    """The events after the watermark, or a StatusEvent if nothing happened."""

    def fetch(element: Element) -> Iterator[Element]:
        subscription = subscribed.named(call, element)
        if subscription.wish.streaming:
            raise EwsError("ErrorInvalidPullSubscriptionId", "This is no pull subscription.")
        number = _number(call, text(call.body, "m:Watermark"))
        news = call.notices.since(subscription, number)
        yield notifications.fetched(
            subscription.id,
            news[:_AT_ONCE],
            names_items=call.personality.names_items_in_events,
            previous=number,
            more=len(news) > _AT_ONCE,
        )

    return call.answer(find_all(call.body, "m:SubscriptionId"), fetch)


def _number(call: Call, mark: str) -> int:
    try:
        number = watermarks.number_of(mark)
    except ValueError as error:
        raise EwsError("ErrorInvalidWatermark", "The watermark is invalid.") from error
    if not call.notices.remembers(number):
        raise EwsError("ErrorMissedNotificationEvents", "Events since that watermark are no longer known.")
    return number
