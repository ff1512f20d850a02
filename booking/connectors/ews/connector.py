"""The port on Exchange Web Services: joins the client and the mapping."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from booking.connectors import digests
from booking.connectors.ews import checks, dial, faults, items, listing, mapping, series, trial, versions, wire
from booking.connectors.ews.client import Client
from booking.connectors.ews.watching import Watch
from booking.connectors.places import RemoteFolder, RemoteMailbox, RemoteRoom
from booking.connectors.port import (
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
    Kind,
    RemoteEvent,
    RemoteRef,
    Rights,
    Snapshot,
    Stamp,
)
from booking.domain.intervals import Interval, pieces

#: A view this short that is still full is not split any further.
SHORTEST_VIEW = timedelta(minutes=30)

#: Failures of a whole free/busy batch that one of its mailboxes may have caused; asking for halves finds it.
MAY_BE_ONE_MAILBOX = frozenset({
    "ErrorInvalidSmtpAddress", "ErrorProxyRequestProcessingFailed", "ErrorResultSetTooBig",
    "ErrorNameResolutionNoResults", "ErrorMailboxDataArrayTooBig", "ErrorFreeBusyGenerationFailed",
})  # fmt: skip


#: Failures in a row without one answer, after which it is no single mailbox's fault.
HOPELESS = 24


@dataclass(slots=True)
class _Halving:
    """How the search for the mailbox that spoils a batch goes."""

    failures: int = 0
    answers: int = 0

    @property
    def is_hopeless(self) -> bool:
        return not self.answers and self.failures >= HOPELESS


class EwsConnector:
    """A calendar server that speaks EWS. Used by one thread at a time; nothing is sent before the first question."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.limits = versions.limits(settings.version or versions.NEWEST)
        self._settings = settings
        self._opened: Client | None = None
        self._watch: Watch | None = None

    @property
    def _client(self) -> Client:
        """The line to the server, made at the first question so that bad settings are an answer and no crash."""
        if self._opened is None:
            self._opened = dial.client(self._settings)
        return self._opened

    def close(self) -> None:
        """Hang up, and end the watch. The next question would dial again."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def check(self, mailbox: str | None = None, *, folder: str = "") -> tuple[CheckStep, ...]:
        """Try the connection step by step; one sign-in at most, never raises, and ends within half a minute."""
        asked = trial.Asked(
            client=lambda: self._client,
            resolve=self.resolve,
            probe=self.probe,
            folders=self.folders,
            folder_rights=lambda folder_id, owner: self.folder_rights(folder_id, mailbox=owner),
        )
        try:
            return tuple(checks.run(trial.Trial(self._settings, asked, (mailbox or "").strip(), folder.strip())))
        finally:
            if self._opened is not None:
                self._opened.patience = self._settings.deadline_seconds

    def rooms(self) -> Iterator[RemoteRoom]:
        """Yield every room that stands in a room list."""
        yield from listing.rooms(self._client)

    def folders(self, mailbox: str) -> Iterator[RemoteFolder]:
        """Yield the calendars of a mailbox, its own first; public ones with an empty `mailbox`."""
        yield from listing.calendars(self._client, mailbox) if mailbox else listing.public_calendars(self._client)

    def resolve(self, address: str) -> RemoteMailbox | None:
        """Return the mailbox that answers to this very address, or None.

        Exchange guesses from beginnings of names; a guess is no answer here.
        """
        wanted = address.strip().lower()
        found = [each for each in self._client.resolve(wanted) if wanted in each.addresses]
        return mapping.mailbox(found[0]) if found else None

    def probe(self, mailbox: str) -> Rights:
        """Tell what the account may do in the room's calendar, without writing; missing rights are an answer."""
        try:
            granted = self._client.rights(mailbox)
        except Definite as refusal:
            if refusal.kind is not Kind.FORBIDDEN:
                raise
            return Rights(read=False, write=False, missing=str(refusal))
        read, write = "Read" in granted, "CreateContents" in granted
        call = faults.Call(mailbox=mailbox, account=self._settings.username, impersonate=self._settings.impersonate)
        missing = "" if read and write else faults.missing_right(call, to="write in" if read else "read")
        return Rights(read=read, write=write, missing=missing)

    def free_busy(self, mailboxes: Sequence[str], window: Interval) -> Mapping[str, FreeBusy | ConnectorError]:
        """Read many rooms' busy times; a window longer than a call may ask for takes several calls."""
        found: dict[str, FreeBusy | ConnectorError] = {}
        longest = timedelta(days=self.limits.free_busy_days)
        at_most = self.limits.free_busy_mailboxes
        for first in range(0, len(mailboxes), at_most):
            for part in pieces(window, longest=longest):
                answer = self._free_busy(mailboxes[first : first + at_most], part, _Halving())
                found = {**found, **{each: _joined(found.get(each), answer[each]) for each in answer}}
        return found

    def _free_busy(
        self, mailboxes: Sequence[str], window: Interval, halving: "_Halving"
    ) -> dict[str, FreeBusy | ConnectorError]:
        """Ask for one batch; halve it when the whole batch fails for what may be one mailbox's fault."""
        try:
            answers = self._client.free_busy(mailboxes, window)
        except Definite as failure:
            halving.failures += 1
            if not _about_a_mailbox(failure) or halving.is_hopeless:
                raise
            if len(mailboxes) == 1:
                return {mailboxes[0]: failure}
            half = len(mailboxes) // 2
            return self._free_busy(mailboxes[:half], window, halving) | self._free_busy(
                mailboxes[half:], window, halving
            )
        halving.answers += 1
        return {each: _readable(each, answer) for each, answer in zip(mailboxes, answers, strict=True)}

    def window(self, mailbox: str, window: Interval) -> Snapshot:
        """Read everything that touches `window` in one room, series expanded.

        `complete` is true only if the server said that nothing was cut off, and every item could be read.
        A fuller view than the server shows, or one longer than two years, is read in parts.
        """
        return self._snapshot(mailbox, window)

    def folder_window(self, folder_id: str, window: Interval, *, mailbox: str) -> Snapshot:
        """Read everything that touches `window` in one folder, series expanded; `complete` as in `window`."""
        return self._snapshot(mailbox, window, folder_id)

    def folder_rights(self, folder_id: str, *, mailbox: str) -> Rights:
        """Tell what the account may do in one folder, without writing; missing rights are an answer."""
        try:
            granted = self._client.rights(mailbox, folder_id=folder_id)
        except Definite as refusal:
            if refusal.kind is not Kind.FORBIDDEN:
                raise
            return Rights(read=False, write=False, missing=f"{self._settings.username} may not read this folder.")
        read = "Read" in granted
        missing = "" if read else f"{self._settings.username} sees this folder, but may not read what is in it."
        return Rights(read=read, write="CreateContents" in granted, missing=missing)

    def concerned(self, mailbox: str, ref: RemoteRef) -> Concerned | None:
        """Return whom and which place an event is about, or None if the server says it is not there."""
        try:
            return self._client.concerned(mailbox, ref.id)
        except Definite as failure:
            if failure.kind is Kind.NOT_FOUND:
                return None
            raise

    def _snapshot(self, mailbox: str, window: Interval, folder_id: str = "") -> Snapshot:
        found: dict[tuple[str, object], RemoteEvent] = {}
        complete = True
        for part in pieces(window, longest=timedelta(days=self.limits.view_days)):
            shown, whole = self._view(mailbox, part, folder_id)
            complete = complete and whole
            for item in shown:
                whole = self._put(found, mailbox, item, window)
                complete = complete and whole
        return Snapshot(window, tuple(sorted(found.values(), key=lambda each: each.when)), complete)

    def _view(self, mailbox: str, window: Interval, folder_id: str) -> tuple[list[wire.Item], bool]:
        """Read one stretch, in halves as long as the answer is cut off."""
        shown, whole = self._client.view(mailbox, window, folder_id=folder_id)
        if whole or window.length <= SHORTEST_VIEW:
            return shown, whole
        halves = [self._view(mailbox, half, folder_id) for half in pieces(window, longest=window.length / 2)]
        return [item for half, _ in halves for item in half], all(whole for _, whole in halves)

    def _put(
        self, found: dict[tuple[str, object], RemoteEvent], mailbox: str, item: wire.Item, window: Interval
    ) -> bool:
        """Add the events that an item stands for; return whether it could be read."""
        try:
            events = [mapping.event(each) for each in self._expanded(mailbox, item, window)]
        except wire.Unreadable:
            return False
        # A view's edges are included by some servers, ours are not.
        found.update({(each.ref.id, each.original_start): each for each in events if each.when.overlaps(window)})
        return True

    def _expanded(self, mailbox: str, item: wire.Item, window: Interval) -> list[wire.Item]:
        """Return the item, or the dates of a series that the server did not expand."""
        if item.kind != "RecurringMaster":
            return [item]
        master = self._client.master(mailbox, item.id)
        zone = items.iana(master.series.zone) if master.series else None
        if zone is None:
            raise wire.Unreadable("a series in a zone that we do not know")
        return series.occurrences(master, ZoneInfo(zone), window)

    def find(self, mailbox: str, stamp: Stamp, near: Interval) -> Sequence[RemoteEvent]:  # noqa: ARG002 - EWS searches the whole calendar
        """Return the items that carry the stamp's mark, wherever in the calendar."""
        found, whole = self._client.marked(mailbox, stamp.mark)
        if not whole:
            raise Definite(Kind.TRANSIENT, "Exchange did not show all entries that bear our mark.")
        return [self._event(item) for item in found if item.mark == stamp.mark]

    def get(self, mailbox: str, ref: RemoteRef) -> RemoteEvent | None:
        """Return one item, or None if the server says it is not there."""
        try:
            return self._event(self._client.item(mailbox, ref.id))
        except Definite as failure:
            if failure.kind is Kind.NOT_FOUND:
                return None
            raise

    def _event(self, item: wire.Item) -> RemoteEvent:
        try:
            return mapping.event(item)
        except wire.Unreadable:
            raise Definite(Kind.TRANSIENT, "An entry in Exchange could not be read.") from None

    def create(self, mailbox: str, event: EventDraft, stamp: Stamp) -> RemoteRef:
        """Write a new item. Not idempotent."""
        made = self._client.create(mailbox, event, stamp)
        return RemoteRef(made.id, made.change_key, event.uid)

    def update(
        self,
        mailbox: str,
        ref: RemoteRef,
        event: EventDraft,
        *,
        fields: frozenset[EventField],
        stamp: Stamp,
    ) -> RemoteRef:
        """Change these fields of the state seen in `ref`.

        On a server that never notices a conflict the last writer wins. We cannot tell such a server from the others
        without writing; there only the look before the write, and the one after it, tell (SYNC.md section 3).
        """
        updated = self._client.update(mailbox, wire.ItemId(ref.id, ref.etag), event, fields, stamp)
        return RemoteRef(updated.id, updated.change_key, ref.uid)

    def delete(self, mailbox: str, ref: RemoteRef) -> Deletion:
        """Move the item to Deleted Items; telling nobody."""
        try:
            self._client.delete(mailbox, ref.id)
        except Definite as failure:
            if failure.kind is Kind.NOT_FOUND:
                return Deletion.ABSENT
            raise
        return Deletion.DELETED

    def decline(self, mailbox: str, ref: RemoteRef, text: str) -> None:
        """Answer a meeting in the room's calendar with no; Exchange takes it out, and tells its organiser.

        Refuses with CONFLICT when it changed since it was read, if the server notices.
        """
        item = wire.ItemId(ref.id, ref.etag)
        if series.is_date(ref.id) or not ref.etag:  # an answer names an item by its own id, in the state seen
            found = self._client.item(mailbox, ref.id)
            item = wire.ItemId(found.id, found.change_key)
        self._client.decline(mailbox, item, text)

    def watch(self, mailboxes: Sequence[str]) -> Iterator[Hint]:
        """Yield hints over a line of their own; at most `limits.watched_mailboxes` at once."""
        self._watch = Watch(dial.client(self._settings), mailboxes)
        yield from self._watch.hints()


def _readable(mailbox: str, answer: wire.FreeBusyView | ConnectorError) -> FreeBusy | ConnectorError:
    """Return the busy times; a view without stretches is no view, since unknown is not free."""
    if isinstance(answer, ConnectorError):
        return answer
    shown = mapping.free_busy(answer)
    if shown is None:
        words = f"Exchange does not show when {mailbox} is busy: the account may not see its free/busy times."
        return Definite(Kind.FORBIDDEN, words)
    return shown


def _joined(before: FreeBusy | ConnectorError | None, then: FreeBusy | ConnectorError) -> FreeBusy | ConnectorError:
    """Return both parts of a long window as one; half an answer is an error."""
    if before is None or isinstance(then, ConnectorError):
        return then
    if isinstance(before, ConnectorError):
        return before
    return digests.free_busy({*before.blocks, *then.blocks})


def _about_a_mailbox(failure: Definite) -> bool:
    kinds = (Kind.MAILBOX_GONE, Kind.FORBIDDEN, Kind.NOT_FOUND)
    return failure.code in MAY_BE_ONE_MAILBOX or (failure.kind in kinds and not failure.code.startswith("HTTP"))
