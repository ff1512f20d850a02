"""Which space is paired with which mailbox as the file says: compared here, paired by `carrying`."""

from dataclasses import dataclass

from booking.cli.applying.plan import Action, Change
from booking.cli.applying.said import FileSaid, LocationSaid, SpaceSaid
from booking.cli.applying.working import Work
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.queries.links import LinkRow
from booking.store.queries.places import SpaceRow


@dataclass(frozen=True, slots=True)
class ToPair:
    """A space that is not paired with the mailbox that the file names."""

    slug: str
    space_id: int
    location_id: int
    mailbox: str


def settle(work: Work, said: SpaceSaid, row: SpaceRow, *, where: LocationSaid, file: FileSaid) -> ToPair | None:
    """Return the pairing that is to be made, if any; what is wrong with it is remembered."""
    mailbox = said.mailbox
    if mailbox is None:
        return None
    place = said.said.place("mailbox")
    current = queries.links.row_of_space(work.session, row.id)
    if current is not None and current.mailbox == mailbox and current.state is not LinkState.LEAVING:
        return None
    if where.connection is None and queries.connections.row_of_location(work.session, row.location_id) is None:
        hint = f'Write connection = "..." under [locations.{where.slug}].'
        work.refuse(place, f"{row.location_name} has no connection to a calendar server. {hint}")
    other = queries.links.row_of_mailbox(work.session, mailbox)
    if other is not None and other.space_id != row.id and not _moves_away(other, file):
        work.refuse(
            place,
            f"{mailbox} is paired with {other.space_name}, {other.location_name}. A mailbox belongs to one space:"
            " disconnect it there first, or name another mailbox.",
        )
    old = current.mailbox if current else "none"
    line = work.mistakes.line(place)
    work.changes.append(Change(Action.CHANGE, f"space {said.slug}", "mailbox", old, mailbox, line))
    return ToPair(said.slug, row.id, row.location_id, mailbox)


def _moves_away(other: LinkRow, file: FileSaid) -> bool:
    """Tell whether this file gives the space that has a mailbox another one."""
    return any(
        space.slug == other.space_slug and space.mailbox not in {None, other.mailbox}
        for location in file.locations
        for space in location.spaces
    )
