"""A whole file against the database: places, hours and profiles in one transaction, and what is left to do."""

from dataclasses import dataclass
from datetime import datetime

from booking.cli.applying import places, profiles, rest, rooms, servers, weeks
from booking.cli.applying.mistakes import Mistakes
from booking.cli.applying.plan import Plan
from booking.cli.applying.rooms import ToPair
from booking.cli.applying.said import CategorySaid, FileSaid, LocationSaid, SpaceSaid
from booking.cli.applying.servers import Secrets, ToTry, ToUse
from booking.cli.applying.weeks import OpenPlace
from booking.cli.applying.working import Work
from booking.domain.permissions import COMMAND_LINE
from booking.services.profiles import ProfilePlace
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.queries.places import CategoryRow, LocationRow


@dataclass(frozen=True, slots=True)
class Todo:
    """What is left to do once the places stand: all of it asks a server."""

    to_try: tuple[ToTry, ...] = ()
    to_use: tuple[ToUse, ...] = ()
    to_pair: tuple[ToPair, ...] = ()


def check(file: FileSaid, mistakes: Mistakes, secrets: Secrets, *, now: datetime) -> Plan:
    """Return what applying the file would change; nothing is kept and no server is asked. Mistakes are remembered."""
    with transaction() as session:
        plan, _ = _settle(session, file, mistakes, secrets, now=now)
        session.rollback()
    return plan


def keep(file: FileSaid, mistakes: Mistakes, secrets: Secrets, *, now: datetime) -> tuple[Plan, Todo]:
    """Store all that asks no server; return what that changed and what is left to do. With a mistake, keep nothing."""
    with transaction() as session:
        found = _settle(session, file, mistakes, secrets, now=now)
        if mistakes:
            session.rollback()
    return found


def _settle(
    session: Session, file: FileSaid, mistakes: Mistakes, secrets: Secrets, *, now: datetime
) -> tuple[Plan, Todo]:
    queries.installation.lock(session)  # two operators would make the same places, and one of them fail at the second
    work = Work(session, COMMAND_LINE, now, mistakes)
    to_try = servers.settle(work, file.connections, secrets)
    to_use: list[ToUse] = []
    to_pair: list[ToPair] = []
    for each in file.locations:
        row = places.location(work, each)
        if row is not None:
            to_use += filter(None, [servers.use(work, each, row.id, file)])
            to_pair += _in_location(work, each, row, file)
    plan = Plan(tuple(work.changes), rest.of(session, file, now=now))
    return plan, Todo(to_try, tuple(to_use), tuple(to_pair))


def _in_location(work: Work, said: LocationSaid, row: LocationRow, file: FileSaid) -> list[ToPair]:
    what = f"location {said.slug}"
    places.zones(work, said, row.id)
    weeks.settle(work, said.opening, OpenPlace(what, row.id, None, row.zone))
    profiles.settle(work, what, said.profile, ProfilePlace(row.name, row.id))
    found: list[ToPair] = []
    for each in said.categories:
        category = places.category(work, each, where=row)
        if category is not None:
            found += _in_category(work, each, category, said, file)
    return found


def _in_category(work: Work, said: CategorySaid, row: CategoryRow, where: LocationSaid, file: FileSaid) -> list[ToPair]:
    what = f"category {where.slug}/{said.slug}"
    profiles.settle(work, what, said.profile, ProfilePlace(row.name, row.location_id, row.id))
    found = [_space(work, each, row, where, file) for each in said.spaces]
    return [each for each in found if each]


def _space(work: Work, said: SpaceSaid, within: CategoryRow, where: LocationSaid, file: FileSaid) -> ToPair | None:
    row = places.space(work, said, within=within)
    if row is None:
        return None
    what = f"space {said.slug}"
    weeks.settle(work, said.opening, OpenPlace(what, row.location_id, row.id, row.zone))
    profiles.settle(work, what, said.profile, ProfilePlace(row.name, row.location_id, row.category_id, row.id))
    return rooms.settle(work, said, row, where=where, file=file)
