"""Which way sync goes in every place: of the profiles above a space, the nearest one says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from booking.domain.states import Way
from booking.store.database import Session
from booking.store.models import ProfileMember, SyncProfile
from booking.store.queries.profiles import Place


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

    def having(self, changes: Mapping[Place, Way | None]) -> "Directions":
        """Return what would apply if those places had these; None: no profile of their own."""
        ways = {**self._ways, **changes}
        return Directions({place: way for place, way in ways.items() if way is not None})


def _outwards(location_id: int, category_id: int, space_id: int) -> tuple[Place, Place, Place]:
    return (None, None, space_id), (None, category_id, None), (location_id, None, None)


def load(session: Session) -> Directions:
    """Return all of them: one statement, and there are few."""
    member, profile = ProfileMember, SyncProfile
    found = session.execute(
        select(member.location_id, member.category_id, member.space_id, profile.active, profile.direction).join(
            profile, profile.id == member.profile_id
        )
    )
    return Directions({(row[0], row[1], row[2]): Way(row[3], row[4]) for row in found})
