"""What stands in the installation and not in the file: left alone, and named, so that nobody takes it for gone."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from booking.cli.applying import stored, weeks
from booking.cli.applying.said import FileSaid, LocationSaid, OpeningSaid, SpaceSaid
from booking.services import profiles
from booking.services.profiles import ProfilePlace
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.places import CategoryRow, LocationRow, SpaceRow


def of(session: Session, file: FileSaid, *, now: datetime) -> tuple[str, ...]:
    """Return what the file does not name, in words: places in use, settings of places it names, what is to come."""
    return tuple(_all(session, file, now))


def _all(session: Session, file: FileSaid, now: datetime) -> Iterator[str]:
    said = {each.slug: each for each in file.locations}
    names = {each.name for each in file.connections} | {each.connection for each in file.locations}
    yield from (f"connection {row.name}" for row in queries.connections.rows(session) if row.name not in names)
    for row in queries.places.locations(session):
        if row.slug in said:
            yield from _in_location(session, said[row.slug], row, now)
        else:
            yield f"location {row.slug}"


def _in_location(session: Session, said: LocationSaid, row: LocationRow, now: datetime) -> Iterator[str]:
    what = f"location {row.slug}"
    zones = {name for name, _ in said.zones}
    yield from (
        f"zone {row.slug}/{zone.name}" for zone in queries.places.zones(session, row.id) if zone.name not in zones
    )
    yield from _opening(session, said.opening, row, None, what, now)
    if said.profile is None and profiles.own(session, ProfilePlace(row.name, row.id)):
        yield f"{what}: its sync profile"
    categories = {each.slug: each for each in said.categories}
    for category in queries.places.categories(session, row.id):
        if category.slug not in categories:
            yield f"category {row.slug}/{category.slug}"
            continue
        yield from _rules(f"category {row.slug}/{category.slug}", category, categories[category.slug].rules.values)
    spaces = {each.slug: each for each in said.spaces}
    for space in queries.places.spaces(session, location_id=row.id):
        if space.slug in spaces:
            yield from _of_space(session, spaces[space.slug], space, row, now)
        elif space.category_slug in categories:
            yield f"space {space.slug}"


def _of_space(session: Session, said: SpaceSaid, row: SpaceRow, location: LocationRow, now: datetime) -> Iterator[str]:
    what = f"space {row.slug}"
    yield from _rules(what, row, said.rules.values)
    yield from _opening(session, said.opening, location, row.id, what, now)
    place = ProfilePlace(row.name, row.location_id, row.category_id, row.id)
    if said.profile is None and profiles.own(session, place):
        yield f"{what}: its sync profile"
    link = queries.links.row_of_space(session, row.id)
    if said.mailbox is None and link is not None:
        yield f"{what}: mailbox {link.mailbox}"


def _rules(what: str, row: CategoryRow | SpaceRow, said: Iterable[str]) -> Iterator[str]:
    for name, words in stored.rules(row.own).items():
        if words != "default" and name not in said:
            yield f"{what}: {stored.RULES[name]} {words}"


def _opening(
    session: Session, said: OpeningSaid, location: LocationRow, space_id: int | None, what: str, now: datetime
) -> Iterator[str]:
    stands = queries.opening.hours_of(session, location.id, space_id)
    if said.week is None and stands.own:
        yield f"{what}: its opening hours"
    days = {each.day for each in said.exceptions}
    for each in stands.exceptions:
        if each.day not in days and each.day >= now.date():
            yield f"{what}: {each.day} {weeks.in_words(each.hours)}"
    place = weeks.OpenPlace(what, location.id, space_id, location.zone)
    for row in queries.opening.closures(session, location.id):
        if row.space_id == space_id and row.when.end > now and not weeks.names(said.closures, row, place):
            yield f"{what}: closure {weeks.closure_in_words(row, location.zone)}"
