"""What people do in Outlook, and who sits in a room: in plain values, without Outlook."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from booking.sandbox.exchange.outlook import answers, people
from booking.sandbox.exchange.outlook.answers import Answer
from booking.sandbox.exchange.outlook.release import AutoRelease
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Person
from booking.sandbox.exchange.state.store import Store

Plain = Any  # a field, with the type that `add_event` gives it
_EDITABLE = {"subject", "body", "location", "busy", "private", "all_day"}


class Acting:
    """What people do in their calendars."""

    _store: Store
    _release: AutoRelease

    def add_event(  # noqa: PLR0913  (the fields of Outlook's form)
        self,
        mailbox: str,
        *,
        subject: str,
        start: datetime,
        end: datetime,
        busy: str = "Busy",
        private: bool = False,
        all_day: bool = False,
        repeat: str | None = None,
        until: date | None = None,
        body: str = "",
        location: str = "",
        zone: str = "Europe/London",
        attendees: Iterable[str] = (),
        folder: str = "",
        by: str = "",
    ) -> str:
        """Write an item into a calendar, or with `folder` into the one of that id; returns its id. `by`: a delegate."""
        wish = people.Wish(
            subject=subject,
            start=start.astimezone(UTC),
            end=end.astimezone(UTC),
            zone=zone,
            body=body,
            location=location,
            busy=busy,
            private=private,
            all_day=all_day,
            repeat=repeat,
            until=until,
            attendees=tuple(address.lower() for address in attendees),
            by=by,
        )
        with self._store.change():
            if folder:
                return people.add_to(self._store, *ids.split_folder(folder), wish).id
            return people.add(self._store, mailbox.lower(), wish).id

    def invite(
        self, organizer: str, *, rooms: Iterable[str], subject: str, start: datetime, end: datetime, **same: Plain
    ) -> str:
        """Invite rooms to a meeting from a person's calendar; returns the id of the organiser's copy.

        `same`: what else `add_event` takes.
        """
        return self.add_event(organizer, subject=subject, start=start, end=end, attendees=rooms, **same)

    def invite_from_outside(self, organizer: str, name: str, room: str, wish: people.Wish) -> str:
        """Invite a room from a mailbox elsewhere; returns the room's answer, in EWS's word."""
        with self._store.change():
            return people.invite_from_outside(self._store, Person(name, organizer.lower()), room.lower(), wish)

    def answer(self, room: str, item_id: str, with_answer: str, text: str = "") -> None:
        """Answer a request that waits in a room's calendar, as a delegate does: "Accept", "Tentative" or "Decline"."""
        with self._store.change():
            item = people.find(self._store, room.lower(), item_id)
            answers.answer(self._store, item, Answer(with_answer), text=text, tell=True)

    def claim(self, room: str, item_id: str) -> None:
        """Check in to a meeting, or to one date of a series, so that its room is not released."""
        with self._store.change():
            self._release.claim(people.find(self._store, room.lower(), item_id).id)

    def move(self, mailbox: str, item_id: str, start: datetime, end: datetime) -> None:
        """Give an item another time; from the organiser's copy, the rooms are asked again."""
        with self._store.change():
            item = people.find(self._store, mailbox.lower(), item_id)
            people.move(self._store, item, start.astimezone(UTC), end.astimezone(UTC))

    def edit(self, mailbox: str, item_id: str, **changes: Plain) -> None:
        """Change subject, body, location, busy, private or all_day."""
        unknown = set(changes) - _EDITABLE
        if unknown:
            raise TypeError(f"cannot edit {', '.join(sorted(unknown))}")
        if "private" in changes:
            changes["sensitivity"] = "Private" if changes.pop("private") else "Normal"
        with self._store.change():
            people.edit(self._store, people.find(self._store, mailbox.lower(), item_id), changes)

    def delete(self, mailbox: str, item_id: str) -> None:
        """Delete an item, a series, or one date of it; from the organiser's copy, the rooms are told."""
        with self._store.change():
            people.delete(self._store, people.find(self._store, mailbox.lower(), item_id))
