"""GetStreamingEvents: an answer that hangs; each message in it is an envelope of its own."""

from collections.abc import Generator, Iterable

from booking.sandbox.exchange.ews import notifications, subscribed
from booking.sandbox.exchange.ews.call import Call, failure
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, children, find, m, t, text
from booking.sandbox.exchange.notices.streams import Said, Stream
from booking.sandbox.exchange.notices.subscriptions import Subscription, TooMany

_MINUTES = range(1, 31)


def run(call: Call) -> Element:
    """The first message of the stream; or, if one of the subscriptions is not there, an error and no stream."""
    named = list(children(find(call.body, "m:SubscriptionIds")))
    minutes = int(text(call.body, "m:ConnectionTimeout"))
    most = call.limits.subscriptions_in_one_stream
    if minutes not in _MINUTES:
        raise ValueError("ConnectionTimeout must be from 1 to 30.")
    if len(named) > most:
        raise Fault("ErrorInvalidArgument", f"At most {most} subscriptions in one call.")
    found = _found(call, named)
    if isinstance(found, Element):
        return found
    spoken = _spoken(call, found, minutes)
    try:
        first = next(spoken)
    except TooMany as error:
        raise Fault(
            "ErrorExceededConnectionCount",
            "You have exceeded the available concurrent connections for your account. Try again once your other "
            "requests have completed.",
        ) from error
    call.following = spoken
    call.codes.append("NoError")
    return first


def _found(call: Call, named: list[Element]) -> list[Subscription] | Element:
    """The subscriptions, or the message that one of them is not there."""
    found: list[Subscription] = []
    lost: list[str] = []
    refused: EwsError | None = None
    for each in named:
        try:
            subscription = subscribed.named(call, each)
            call.refuse_if_told(subscription.wish.mailbox)
            found.append(subscription)
        except Fault:
            raise
        except EwsError as error:
            lost.append((each.text or "").strip())
            refused = error
    if refused is None:
        return found
    call.codes.append(refused.code)
    return _failed(refused, lost)


def _spoken(call: Call, subscriptions: list[Subscription], minutes: int) -> Generator[Element, None, None]:
    stream = Stream(call.notices, subscriptions, minutes, call.connection.gone)
    with call.notices.hanging(call.caller.address, call.limits.hanging):
        for said in stream.speak():
            yield _message(said, names_items=call.personality.names_items_in_events)


def _message(said: Said, *, names_items: bool) -> Element:
    if said.lost:
        return _failed(EwsError("ErrorSubscriptionNotFound", subscribed.LOST), said.lost)
    told = [notifications.streamed(each.id, news, names_items=names_items) for each, news in said.told]
    told += [notifications.streamed(each.id, (), names_items=names_items) for each in said.signs_of_life]
    return _answer(
        m("ResponseCode", "NoError"),
        m("Notifications", *told) if told else None,
        None if told else m("ConnectionStatus", "Closed" if said.closed else "OK"),
        response_class="Success",
    )


def _failed(error: EwsError, lost: Iterable[str]) -> Element:
    ids = [t("SubscriptionId", each) for each in lost]
    return _answer(
        *failure(error),
        m("ErrorSubscriptionIds", *ids) if ids else None,
        m("ConnectionStatus", "Closed"),
        response_class="Error",
    )


def _answer(*content: Element | None, response_class: str) -> Element:
    message = m("GetStreamingEventsResponseMessage", *content, ResponseClass=response_class)
    return m("GetStreamingEventsResponse", m("ResponseMessages", message))
