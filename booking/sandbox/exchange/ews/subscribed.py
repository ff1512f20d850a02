"""Subscriptions named in a request."""

from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element
from booking.sandbox.exchange.notices import subscriptions
from booking.sandbox.exchange.notices.subscriptions import Subscription

LOST = "The specified subscription was not found."


def named(call: Call, element: Element) -> Subscription:
    """The subscription that an m:SubscriptionId or t:SubscriptionId names.

    Raises:
        EwsError: it is no id, there is none (any more), or it is another account's.
    """
    said = (element.text or "").strip()
    found = call.notices.find(said)
    if found is None and not subscriptions.was_ours(said):
        raise EwsError("ErrorInvalidSubscription", "Subscription is invalid.")
    if found is None:
        raise EwsError("ErrorSubscriptionNotFound", LOST)
    if found.wish.owner != call.caller.account.email:
        raise EwsError("ErrorSubscriptionAccessDenied", "The subscription belongs to another account.")
    return found
