"""The port on the server in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from booking.connectors import digests
from booking.connectors.memory.entries import Entry, occurrences, one, shown, whole
from booking.connectors.memory.faults import FailAfter, FailBefore, FailLate, Show, Wait
from booking.connectors.memory.hints import Watch
from booking.connectors.memory.server import Declined, Mailbox, folder_address, server
from booking.connectors.places import FolderKind, RemoteFolder, RemoteMailbox, RemoteRoom
from booking.connectors.port import (
    BusyBlock,
    CheckStep,
    Concerned,
    ConnectionSettings,
    ConnectorError,
    Definite,
    Deletion,
    EventDraft,
    EventField,
    FreeBusy,
    Hint,
    HintKind,
    Kind,
    Limits,
    RemoteEvent,
    RemoteRef,
    Rights,
    Snapshot,
    Stamp,
    StepResult,
)
from booking.domain.intervals import Interval

Answer = TypeVar("Answer")

#: The id of every mailbox's own calendar.
OWN = "calendar"


class MemoryConnector:
    """Asks the server in memory named by the settings; its behaviour is what the port means."""

    limits = Limits(watched_mailboxes=200)

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._server = server(settings.server)
        self._watch: Watch | None = None

    def close(self) -> None:
        """End the watch, if there is one; nothing else is held."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def check(self, mailbox: str | None = None, *, folder: str = "") -> tuple[CheckStep, ...]:
        """Sign in, and look at the rights in the mailbox or the folder; never raises."""
        steps = [CheckStep("resolve", "The server's name resolves", StepResult.OK)]
        try:
            self._called("check", mailbox or "", lambda: None)
        except ConnectorError as error:
            return (*steps, CheckStep("sign_in", "The account signs in", StepResult.FAILED, str(error)))
        steps.append(CheckStep("sign_in", "The account signs in", StepResult.OK))
        return (*steps, *(self._check_place(mailbox or "", folder) if mailbox or folder else ()))

    def _check_place(self, mailbox: str, folder: str) -> tuple[CheckStep, ...]:
        if mailbox and not self._server.knows(mailbox):
            words = f"The server knows no mailbox {mailbox}."
            return (CheckStep("mailbox", "The mailbox exists", StepResult.FAILED, words),)
        found = CheckStep("mailbox", "The mailbox exists", StepResult.OK)
        if not folder:
            return (found, *_rights_steps(self._rights(mailbox)))
        chosen = next((each for each in self.folders(mailbox) if each.is_called(folder)), None)
        if chosen is None:
            words = f"There is no calendar folder {folder}."
            return (found, CheckStep("folder", "The folder is found", StepResult.FAILED, words))
        there = CheckStep("folder", "The folder is found", StepResult.OK, "/".join(chosen.path))
        return (found, there, *_rights_steps(self.folder_rights(chosen.id, mailbox=mailbox)))

    def rooms(self) -> Iterator[RemoteRoom]:
        """Yield the rooms that stand in a building."""

        def look() -> list[RemoteRoom]:
            boxes = self._server.mailboxes()
            return [RemoteRoom(box.address, box.name, box.building) for box in boxes if box.building]

        yield from self._called("rooms", "", look)

    def resolve(self, address: str) -> RemoteMailbox | None:
        """Return the mailbox with that address, or None."""

        def find() -> RemoteMailbox | None:
            if not self._server.knows(address.strip()):
                return None
            found = self._server.mailbox(address.strip())
            return RemoteMailbox(found.address, found.name, found.kind)

        return self._called("resolve", address, find)

    def folders(self, mailbox: str) -> Iterator[RemoteFolder]:
        """Yield a mailbox's calendars, or the public ones."""

        def look() -> list[RemoteFolder]:
            if not mailbox:
                return [_folder(path, public=True) for path in self._server.public_folders]
            own = RemoteFolder(OWN, ("Calendar",), FolderKind.CALENDAR, is_default=True)
            return [own, *(_folder(path, public=False) for path in self._readable(mailbox).folders)]

        yield from self._called("folders", mailbox, look)

    def folder_window(self, folder_id: str, window: Interval, *, mailbox: str) -> Snapshot:
        """Read everything that touches `window` in one folder, series expanded."""
        return self._called("folder_window", mailbox, lambda: self._seen(self._folder(mailbox, folder_id), window))

    def folder_rights(self, folder_id: str, *, mailbox: str) -> Rights:
        """Tell what the account may do in one folder."""

        def look() -> Rights:
            try:
                return self._rights(self._folder(mailbox, folder_id).address)
            except Definite as refusal:
                return Rights(read=False, write=False, missing=str(refusal))

        return self._called("folder_rights", mailbox, look)

    def concerned(self, mailbox: str, ref: RemoteRef) -> Concerned | None:
        """Return whom and which place an entry is about, or None."""

        def look() -> Concerned | None:
            entry = self._entry(mailbox, ref)
            return Concerned(frozenset(each.lower() for each in entry.guests), entry.location) if entry else None

        return self._called("concerned", mailbox, look)

    def _folder(self, mailbox: str, folder_id: str) -> Mailbox:
        box = self._readable(mailbox) if mailbox else None
        if box and folder_id == OWN:
            return box
        address = folder_address(mailbox, folder_id)
        rights = self._rights(address)
        if not rights.read:
            raise Definite(Kind.FORBIDDEN, rights.missing)
        try:
            return self._server.mailbox(address)
        except KeyError:
            raise Definite(Kind.FORBIDDEN, "The server shows no such folder.") from None

    def _entry(self, mailbox: str, ref: RemoteRef) -> Entry | None:
        """Return an entry of a mailbox, in whichever of its calendars."""
        own = [self._readable(mailbox)] if mailbox else []
        name = ref.id.partition("/")[0]
        return next(
            (box.entries[name] for box in (*own, *self._server.calendars(mailbox)) if name in box.entries), None
        )

    def probe(self, mailbox: str) -> Rights:
        """Tell what the account may do there."""

        def look() -> Rights:
            self._require_mailbox(mailbox)
            return self._rights(mailbox)

        return self._called("probe", mailbox, look)

    def free_busy(self, mailboxes: Sequence[str], window: Interval) -> Mapping[str, FreeBusy | ConnectorError]:
        """Read many rooms' busy times; a bad mailbox has its error in its place."""

        def read(mailbox: str) -> FreeBusy | ConnectorError:
            try:
                box = self._readable(mailbox)
            except ConnectorError as error:
                return error
            seen = [event for entry in box.entries.values() for event in occurrences(entry, window)]
            return digests.free_busy(BusyBlock(event.when, event.busy) for event in seen if not event.cancelled)

        return self._called("free_busy", next(iter(mailboxes), ""), lambda: {each: read(each) for each in mailboxes})

    def window(self, mailbox: str, window: Interval) -> Snapshot:
        """Read everything that touches `window`, series expanded."""
        return self._called("window", mailbox, lambda: self._seen(self._readable(mailbox), window))

    def _seen(self, box: Mailbox, window: Interval) -> Snapshot:
        seen = (each for entry in box.entries.values() for each in occurrences(entry, window))
        return Snapshot(window, tuple(sorted(seen, key=lambda each: each.when)), complete=True)

    def find(self, mailbox: str, stamp: Stamp, near: Interval) -> Sequence[RemoteEvent]:  # noqa: ARG002 - looks everywhere
        """Return the entries that carry the stamp's mark."""

        def search() -> Sequence[RemoteEvent]:
            entries = self._readable(mailbox).entries.values()
            return [shown(entry) for entry in entries if entry.stamp and entry.stamp.mark == stamp.mark]

        return self._called("find", mailbox, search)

    def get(self, mailbox: str, ref: RemoteRef) -> RemoteEvent | None:
        """Return one entry, or None."""

        def look() -> RemoteEvent | None:
            entry = self._entry(mailbox, ref)
            event = one(entry, ref.id) if entry else None
            return whole(entry, event) if entry and event else None

        return self._called("get", mailbox, look)

    def create(self, mailbox: str, event: EventDraft, stamp: Stamp) -> RemoteRef:
        """Write a new entry. Not idempotent."""

        def write() -> RemoteRef:
            box = self._writable(mailbox)
            entry_id = self._server.put(
                mailbox, uid=event.uid, stamp=replace(stamp, uid=event.uid), **_told(event, frozenset(EventField))
            )
            return _ref(box.entries[entry_id])

        return self._called("create", mailbox, write)

    def update(
        self,
        mailbox: str,
        ref: RemoteRef,
        event: EventDraft,
        *,
        fields: frozenset[EventField],
        stamp: Stamp,
    ) -> RemoteRef:
        """Change these fields of the state seen in `ref`."""

        def write() -> RemoteRef:
            entry = self._writable(mailbox).entries.get(ref.id)
            if entry is None:
                raise Definite(Kind.NOT_FOUND, "The entry is not in the calendar.")
            if entry.etag != ref.etag:
                raise Definite(Kind.CONFLICT, "The entry was changed since we read it.")
            changes = _told(event, fields)
            if EventField.STAMP in fields and entry.stamp:
                changes["stamp"] = replace(entry.stamp, version=stamp.version)
            return _ref(self._server.edit(mailbox, ref.id, **changes))

        return self._called("update", mailbox, write)

    def delete(self, mailbox: str, ref: RemoteRef) -> Deletion:
        """Move the entry to Deleted Items."""

        def write() -> Deletion:
            if ref.id not in self._writable(mailbox).entries:
                return Deletion.ABSENT
            self._server.remove(mailbox, ref.id)
            return Deletion.DELETED

        return self._called("delete", mailbox, write)

    def decline(self, mailbox: str, ref: RemoteRef, text: str) -> None:
        """Take a meeting out of the calendar, and tell its organiser."""

        def write() -> None:
            entry = self._writable(mailbox).entries.get(ref.id.partition("/")[0])
            event = one(entry, ref.id) if entry else None
            if entry is None or event is None:
                raise Definite(Kind.NOT_FOUND, "The entry is not in the calendar.")
            if not entry.invitation or entry.organizer is None:
                raise Definite(Kind.PERMANENT, "Nobody invited the room to this entry, so nobody can be told no.")
            if ref.etag and ref.etag != entry.etag:
                raise Definite(Kind.CONFLICT, "The entry was changed since we read it.")
            told = Declined(mailbox, entry.organizer.address, entry.uid, event.when.start, text)
            self._server.declined.append(told)
            if "/" in ref.id:
                self._server.edit(mailbox, entry.id, without=entry.without | {event.when.start})
            else:
                self._server.remove(mailbox, entry.id)

        self._called("decline", mailbox, write)

    def watch(self, mailboxes: Sequence[str]) -> Iterator[Hint]:
        """Yield hints until the server or `close` ends it."""

        def start() -> tuple[Watch, list[Hint]]:
            tried = {each.lower(): self._refusal(each) for each in mailboxes}
            failed = [Hint(HintKind.FAILED, each, error) for each, error in tried.items() if error]
            ready = [each for each, error in tried.items() if not error]
            return self._server.hints.open(ready), [*failed, *(Hint(HintKind.WATCHING, each) for each in ready)]

        self._watch, first = self._called("watch", next(iter(mailboxes), ""), start)
        yield from first
        if len(first) > sum(hint.kind is HintKind.FAILED for hint in first):
            yield from self._watch.shown()

    def _refusal(self, mailbox: str) -> ConnectorError | None:
        try:
            self._readable(mailbox)
        except ConnectorError as error:
            return error
        return None

    def _called(self, operation: str, mailbox: str, action: Callable[[], Answer]) -> Answer:
        """Sign in, meet the fault that waits for this call, and act with nobody in between."""
        fault = self._server.met(operation, mailbox)
        if not self._server.admits(self._settings.username, self._settings.password):
            raise Definite(Kind.SIGN_IN, f"The server does not accept {self._settings.username} with this password.")
        if isinstance(fault, FailBefore):
            raise fault.error
        if isinstance(fault, FailLate):
            self._server.later(lambda: self._locked(action))
            raise fault.error
        if isinstance(fault, Wait):
            fault.until()
        answer = self._locked(action)
        if isinstance(fault, FailAfter):
            raise fault.error
        return _shown(answer, fault) if isinstance(fault, Show) else answer

    def _locked(self, action: Callable[[], Answer]) -> Answer:
        with self._server.lock:
            return action()

    def _require_mailbox(self, mailbox: str) -> None:
        if not self._server.knows(mailbox):
            raise Definite(Kind.MAILBOX_GONE, f"The server knows no mailbox {mailbox}.")

    def _rights(self, mailbox: str) -> Rights:
        granted, who = self._server.rights(self._settings.username, mailbox), self._settings.username
        if granted == "none":
            return Rights(
                read=False, write=False, missing=f"{who} may not read this calendar: it needs the Reviewer right."
            )
        if granted == "reviewer":
            words = f"{who} may read this calendar but not write in it: it needs the Author right."
            return Rights(read=True, write=False, missing=words)
        return Rights(read=True, write=True)

    def _readable(self, mailbox: str) -> Mailbox:
        self._require_mailbox(mailbox)
        rights = self._rights(mailbox)
        if not rights.read:
            raise Definite(Kind.FORBIDDEN, rights.missing)
        return self._server.mailbox(mailbox)

    def _writable(self, mailbox: str) -> Mailbox:
        box = self._readable(mailbox)
        rights = self._rights(mailbox)
        if not rights.write:
            raise Definite(Kind.FORBIDDEN, rights.missing)
        return box


def _rights_steps(rights: Rights) -> tuple[CheckStep, CheckStep]:
    read = StepResult.OK if rights.read else StepResult.FAILED
    write = StepResult.OK if rights.write else StepResult.FAILED
    return (
        CheckStep("read", "The account may read the calendar", read, "" if rights.read else rights.missing),
        CheckStep("write", "The account may write in the calendar", write, rights.missing),
    )


def _folder(path: tuple[str, ...], *, public: bool) -> RemoteFolder:
    return RemoteFolder("/".join(path), path, FolderKind.CALENDAR, public=public)


def _ref(entry: Entry) -> RemoteRef:
    return RemoteRef(entry.id, entry.etag, entry.uid)


def _told(event: EventDraft, fields: frozenset[EventField]) -> dict[str, Any]:
    """Return what a draft says about these fields."""
    told: dict[EventField, dict[str, Any]] = {
        EventField.TIME: {"when": event.when, "zone": event.zone, "all_day": False},
        EventField.BUSY: {"busy": event.busy},
        EventField.SUBJECT: {"subject": event.subject},
        EventField.LOCATION: {"location": event.location},
        EventField.BODY: {"body": event.body},
        EventField.CATEGORIES: {"categories": event.categories},
        EventField.REMINDER: {"reminder_minutes": event.reminder_minutes},
        EventField.STAMP: {},
    }
    return {name: value for each in fields for name, value in told[each].items()}


def _shown(answer: Answer, fault: Show) -> Answer:
    """Return a listing as the fault lets it be seen; other answers as they are."""
    match answer:
        case Snapshot(window, events, _):
            return type(answer)(window, tuple(filter(fault.keep, events)), fault.complete)
        case list(events):
            return type(answer)(filter(fault.keep, events))
        case _:
            return answer
