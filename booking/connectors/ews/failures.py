"""What exchangelib and requests raise, as faults of the wire."""

import re
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import urllib3
from exchangelib import errors

from booking.connectors.ews import offers, services
from booking.connectors.ews.faults import Fault, Wire
from booking.connectors.ews.ntlm import NoChallenge
from booking.connectors.ews.proxy import ProxyRefused
from booking.connectors.ews.transport import Door
from booking.connectors.hosts import HostRefused, HostUnknown

#: Where ssl says why it does not trust a certificate.
NOT_TRUSTED = re.compile(r"certificate verify failed: (.+?)\s*\(_ssl")
BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, errors.ErrorTimeoutExpired)


def understood(error: Exception, door: Door, *, answered: bool) -> Fault | None:
    """Return what happened; None means a bug of ours.

    Args:
        error: as it came out of exchangelib.
        door: knows whether we connected, and whether we hung up.
        answered: a whole answer had come in; what failed was reading it.
    """
    if isinstance(error, services.HttpAnswer):
        return _status(error)
    if isinstance(error, services.AsItIs):
        return refused(error.refusal)
    if answered:
        return refused(error) if isinstance(error, errors.ResponseMessageError) else Fault(Wire.UNREADABLE)
    if isinstance(error, services.CutOff):
        return Fault(Wire.UNREADABLE)
    if isinstance(error, NoChallenge):
        return Fault(Wire.NO_CHALLENGE)
    if isinstance(error, BROKEN) or type(error) is errors.TransportError:  # the latter is how it reports TLS
        return broken(error, door)
    if isinstance(error, ValueError):  # exchangelib refuses to send it; its words would quote the values
        return Fault(Wire.UNREADABLE if door.sent else "ErrorInvalidArgument")
    return None


def refused(error: Exception) -> Fault:
    """Return EWS's own answer: its code is the name of exchangelib's class."""
    seconds = getattr(error, "back_off", None)
    wait = timedelta(seconds=seconds) if seconds else None
    return Fault(type(error).__name__, str(error), wait=wait)


def of_one(error: Exception) -> Fault:
    """Return what was wrong with one answer out of several: the server's own words, or that it cannot be read."""
    return refused(error) if isinstance(error, errors.EWSError) else Fault(Wire.UNREADABLE)


def _status(error: services.HttpAnswer) -> Fault:
    if error.location:
        where = _host(error.location) or "another page"
        return Fault(Wire.REDIRECTED, f"It answers with a redirection to {where}; enter the right server instead.")
    wait = timedelta(seconds=error.retry_after) if error.retry_after is not None else None
    ways = offers.ways(error.offers) if error.status == HTTPStatus.UNAUTHORIZED else None
    return Fault(Wire.HTTP, status=error.status, wait=wait, ways=ways)


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:  # no address at all
        return ""


def broken(error: Exception, door: Door) -> Fault:
    """Tell a connection that never was from one that broke."""
    if isinstance(door.failure, HostRefused):
        return Fault(Wire.HOST_REFUSED, str(door.failure))
    if isinstance(door.failure, HostUnknown):
        return Fault(Wire.NOT_CONNECTED, str(door.failure))
    if door.connecting:
        trust = NOT_TRUSTED.search(str(error))
        return Fault(Wire.NOT_TRUSTED, f"{trust[1].capitalize()}.") if trust else _unreached(door)
    return Fault(Wire.OVERDUE if door.overdue else Wire.NO_ANSWER)


def _unreached(door: Door) -> Fault:
    if isinstance(door.failure, ProxyRefused):
        return Fault(Wire.NOT_CONNECTED, str(door.failure))
    if door.overdue or isinstance(door.failure, TimeoutError):
        return Fault(Wire.NOT_CONNECTED, "It did not answer in time.")
    if door.failure is None:
        return Fault(Wire.NOT_CONNECTED, "It answers, but not with TLS.")
    return Fault(Wire.NOT_CONNECTED, (getattr(door.failure, "strerror", None) or "No way there") + ".")
