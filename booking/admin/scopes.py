"""What place an address is about, for `http.identity.needs`, and the rows that pages then show."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from booking.domain.errors import Forbidden, NotFound
from booking.domain.permissions import Permission, Scope
from booking.http.identity import current_actor
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.places import CategoryRow, LocationRow, SpaceRow


class Placed(Protocol):
    """A row that belongs to a place."""

    @property
    def scope(self) -> Scope: ...


PlacedT = TypeVar("PlacedT", bound=Placed)


def of_location(session: Session, slug: str, **_rest: object) -> Scope | None:
    """Return the place of the location with that slug, or None if there is none."""
    row = queries.places.location_by_slug(session, slug)
    return row.scope if row else None


def of_category(session: Session, slug: str, category: str, **_rest: object) -> Scope | None:
    """Return the place of a category within its location, or None if there is none."""
    place = queries.places.location_by_slug(session, slug)
    row = queries.places.category_by_slug(session, place.id, category) if place else None
    return row.scope if row else None


def of_space(session: Session, slug: str, **_rest: object) -> Scope | None:
    """Return the place of the space with that slug, or None if there is none."""
    row = queries.places.space_by_slug(session, slug)
    return row.scope if row else None


def location(session: Session, slug: str) -> LocationRow:
    """Return the location with that slug.

    Raises:
        NotFound: it went away since the request began.
    """
    row = queries.places.location_by_slug(session, slug)
    if row is None:
        raise NotFound(what="location")
    return row


def category(session: Session, location_id: int, slug: str) -> CategoryRow:
    """Return the category with that slug.

    Raises:
        NotFound: it went away since the request began.
    """
    row = queries.places.category_by_slug(session, location_id, slug)
    if row is None:
        raise NotFound(what="category")
    return row


def space(session: Session, slug: str) -> SpaceRow:
    """Return the space with that slug.

    Raises:
        NotFound: it went away since the request began.
    """
    row = queries.places.space_by_slug(session, slug)
    if row is None:
        raise NotFound(what="space")
    return row


def allowed(rows: Iterable[PlacedT], permission: Permission) -> tuple[PlacedT, ...]:
    """Return the rows in whose place whoever asks may do that."""
    actor = current_actor()
    return tuple(row for row in rows if actor.may(permission, on=row.scope))


def granted(permission: Permission) -> tuple[Scope, ...]:
    """Return the places in which whoever asks may do that."""
    actor = current_actor()
    return tuple(grant.scope for grant in actor.grants if actor.may(permission, on=grant.scope))


def touched(rows: Iterable[LocationRow], permission: Permission) -> tuple[LocationRow, ...]:
    """Return the locations in which, or in a category of which, whoever asks may do that."""
    where = {scope.location_id for scope in granted(permission)}
    return tuple(row for row in rows if None in where or row.id in where)


def require_touched(row: LocationRow, permission: Permission) -> None:
    """Pass if whoever asks may do that in the location or in a category of it.

    Raises:
        Forbidden: they may not.
    """
    if not touched([row], permission):
        raise Forbidden(permission=permission.value)
