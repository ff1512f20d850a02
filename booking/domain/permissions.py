"""Who may do what: roles, scopes and the map, as data.

A page names the permission it needs and the place it is about (`http.identity.needs`); a service asks
again with `require`. Both read `GRANTS`, so there is one answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from booking.domain.errors import Forbidden


class Role(StrEnum):
    """What a person is in a place. Everybody, signed in or not, has `EVERYBODY` everywhere."""

    EVERYBODY = "everybody"
    LIBRARIAN = "librarian"  # desk work: bookings of their place
    MANAGER = "manager"  # also settings of their place
    ADMINISTRATOR = "administrator"  # the whole installation, connections included


class Permission(StrEnum):
    """Something that can be allowed."""

    SEE_PUBLIC_PAGES = "see_public_pages"
    PLACE_BOOKING = "place_booking"
    MANAGE_OWN_BOOKING = "manage_own_booking"  # through the booking's secret link
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    SEE_STAFF_PAGES = "see_staff_pages"
    SEE_BOOKINGS = "see_bookings"
    CANCEL_BOOKINGS = "cancel_bookings"
    SEE_MESSAGES = "see_messages"
    SEE_SYNC = "see_sync"
    EDIT_PLACES = "edit_places"
    EDIT_HOURS = "edit_hours"
    PAIR_SPACES = "pair_spaces"
    EDIT_INSTALLATION = "edit_installation"
    EDIT_CONNECTIONS = "edit_connections"


_EVERYBODY = frozenset(
    {
        Permission.SEE_PUBLIC_PAGES,
        Permission.PLACE_BOOKING,
        Permission.MANAGE_OWN_BOOKING,
        Permission.SIGN_IN,
    },
)
_LIBRARIAN = _EVERYBODY | {
    Permission.SIGN_OUT,
    Permission.SEE_STAFF_PAGES,
    Permission.SEE_BOOKINGS,
    Permission.CANCEL_BOOKINGS,
    Permission.SEE_MESSAGES,
    Permission.SEE_SYNC,
}
_MANAGER = _LIBRARIAN | {Permission.EDIT_PLACES, Permission.EDIT_HOURS, Permission.PAIR_SPACES}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.EVERYBODY: _EVERYBODY,
    Role.LIBRARIAN: _LIBRARIAN,
    Role.MANAGER: _MANAGER,
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A place: the installation (both None), a location, or a category within its location."""

    location_id: int | None = None
    category_id: int | None = None

    def covers(self, other: "Scope") -> bool:
        """Tell whether a grant here also counts there."""
        if self.location_id is None:
            return True
        if self.location_id != other.location_id:
            return False
        return self.category_id is None or self.category_id == other.category_id


INSTALLATION = Scope()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody has in a place and all below it."""

    role: Role
    scope: Scope = INSTALLATION


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. `person_id` is None for somebody who has not signed in."""

    person_id: int | None = None
    name: str = ""
    grants: frozenset[Grant] = frozenset()

    def may(self, permission: Permission, *, on: Scope) -> bool:
        """Tell whether a role of theirs allows this in that place."""
        if permission in GRANTS[Role.EVERYBODY]:
            return True
        return any(permission in GRANTS[grant.role] and grant.scope.covers(on) for grant in self.grants)

    def may_somewhere(self, permission: Permission) -> bool:
        """Tell whether there is any place where they may: for pages that list places."""
        if permission in GRANTS[Role.EVERYBODY]:
            return True
        return any(permission in GRANTS[grant.role] for grant in self.grants)


NOBODY = Actor()
#: The server itself: jobs, imports, commands of the operator.
SYSTEM = Actor(name="the server", grants=frozenset({Grant(Role.ADMINISTRATOR)}))
#: Whoever may run commands on the server, for those that do what staff do on their pages.
COMMAND_LINE = Actor(name="the command line", grants=frozenset({Grant(Role.ADMINISTRATOR)}))


def require(actor: Actor, permission: Permission, *, on: Scope) -> None:
    """Pass if allowed.

    Raises:
        Forbidden: no role of the actor allows it there.
    """
    if not actor.may(permission, on=on):
        raise Forbidden(permission=permission.value)
