"""GetUserConfiguration: settings that clients keep in folders. Nobody keeps any here.

Source: learn.microsoft.com, EWS reference, GetUserConfiguration.
"""

from collections.abc import Iterator

from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find


def run(call: Call) -> Element:
    """What Exchange answers for a setting that was never written; or why the folder cannot be looked into."""

    def read(_part: Element) -> Iterator[Element]:
        named = next(children(find(call.body, "m:UserConfigurationName")), None)
        if named is not None:
            call.caller.folder(named)
        raise EwsError("ErrorItemNotFound")

    return call.answer([call.body], read)
