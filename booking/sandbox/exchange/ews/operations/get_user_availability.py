"""GetUserAvailability: free and busy times of many mailboxes; one bad mailbox spoils no other.

Sources: learn.microsoft.com, EWS reference; EXCHANGE-FACTS.md section 1.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking.sandbox.exchange.calendar import view
from booking.sandbox.exchange.ews import availability_zone, shown, working_hours
from booking.sandbox.exchange.ews.availability_zone import RequestZone
from booking.sandbox.exchange.ews.call import Call, failure
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, boolean, find, find_all, m, read_moment, t, text
from booking.sandbox.exchange.state.model import Item, ItemKind, Mailbox

#: WorkingElsewhere has no digit of its own; Exchange's documents leave open which it gets.
_DIGITS = {"Free": "0", "Tentative": "1", "Busy": "2", "OOF": "3", "WorkingElsewhere": "4", "NoData": "4"}
_UNKNOWN = "ErrorMailRecipientNotFound"
#: What Exchange answers for an address in a domain that it would have to ask another server about.
_NOT_OURS = "ErrorProxyRequestProcessingFailed"
_VIEWS = {"MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"}
_SHORTEST_SLOT, _LONGEST_SLOT = timedelta(minutes=5), timedelta(minutes=1440)
_POORER = {"Detailed": "FreeBusy", "DetailedMerged": "FreeBusyMerged"}


@dataclass(frozen=True, slots=True)
class _Wish:
    zone: RequestZone
    start: datetime
    end: datetime
    slot: timedelta
    view: str


def run(call: Call) -> Element:
    """One response for each mailbox asked for, in order."""
    asked = find_all(call.body, "m:MailboxDataArray/t:MailboxData")
    if len(asked) > call.limits.free_busy_mailboxes:
        raise Fault("ErrorMailboxDataArrayTooBig", f"The mailbox data array is too big: {len(asked)}.")
    wish = _wish(call)
    responses = (_response(call, text(each, "t:Email/t:Address").lower(), wish) for each in asked)
    return m("GetUserAvailabilityResponse", m("FreeBusyResponseArray", *responses))


def _wish(call: Call) -> _Wish:
    options = find(call.body, "t:FreeBusyViewOptions")
    if options is None:
        raise Fault("ErrorInvalidFreeBusyViewType", "The request asks for no free/busy view.")
    zone = availability_zone.read(find(call.body, "t:TimeZone"))
    wish = _Wish(
        zone=zone,
        start=_moment(text(options, "t:TimeWindow/t:StartTime"), zone),
        end=_moment(text(options, "t:TimeWindow/t:EndTime"), zone),
        slot=timedelta(minutes=int(text(options, "t:MergedFreeBusyIntervalInMinutes", "30"))),
        view=text(options, "t:RequestedView", "FreeBusy"),
    )
    if wish.view not in _VIEWS:
        raise Fault("ErrorInvalidFreeBusyViewType", f"There is no such free/busy view: {wish.view}.")
    if not _SHORTEST_SLOT <= wish.slot <= _LONGEST_SLOT:
        raise Fault("ErrorInvalidMergedFreeBusyInterval", "The interval is 5 to 1440 minutes.")
    return wish


def _moment(value: str, zone: RequestZone) -> datetime:
    try:
        found = read_moment(value)
    except ValueError as error:
        raise Fault("ErrorSchemaValidation", "The request failed schema validation.") from error
    return zone.utc(found) if found.tzinfo is None else found


def _response(call: Call, address: str, wish: _Wish) -> Element:
    try:
        call.refuse_if_told(address)
        content = _view(call, address, wish)
    except Fault:
        raise
    except EwsError as error:
        if error.code in {_UNKNOWN, _NOT_OURS} and not call.personality.keeps_bad_mailboxes_apart:
            raise Fault(error.code, error.message) from error
        call.codes.append(error.code)
        return m("FreeBusyResponse", m("ResponseMessage", *failure(error), ResponseClass="Error"))
    call.codes.append("NoError")
    return m("FreeBusyResponse", m("ResponseMessage", m("ResponseCode", "NoError"), ResponseClass="Success"), content)


def _view(call: Call, address: str, wish: _Wish) -> Element:
    mailbox = call.store.mailboxes.get(address)
    if mailbox is None:
        raise _unknown(call, address)
    if wish.end <= wish.start:
        raise EwsError("ErrorInvalidTimeInterval", "The end of the time window is not after its start.")
    if wish.end - wish.start > call.limits.free_busy_window:
        most = call.limits.free_busy_window.days
        raise EwsError("ErrorTimeIntervalTooBig", f"The requested time duration is too long: at most {most} days.")
    found = view.overlapping(call.store.items_of(address), wish.start, wish.end)
    items = [replace(item, busy=shown.busy(call, item)) for item in found]
    if len(items) > call.limits.free_busy_entries:
        raise EwsError("ErrorResultSetTooBig", "The result set contains too many calendar entries.")
    kind = _granted(call, mailbox, wish.view)
    merged = t("MergedFreeBusy", _merged(items, wish)) if "Merged" in kind else None
    events = t("CalendarEventArray", *(_event(item, wish, kind) for item in items)) if kind != "MergedOnly" else None
    hours = None if events is None else working_hours.of(mailbox, wish.start.year)
    return m("FreeBusyView", t("FreeBusyViewType", kind), merged, events, hours)


def _unknown(call: Call, address: str) -> EwsError:
    """How the server says that it knows no such mailbox; an address elsewhere sends it to look there in vain.

    Source: github.com/ecederstrand/exchangelib/issues/1060.
    """
    domains = {known.partition("@")[2] for known in call.store.mailboxes}
    if address.partition("@")[2] in domains:
        return EwsError(_UNKNOWN, f"Unable to resolve e-mail address {address} to a mailbox.")
    return EwsError(
        _NOT_OURS,
        "Proxy web request failed. , inner exception: System.Net.WebException: The remote server returned an error: "
        "(404) Not Found.",
    )


def _granted(call: Call, mailbox: Mailbox, asked: str) -> str:
    """The view asked for, or the poorer one that the caller's rights leave."""
    return asked if call.caller.rights(mailbox).read else _POORER.get(asked, asked)


def _event(item: Item, wish: _Wish, kind: str) -> Element:
    details = _details(item) if kind.startswith("Detailed") else None
    return t(
        "CalendarEvent",
        t("StartTime", wish.zone.wall(item.start).isoformat()),
        t("EndTime", wish.zone.wall(item.end).isoformat()),
        t("BusyType", item.busy),
        details,
    )


def _details(item: Item) -> Element:
    """More about an event; a private one says only that it is."""
    shown = not item.private
    return t(
        "CalendarEventDetails",
        t("ID", item.id) if shown else None,
        t("Subject", item.subject) if shown else None,
        t("Location", item.location) if shown else None,
        t("IsMeeting", boolean(item.is_meeting)),
        t("IsRecurring", boolean(item.kind is ItemKind.OCCURRENCE)),
        t("IsException", boolean(item.kind is ItemKind.EXCEPTION)),
        t("IsReminderSet", boolean(item.reminder)),
        t("IsPrivate", boolean(item.private)),
    )


def _merged(items: list[Item], wish: _Wish) -> str:
    return "".join(_digit(items, start, start + wish.slot) for start in _slots(wish))


def _slots(wish: _Wish) -> Iterator[datetime]:
    start = wish.start
    while start < wish.end:
        yield start
        start += wish.slot


def _digit(items: list[Item], start: datetime, end: datetime) -> str:
    return max((_DIGITS[item.busy] for item in items if item.start < end and item.end > start), default="0")
