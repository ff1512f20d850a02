"""A stand-in Exchange: EWS and autodiscover over HTTP, an Outlook-like page, and knobs to make it fail.

state          what it remembers        calendar   zones, series, what stands when
outlook        what people do, the booking attendant of rooms, and who loses a room that nobody claims
ews            the SOAP interface       notices    who hears of changes       autodiscover   where everything is
pages          the Outlook-like page    control    JSON for tests
personalities  which Exchange it is     faults     how it misbehaves          throttle       how much is too much
"""

from booking.sandbox.exchange.faults import Fault
from booking.sandbox.exchange.request_log import LoggedRequest
from booking.sandbox.exchange.sandbox import ExchangeSandbox
from booking.sandbox.exchange.seen import SeenItem
from booking.sandbox.exchange.throttle import Throttling

__all__ = ["ExchangeSandbox", "Fault", "LoggedRequest", "SeenItem", "Throttling"]
