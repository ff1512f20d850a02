"""Unsubscribe: a subscription ends; so does the part of a stream that it fed."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import subscribed
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.xml import Element


def run(call: Call) -> Element:
    """A success; a subscription that is not there is an error."""

    def end(element: Element) -> Iterator[Element]:
        call.notices.end(subscribed.named(call, element).id)
        yield from ()

    return call.answer(list(call.body), end)
