"""Reads: frozen rows for pages, or a model for a service that will change it. One file per noun.

No statement per row anywhere: each function runs the same number of statements however much there is.
What a patron may not know is left out of patrons' rows here, once.
"""

from booking.store.queries import (
    audit,
    bookings,
    calendar_entries,
    connections,
    external,
    free,
    grid,
    health,
    installation,
    links,
    messages,
    opening,
    outbox,
    over,
    pages,
    people,
    places,
    push,
    runs,
    secrets,
    tidying,
    vacancies,
)

__all__ = [
    "audit",
    "bookings",
    "calendar_entries",
    "connections",
    "external",
    "free",
    "grid",
    "health",
    "installation",
    "links",
    "messages",
    "opening",
    "outbox",
    "over",
    "pages",
    "people",
    "places",
    "push",
    "runs",
    "secrets",
    "tidying",
    "vacancies",
]
