"""Subscribe: streaming and pull; push would need a server on the other side, and is refused."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, children, find, find_all, is_true, local, m, text
from booking.sandbox.exchange.notices import watermarks
from booking.sandbox.exchange.notices.events import Kind
from booking.sandbox.exchange.notices.subscriptions import STREAMING_MINUTES, Subscription, TooMany, Wish

_STREAMING, _PULL = "StreamingSubscriptionRequest", "PullSubscriptionRequest"


def run(call: Call) -> Element:
    """The new subscription's id; for a pull subscription, where it begins."""

    def subscribe(request: Element) -> Iterator[Element]:
        streaming = local(request) == _STREAMING
        if streaming and not call.personality.knows_streaming:
            raise Fault("ErrorInvalidServerVersion", "This server knows no streaming subscriptions.")
        if not streaming and local(request) != _PULL:
            raise EwsError("ErrorInvalidPushSubscriptionUrl", "This server sends no notifications by itself.")
        made = _made(call, _wish(call, request, streaming=streaming))
        _begin_where_told(call, made, text(request, "t:Watermark"))
        yield m("SubscriptionId", made.id)
        if not streaming:
            yield m("Watermark", watermarks.of(made.heard))

    return call.answer(children(call.body), subscribe)


def _made(call: Call, wish: Wish) -> Subscription:
    try:
        return call.notices.subscribe(wish)
    except TooMany as error:
        raise EwsError(
            "ErrorExceededSubscriptionCount",
            "You have exceeded the available subscriptions for your account. Remove unnecessary subscriptions and try "
            "your request again.",
        ) from error


def _begin_where_told(call: Call, made: Subscription, mark: str) -> None:
    """Have a pull subscription begin at a watermark of an earlier one."""
    if not mark:
        return
    try:
        number = watermarks.number_of(mark)
    except ValueError as error:
        call.notices.end(made.id)
        raise EwsError("ErrorInvalidWatermark", "The watermark is invalid.") from error
    if not call.notices.remembers(number):
        call.notices.end(made.id)
        raise EwsError("ErrorInvalidWatermark", "The watermark is no longer known.")
    made.heard = number


def _wish(call: Call, request: Element, *, streaming: bool) -> Wish:
    folders = [call.caller.folder(each) for each in children(find(request, "t:FolderIds"))]
    everywhere = is_true(request.get("SubscribeToAllFolders", "false"))
    names = {each.text for each in find_all(request, "t:EventTypes/t:EventType")}
    return Wish(
        owner=call.caller.account.email,
        charged=call.caller.address,
        mailbox=call.caller.address if everywhere else _mailbox(folders),
        kinds=frozenset(kind for kind in Kind if kind.value in names),
        folders=None if everywhere else frozenset(each.name for each in folders),
        streaming=streaming,
        minutes=STREAMING_MINUTES if streaming else int(text(request, "t:Timeout")),
    )


def _mailbox(folders: list[Folder]) -> str:
    """The one mailbox that all the folders are in."""
    found = {each.mailbox.address for each in folders}
    if len(found) != 1:
        raise EwsError("ErrorInvalidSubscriptionRequest", "Subscribe to folders of one mailbox in one request.")
    return found.pop()
