"""Who may do what, and where."""

from itertools import pairwise

import pytest

from booking.domain.errors import Forbidden
from booking.domain.permissions import (
    GRANTS,
    INSTALLATION,
    NOBODY,
    SYSTEM,
    Actor,
    Grant,
    Permission,
    Role,
    Scope,
    require,
)

CENTRAL = Scope(location_id=1)
CENTRAL_STUDY_ROOMS = Scope(location_id=1, category_id=10)
CENTRAL_STUDIOS = Scope(location_id=1, category_id=11)
HARBOUR = Scope(location_id=2)


def somebody(role: Role, scope: Scope) -> Actor:
    return Actor(person_id=7, name="Marta Holloway", grants=frozenset({Grant(role, scope)}))


class TestScope:
    @pytest.mark.parametrize(
        ("wide", "narrow", "covers"),
        [
            (INSTALLATION, CENTRAL, True),
            (INSTALLATION, INSTALLATION, True),
            (CENTRAL, CENTRAL_STUDY_ROOMS, True),
            (CENTRAL, CENTRAL, True),
            (CENTRAL, HARBOUR, False),
            (CENTRAL, INSTALLATION, False),
            (CENTRAL_STUDY_ROOMS, CENTRAL, False),
            (CENTRAL_STUDY_ROOMS, CENTRAL_STUDIOS, False),
        ],
    )
    def test_covers_itself_and_what_lies_below(self, wide: Scope, narrow: Scope, *, covers: bool) -> None:
        assert wide.covers(narrow) is covers


class TestActor:
    def test_may_book_without_an_account(self) -> None:
        assert NOBODY.may(Permission.PLACE_BOOKING, on=CENTRAL)

    def test_may_not_see_names_without_an_account(self) -> None:
        assert not NOBODY.may(Permission.SEE_BOOKINGS, on=CENTRAL)

    def test_may_see_bookings_of_the_own_location_only(self) -> None:
        librarian = somebody(Role.LIBRARIAN, CENTRAL)

        assert librarian.may(Permission.SEE_BOOKINGS, on=CENTRAL_STUDY_ROOMS)
        assert not librarian.may(Permission.SEE_BOOKINGS, on=HARBOUR)

    def test_may_not_touch_connections_as_a_manager(self) -> None:
        assert not somebody(Role.MANAGER, CENTRAL).may(Permission.EDIT_CONNECTIONS, on=CENTRAL)

    def test_may_not_touch_the_installation_as_an_administrator_of_one_location(self) -> None:
        assert not somebody(Role.ADMINISTRATOR, CENTRAL).may(Permission.EDIT_INSTALLATION, on=INSTALLATION)

    def test_may_do_everything_as_an_administrator(self) -> None:
        assert all(SYSTEM.may(permission, on=HARBOUR) for permission in Permission)


class TestGrants:
    def test_each_role_adds_to_the_one_before(self) -> None:
        ladder = [GRANTS[role] for role in (Role.EVERYBODY, Role.LIBRARIAN, Role.MANAGER, Role.ADMINISTRATOR)]

        assert all(lower < higher for lower, higher in pairwise(ladder))


class TestRequire:
    def test_names_the_missing_permission(self) -> None:
        with pytest.raises(Forbidden) as caught:
            require(NOBODY, Permission.CANCEL_BOOKINGS, on=CENTRAL)

        assert caught.value.permission == "cancel_bookings"
