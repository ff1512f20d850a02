"""Requests to the Outlook-like page, answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import unquote

from booking.sandbox.exchange.calendar import zones
from booking.sandbox.exchange.outlook import edits, people
from booking.sandbox.exchange.pages import forms, rendering, weeks
from booking.sandbox.exchange.pages.forms import EventForm
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item, Mailbox, MailboxKind
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest, as_text, see_other

STYLE_PATH = "/sandbox.css"
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to one mailbox: what it asks, and in which zone times are to be shown."""

    http: HttpRequest
    mailbox: Mailbox
    zone: str
    #: The zone if it was chosen by hand, to be carried along from page to page.
    chosen_zone: str
    note: str

    @property
    def item_id(self) -> str:
        return self.http.query.get("id", "")


@dataclass(frozen=True, slots=True)
class Site:
    """The pages over a store."""

    store: Store

    def answer(self, http: HttpRequest) -> HttpAnswer:
        if http.path == STYLE_PATH:
            return rendering.style()
        with self.store.change():
            if http.path == "/" and http.method in {"GET", "HEAD"}:
                return self._mailboxes()
            return self._in_mailbox(http)

    def _mailboxes(self) -> HttpAnswer:
        known = sorted(self.store.mailboxes.values(), key=lambda mailbox: mailbox.name.lower())
        return rendering.page(
            "mailboxes.html",
            rooms=[each for each in known if each.kind is MailboxKind.ROOM],
            people=[each for each in known if each.kind is MailboxKind.USER],
        )

    def _in_mailbox(self, http: HttpRequest) -> HttpAnswer:
        views: dict[tuple[str, str], Callable[[Visit], HttpAnswer]] = {
            ("GET", ""): self._week,
            ("GET", "new"): self._new,
            ("POST", "new"): self._add,
            ("GET", "item"): self._item,
            ("GET", "edit"): self._edit,
            ("POST", "edit"): self._change,
            ("POST", "delete"): self._delete,
        }
        _, first, address, view, *_ = (*http.path.split("/"), "", "", "")
        mailbox = self.store.mailboxes.get(unquote(address).lower())
        if first != "mailbox" or mailbox is None:
            return _missing("There is no such page here.")
        action = views.get((http.method, view))
        if action is None:
            return as_text("This page cannot do that.", 405)
        try:
            return action(_visit(http, mailbox))
        except people.NotThere:
            return _missing("This entry is no longer there: it was deleted, or its date moved.")

    # Looking

    def _week(self, visit: Visit) -> HttpAnswer:
        today = zones.wall(self.store.now(), visit.zone).date()
        wished, note = _date(visit.http.query.get("week", ""), today)
        first = weeks.monday(wished)
        return rendering.page(
            "week.html",
            mailbox=visit.mailbox,
            zone=visit.zone,
            chosen_zone=visit.chosen_zone,
            zones=self._zones(visit),
            note=visit.note or note,
            days=weeks.days(self.store, visit.mailbox, first, visit.zone),
            first=first,
            last=first + _WEEK - timedelta(days=1),
            before=(first - _WEEK).isoformat(),
            after=(first + _WEEK).isoformat(),
            new_day=(today if first <= today < first + _WEEK else first).isoformat(),
        )

    def _item(self, visit: Visit) -> HttpAnswer:
        item = people.find(self.store, visit.mailbox.address, visit.item_id)
        return rendering.page(
            "item.html",
            mailbox=visit.mailbox,
            zone=visit.zone,
            chosen_zone=visit.chosen_zone,
            item=item,
            when=weeks.span(item, visit.zone),
            repetition=weeks.repetition(item),
            busy=weeks.BUSY_WORDS[item.busy],
            reminder=weeks.reminder(item),
            responses=weeks.RESPONSE_WORDS,
            in_series=weeks.is_in_series(item),
            own=item.is_organized_by(visit.mailbox.address),
            change_key=ids.change_key(item.change),
            week=zones.wall(item.start, visit.zone).date().isoformat(),
        )

    # Changing

    def _new(self, visit: Visit) -> HttpAnswer:
        today = zones.wall(self.store.now(), visit.zone).date()
        day, _ = _date(visit.http.query.get("day", ""), today)
        return self._form(visit, forms.blank(day), None)

    def _add(self, visit: Visit) -> HttpAnswer:
        form = self._read(visit)
        wish = form.wish(visit.zone)
        if wish is None:
            return self._form(visit, form, None, status=422)
        added = people.add(self.store, visit.mailbox.address, wish)
        return _see_item(visit, added.id)

    def _edit(self, visit: Visit) -> HttpAnswer:
        item = people.find(self.store, visit.mailbox.address, visit.item_id)
        return self._form(visit, forms.of(item, visit.zone), item)

    def _change(self, visit: Visit) -> HttpAnswer:
        item = people.find(self.store, visit.mailbox.address, visit.item_id)
        form = self._read(visit)
        wish = form.wish(item.zone if form.values["all_day"] else visit.zone)  # a day is a day of the item's own zone
        if wish is not None:
            try:
                return _see_item(visit, people.rewrite(self.store, item, wish).id)
            except edits.CrossesNeighbour:
                form.errors["start_date"] = "This date would pass the one before or after it in the series."
        return self._form(visit, form, item, status=422)

    def _delete(self, visit: Visit) -> HttpAnswer:
        item = people.find(self.store, visit.mailbox.address, visit.item_id)
        week = zones.wall(item.start, visit.zone).date().isoformat()
        people.delete(self.store, item)
        return see_other(rendering.address_of(visit.mailbox.address, week=week, zone=visit.chosen_zone))

    def _read(self, visit: Visit) -> EventForm:
        form = forms.read(visit.http.body)
        form.rooms = [room for room in form.rooms if room in self.store.mailboxes]
        return form

    def _form(self, visit: Visit, form: EventForm, item: Item | None, *, status: int = 200) -> HttpAnswer:
        known = sorted(self.store.mailboxes.values(), key=lambda mailbox: mailbox.name.lower())
        is_person = visit.mailbox.kind is MailboxKind.USER
        own = item is None or (item.original is None and item.is_organized_by(visit.mailbox.address))
        return rendering.page(
            "form.html",
            status=status,
            mailbox=visit.mailbox,
            zone=visit.zone,
            chosen_zone=visit.chosen_zone,
            form=form,
            item=item,
            busy_words=weeks.BUSY_WORDS,
            repeats=item is None or item.original is None,
            rooms=[each for each in known if each.kind is MailboxKind.ROOM] if is_person and own else [],
        )

    def _zones(self, visit: Visit) -> list[str]:
        """The zones to choose from: those of the mailboxes, UTC, and the one shown now."""
        return sorted({each.zone for each in self.store.mailboxes.values()} | {"Etc/UTC", visit.zone})


def _visit(http: HttpRequest, mailbox: Mailbox) -> Visit:
    asked = http.query.get("zone", "")
    zone = zones.iana(asked) if asked else None
    note = "" if zone or not asked else f"There is no time zone {asked}; times are shown in {mailbox.zone}."
    return Visit(http, mailbox, zone or mailbox.zone, zone or "", note)


def _date(text: str, otherwise: date) -> tuple[date, str]:
    """The date, or another one with a note about it."""
    if not text:
        return otherwise, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return otherwise, f"{text} is not a date; this is the present week."


def _see_item(visit: Visit, item_id: str) -> HttpAnswer:
    return see_other(rendering.address_of(visit.mailbox.address, "item", id=item_id, zone=visit.chosen_zone))


def _missing(sentence: str) -> HttpAnswer:
    return rendering.page("missing.html", status=404, sentence=sentence)
