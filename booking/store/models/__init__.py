"""Tables: columns, constraints, relations; no decisions. One file per noun.

Relations load only when asked (`lazy="raise"`), so a template can never run SQL.
"""

from booking.store.models.base import Base
from booking.store.models.bookings import AuditEntry, Booking, Occurrence
from booking.store.models.counts import SyncCount
from booking.store.models.folders import RemoteFolderRow, TreeReading, UnmatchedEvent
from booking.store.models.mail import OutboxMessage
from booking.store.models.opening import Closure, OpeningException, OpeningHours
from booking.store.models.people import Person, RoleGrant
from booking.store.models.places import Category, Location, RuleColumns, Space, Zone
from booking.store.models.sync import (
    Alert,
    CalendarLink,
    Conflict,
    Connection,
    ExternalEvent,
    Installation,
    ProfileMember,
    PushItem,
    SyncError,
    SyncProfile,
    SyncRun,
    Watch,
)

__all__ = [
    "Alert",
    "AuditEntry",
    "Base",
    "Booking",
    "CalendarLink",
    "Category",
    "Closure",
    "Conflict",
    "Connection",
    "ExternalEvent",
    "Installation",
    "Location",
    "Occurrence",
    "OpeningException",
    "OpeningHours",
    "OutboxMessage",
    "Person",
    "ProfileMember",
    "PushItem",
    "RemoteFolderRow",
    "RoleGrant",
    "RuleColumns",
    "Space",
    "SyncCount",
    "SyncError",
    "SyncProfile",
    "SyncRun",
    "TreeReading",
    "UnmatchedEvent",
    "Watch",
    "Zone",
]
