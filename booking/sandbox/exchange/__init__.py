"""A stand-in Exchange: EWS over HTTP, an Outlook-like page, and knobs to make it fail.

state      what it remembers          calendar   zones, series, what stands when
outlook    what people do, and the booking attendant of rooms
ews        the SOAP interface         pages      the Outlook-like page      control   JSON for tests
"""

from booking.sandbox.exchange.faults import Fault
from booking.sandbox.exchange.request_log import LoggedRequest
from booking.sandbox.exchange.sandbox import ExchangeSandbox
from booking.sandbox.exchange.seen import SeenItem

__all__ = ["ExchangeSandbox", "Fault", "LoggedRequest", "SeenItem"]
