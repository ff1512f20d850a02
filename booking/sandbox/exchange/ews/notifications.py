"""Notifications and their events, as EWS writes them."""

from collections.abc import Iterable

from booking.sandbox.exchange.ews.xml import Element, boolean, m, moment, t
from booking.sandbox.exchange.notices import watermarks
from booking.sandbox.exchange.notices.events import Event, Place
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item

Told = Iterable[tuple[int, Event]]


def fetched(subscription_id: str, told: Told, *, names_items: bool, previous: int, more: bool) -> Element:
    """What GetEvents brings after the event numbered `previous`; with nothing to tell, a sign of life."""
    events = [_event(event, number) for number, event in _as_named(told, names_items=names_items)]
    return m(
        "Notification",
        t("SubscriptionId", subscription_id),
        t("PreviousWatermark", watermarks.of(previous)),
        t("MoreEvents", boolean(more)),
        *(events or [t("StatusEvent", t("Watermark", watermarks.of(previous)))]),
    )


def streamed(subscription_id: str, told: Told, *, names_items: bool) -> Element:
    """What a stream tells of one subscription; with nothing to tell, a sign of life.

    In the namespace that the schema gives it; servers in the field put it into the messages namespace.
    Source: types.xsd, NonEmptyArrayOfNotificationsType, against the examples of learn.microsoft.com, "Stream
    notifications about mailbox events by using EWS in Exchange".
    """
    events = [_event(event, None) for _, event in _as_named(told, names_items=names_items)]
    return t("Notification", t("SubscriptionId", subscription_id), *(events or [t("StatusEvent")]))


def _as_named(told: Told, *, names_items: bool) -> list[tuple[int, Event]]:
    return _without_repeats([(number, event if names_items else event.without_item) for number, event in told])


def _without_repeats(told: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """What is said of a folder is said once for all that happened in one moment."""
    last = {(event.kind, event.place): number for number, event in told if event.item is None}
    return [
        (number, event) for number, event in told if event.item is not None or last[event.kind, event.place] == number
    ]


def _event(event: Event, number: int | None) -> Element:
    return t(
        event.kind.value,
        None if number is None else t("Watermark", watermarks.of(number)),
        t("TimeStamp", moment(event.at)),
        _folder_id("FolderId", event.place) if event.item is None else _item_id("ItemId", event.item),
        _folder_id("ParentFolderId", event.place, above=event.item is None),
        *_old(event),
    )


def _old(event: Event) -> list[Element]:
    if event.old is None:
        return []
    return [
        _item_id("OldItemId", event.old),
        _folder_id("OldParentFolderId", Place(event.old.mailbox, event.old.folder)),
    ]


def _item_id(name: str, item: Item) -> Element:
    return t(name, Id=item.id, ChangeKey=ids.change_key(item.change))


def _folder_id(name: str, place: Place, *, above: bool = False) -> Element:
    key = "msgfolderroot" if above else place.folder
    return t(name, Id=ids.folder(place.mailbox, key), ChangeKey=ids.change_key(0))
