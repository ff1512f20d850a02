"""What an operator names on the command line, found; a name that is not known is answered with those that are."""

from collections.abc import Iterable

import click

from booking.store import queries
from booking.store.database import Session
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.places import LocationRow, SpaceRow


def location(session: Session, slug: str) -> LocationRow:
    """Return the location with that name in addresses.

    Raises:
        click.BadParameter: there is none.
    """
    found = queries.places.location_by_slug(session, slug)
    if found is None:
        raise _unknown("location", slug, (each.slug for each in queries.places.locations(session)))
    return found


def space(session: Session, slug: str) -> SpaceRow:
    """Return the space with that name in addresses.

    Raises:
        click.BadParameter: there is none.
    """
    found = queries.places.space_by_slug(session, slug)
    if found is None:
        message = f"There is no space {slug!r}. `booking space list` names them all."
        raise click.BadParameter(message)
    return found


def connection(session: Session, name: str) -> ConnectionRow:
    """Return the connection of that name.

    Raises:
        click.BadParameter: there is none.
    """
    found = queries.connections.named(session, name)
    row = None if found is None else queries.connections.row(session, found.id)
    if row is None:
        raise _unknown("connection", name, (each.name for each in queries.connections.rows(session)))
    return row


def _unknown(what: str, name: str, known: Iterable[str]) -> click.BadParameter:
    names = ", ".join(known)
    return click.BadParameter(f"There is no {what} {name!r}. {f'Known: {names}.' if names else 'There is none yet.'}")
