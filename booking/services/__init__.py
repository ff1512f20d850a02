"""What can be done: use-cases, one file a noun.

Each takes the session first, who asks and what time it is; the caller owns the transaction. What has to be told
to people and written to calendars stands in the same transaction as the change itself.
"""

from booking.services import (
    assigning,
    audit,
    bookings,
    calendars,
    connections,
    directions,
    expiry,
    installation,
    occurrences,
    opening,
    outbox,
    pairings,
    people,
    places,
    profiles,
    refs,
    retiring,
    standings,
)

__all__ = [
    "assigning",
    "audit",
    "bookings",
    "calendars",
    "connections",
    "directions",
    "expiry",
    "installation",
    "occurrences",
    "opening",
    "outbox",
    "pairings",
    "people",
    "places",
    "profiles",
    "refs",
    "retiring",
    "standings",
]
