"""Which way sync goes in every place: of the profiles above a space, the nearest one says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from booking.domain.states import Way
from booking.store.database import Session
from booking.store.models import SyncProfile

#: Location, category and space of a place; None where it is wider.
Place = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Directions:
    """All profiles of an installation, by the place they belong to."""

    _ways: Mapping[Place, Way]

    def of(self, *, location_id: int, category_id: int, space_id: int) -> Way:
        """Return which way sync goes in a space; both ways where nobody has said anything."""
        for place in _outwards(location_id, category_id, space_id):
            if place in self._ways:
                return self._ways[place]
        return Way()

    def rests_on(self, place: Place, *, location_id: int, category_id: int, space_id: int) -> bool:
        """Tell whether a profile of that place is, or would be, the nearest one to a space."""
        for nearer in _outwards(location_id, category_id, space_id):
            if nearer == place:
                return True
            if nearer in self._ways:
                return False
        return False

    def without(self, place: Place) -> "Directions":
        """Return what would apply if that place had no profile of its own."""
        return Directions({key: way for key, way in self._ways.items() if key != place})


def _outwards(location_id: int, category_id: int, space_id: int) -> tuple[Place, Place, Place]:
    return (None, None, space_id), (None, category_id, None), (location_id, None, None)


def load(session: Session) -> Directions:
    """Return all of them: one statement, and there are few."""
    profile = SyncProfile
    found = session.execute(
        select(profile.location_id, profile.category_id, profile.space_id, profile.active, profile.direction)
    )
    return Directions({(row[0], row[1], row[2]): Way(row[3], row[4]) for row in found})
