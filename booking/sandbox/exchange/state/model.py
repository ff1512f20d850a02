"""The values that the sandbox keeps. All are frozen: a change is a new value, put into the store."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

CALENDAR = "calendar"
DELETED_ITEMS = "deleteditems"
RECOVERABLE_ITEMS = "recoverableitemsdeletions"
#: The mailbox that public folders lie in. No address, so nobody can write to it.
PUBLIC_FOLDERS = "public folders"

BUSY_STATUSES = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")
SENSITIVITIES = ("Normal", "Personal", "Private", "Confidential")


class MailboxKind(StrEnum):
    """A person's mailbox, a room's, or the one that holds the public folders."""

    USER = "user"
    ROOM = "room"
    PUBLIC = "public"


class ItemKind(StrEnum):
    """The four values of CalendarItemType."""

    SINGLE = "Single"
    OCCURRENCE = "Occurrence"
    EXCEPTION = "Exception"
    MASTER = "RecurringMaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """How a room answers invitations, with the names and defaults of Set-CalendarProcessing on premises.

    Source: MicrosoftDocs/office-docs-powershell, Set-CalendarProcessing.
    """

    automate_processing: str = "AutoAccept"
    add_new_requests_tentatively: bool = True
    process_external_meeting_messages: bool = False
    allow_conflicts: bool = False
    conflict_percentage_allowed: int = 0
    maximum_conflict_instances: int = 0
    allow_recurring_meetings: bool = True
    enforce_scheduling_horizon: bool = True
    booking_window_in_days: int = 180
    maximum_duration_in_minutes: int = 1440
    minimum_duration_in_minutes: int = 0
    schedule_only_during_work_hours: bool = False
    all_book_in_policy: bool = True
    book_in_policy: tuple[str, ...] = ()
    all_request_in_policy: bool = False
    request_in_policy: tuple[str, ...] = ()
    all_request_out_of_policy: bool = False
    request_out_of_policy: tuple[str, ...] = ()
    resource_delegates: tuple[str, ...] = ()
    forward_requests_to_delegates: bool = True
    tentative_pending_approval: bool = True
    delete_subject: bool = True
    add_organizer_to_subject: bool = True
    delete_comments: bool = True
    remove_private_property: bool = True
    remove_canceled_meetings: bool = True
    enable_response_details: bool = True
    organizer_info: bool = True
    add_additional_response: bool = False
    additional_response: str = ""
    enforce_capacity: bool = False
    enable_auto_release: bool = False
    post_reservation_max_claim_time_in_minutes: int = 10
    # Not of that command: Set-MailboxCalendarConfiguration and Set-Place say these.
    work_days: tuple[str, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    working_hours_start_minutes: int = 8 * 60
    working_hours_end_minutes: int = 17 * 60
    capacity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox. `address` is its primary address, in lower case."""

    address: str
    name: str
    kind: MailboxKind = MailboxKind.USER
    zone: str = "Europe/London"
    processing: Processing = field(default_factory=Processing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    r"""A sign-in. `email` names its own mailbox; `domain_login` is its other user name, DOMAIN\user."""

    email: str
    username: str
    password: str
    domain_login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one account may do in one other mailbox."""

    account: str
    mailbox: str
    impersonate: bool = False
    read: bool = False
    write: bool = False
    private: bool = False  # sees what private items say


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomList:
    """A distribution list of rooms, by their addresses: a building, as Outlook's room finder shows it."""

    address: str
    name: str
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is left of an item that went from a folder, or of a folder (then `folder` is empty).

    `arrived` and `change` are the store's numbers of its coming and its going.
    """

    id: str
    mailbox: str
    folder: str
    arrived: int
    change: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A name and an address, as an organiser is written."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Somebody invited. `role` is required, optional or resource; `response` has EWS's words.

    `comment` is what they wrote to the organiser with their answer.
    """

    name: str
    address: str
    role: str = "required"
    response: str = "Unknown"
    responded: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyPath:
    """Which extended property: a set and a name or number, or a tag."""

    property_set: str = ""
    distinguished_set: str = ""
    name: str = ""
    number: str = ""
    tag: str = ""
    type: str = "String"

    @property
    def key(self) -> tuple[str, ...]:
        """What two paths to one property have in common, however they are written."""
        return (self.property_set.lower(), self.distinguished_set, self.name, self.number, self.tag.lower())


@dataclass(frozen=True, slots=True)
class ExtendedProperty:
    """One extended property of an item; several values where its type is an array."""

    path: PropertyPath
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A series' pattern and range, in EWS's own words. Exactly one or none of `last` and `count` is set."""

    pattern: str
    first: date
    interval: int = 1
    days: tuple[str, ...] = ()
    index: str = ""
    day_of_month: int = 0
    month: str = ""
    first_day_of_week: str = "Sunday"
    last: date | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One calendar item; times are UTC.

    `original` and `master` are set only on occurrences, which are worked out, never stored.
    `touched` says at which change each field was last written: AutoResolve needs to know.
    `arrived` is the number of the change that brought it into its folder; it is the store's, as are `change`,
    `touched` and `modified`.
    """

    id: str
    mailbox: str
    uid: str
    start: datetime
    end: datetime
    created: datetime
    modified: datetime
    folder: str = CALENDAR
    change: int = 0
    arrived: int = 0
    touched: dict[str, int] = field(default_factory=dict)
    subject: str = ""
    body: str = ""
    body_type: str = "Text"
    location: str = ""
    zone: str = "Etc/UTC"
    all_day: bool = False
    busy: str = "Busy"
    sensitivity: str = "Normal"
    importance: str = "Normal"
    categories: tuple[str, ...] = ()
    reminder: bool = False
    reminder_minutes: int = 15
    response_requested: bool = True
    organizer: Person | None = None
    modified_by: str = ""  # the name of whoever wrote it; empty: the server does not tell
    attendees: tuple[Attendee, ...] = ()
    invited: bool = False
    cancelled: bool = False
    my_response: str = "Unknown"
    sequence: int = 0
    extended: tuple[ExtendedProperty, ...] = ()
    recurrence: Recurrence | None = None
    overrides: tuple["Override", ...] = ()
    removed: tuple[datetime, ...] = ()
    original: datetime | None = None
    master: str = ""
    exceptional: bool = False

    @property
    def kind(self) -> ItemKind:
        if self.recurrence is not None:
            return ItemKind.MASTER
        if self.original is None:
            return ItemKind.SINGLE
        return ItemKind.EXCEPTION if self.exceptional else ItemKind.OCCURRENCE

    @property
    def private(self) -> bool:
        return self.sensitivity == "Private"

    @property
    def is_meeting(self) -> bool:
        return bool(self.attendees) or self.invited

    def is_organized_by(self, address: str) -> bool:
        """True for the organiser's own copy of a meeting, and for a plain appointment."""
        return self.organizer is None or self.organizer.address == address


@dataclass(frozen=True, slots=True)
class Override:
    """One date of a series that differs: only the fields in `names` are taken from `item`."""

    original: datetime
    names: tuple[str, ...]
    item: Item
