"""The staff pages: one module per noun. `blueprints` is all that the application needs to know."""

from booking.admin import (
    bookings,
    categories,
    closures,
    connections,
    days,
    images,
    imports,
    links,
    locations,
    messages,
    opening,
    overview,
    spaces,
    sync,
    zones,
)

blueprints = (
    overview.blueprint,
    bookings.blueprint,
    messages.blueprint,
    days.blueprint,
    locations.blueprint,
    zones.blueprint,
    categories.blueprint,
    spaces.blueprint,
    images.blueprint,
    opening.blueprint,
    closures.blueprint,
    connections.blueprint,
    links.blueprint,
    imports.blueprint,
    sync.blueprint,
)
