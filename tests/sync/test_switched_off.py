"""Places whose sync is switched off are asked for nothing, and stand in nobody's way."""

from collections.abc import Iterable, Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from booking.store.database import transaction
from booking.store.models import CalendarLink, SyncProfile
from booking.sync import pull, reconciling
from tests import build
from tests.sync.library import Library, library

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _switch_off(space_ids: Iterable[int]) -> None:
    with transaction() as session:
        for each in space_ids:
            build.profile(session, space_id=each, active=False)


@pytest.fixture
def many(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Library]:
    """Give a library with two rooms more than are compared in one go, all read a moment ago."""
    with stored.app_context(), library(request.node.nodeid, rooms=22) as made:
        pull.read_due(made.engine)
        yield made


class TestARoomWhoseSyncIsSwitchedOff:
    def test_is_not_asked_for(self, lib: Library) -> None:
        lib.pull()
        _switch_off([lib.space_id])
        before = len(lib.server.calls)

        lib.clock.turn(hours=2)
        for sweep in (pull.sweep_near, pull.sweep_far, pull.sweep_rest):
            sweep(lib.engine)

        assert pull.read_due(lib.engine) == 0
        assert len(lib.server.calls) == before

    def test_does_not_keep_others_from_being_compared_at_night(self, many: Library) -> None:
        _switch_off(many.spaces[:-1])
        many.clock.turn(minutes=10)
        many.link_id += len(many.spaces) - 1
        many.pull()  # so that all others have waited longer

        reconciling.due(many.engine)

        assert many.link().reconciled_at == many.clock.now

    def test_is_read_again_once_it_is_switched_on(self, lib: Library) -> None:
        lib.pull()
        _switch_off([lib.space_id])
        with transaction() as session:
            session.execute(update(CalendarLink).values(look_at=lib.clock.now))
            session.execute(update(SyncProfile).values(active=True))

        assert pull.read_due(lib.engine) == 1
        assert lib.link().look_at is None
