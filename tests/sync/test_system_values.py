"""What health says of sync as a whole: each value in each of its states, with its meaning."""

from datetime import date, timedelta

import pytest
from flask import Flask

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.permissions import COMMAND_LINE
from booking.store.database import reading, transaction
from booking.store.models import Connection, Space
from booking.sync import health, links, pull, status, worker
from booking.sync.system_values import System
from booking.sync.values import Value
from tests import build
from tests.sync.library import Library, at, library

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def whole(lib: Library, *, names_accounts: bool = False) -> System:
    with reading() as session:
        every = status.spaces(session, now=lib.clock.now, cadence=lib.engine.timing.cadence)
        return health.system(session, every, now=lib.clock.now, names_accounts=names_accounts)


def value(lib: Library, key: str, *, names_accounts: bool = False) -> Value:
    return next(each for each in whole(lib, names_accounts=names_accounts).values if each.key == key)


def account(lib: Library, *, names_accounts: bool = False) -> Value:
    return value(lib, f"account:{lib.connection_id}", names_accounts=names_accounts)


class TestTheAccount:
    def test_was_not_tried_before_the_first_sign_in(self, lib: Library) -> None:
        assert account(lib).shown == "not tried yet"

    def test_is_recognised_once_it_was_let_in(self, lib: Library) -> None:
        lib.pull()

        found = account(lib)

        assert (found.shown, found.kind) == ("recognised", "in-step")
        assert "each space says for itself" in found.meaning
        assert "Remote Connectivity Analyzer" in found.next_step

    def test_is_not_recognised_once_it_was_refused(self, lib: Library) -> None:
        lib.server.fail("window", FailBefore(Definite(Kind.SIGN_IN, "Not with this password.")))
        lib.pull()

        found = account(lib)

        assert (found.shown, found.kind) == ("not recognised", "failed")
        assert found.meaning == "Not with this password."
        assert "other form of the user name" in found.next_step

    def test_is_named_only_for_whoever_looks_after_connections(self, lib: Library) -> None:
        lib.pull()

        assert account(lib).shown == "recognised"
        assert account(lib, names_accounts=True).shown == "recognised (svc-rooms@example.org)"

    def test_says_so_while_its_connection_is_paused(self, lib: Library) -> None:
        with transaction() as session:
            session.get_one(Connection, lib.connection_id).paused = True

        assert account(lib).shown == "paused"

    def test_says_when_its_password_expires_soon(self, lib: Library) -> None:
        lib.pull()
        with transaction() as session:
            session.get_one(Connection, lib.connection_id).password_expires_on = date(2026, 11, 1)

        assert account(lib).shown == "recognised, password expires on 2026-11-01"
        assert account(lib).kind == "late"


class TestProfiles:
    def test_are_the_built_in_one_where_nobody_made_any(self, lib: Library) -> None:
        assert value(lib, "active_profiles").shown == "built-in"
        assert value(lib, "spaces_under_active_profile").shown == "1 of 1"

    def test_are_counted_and_so_are_their_spaces(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        with stored.app_context(), library(request.node.nodeid, rooms=3) as lib:
            with transaction() as session:
                build.profile(session, space_id=lib.spaces[0], active=False)
                build.profile(session, space_id=lib.spaces[1])
                name = session.get_one(Space, lib.spaces[0]).name

            found = value(lib, "spaces_under_active_profile")

            assert value(lib, "active_profiles").shown == "1 of 2"
            assert (found.shown, found.kind) == ("2 of 3", "late")
            assert name in found.meaning

    def test_that_stop_sync_everywhere_are_told(self, lib: Library) -> None:
        with transaction() as session:
            build.profile(session, space_id=lib.space_id, active=False)

        assert (value(lib, "spaces_under_active_profile").shown, value(lib, "spaces_under_active_profile").kind) == (
            "0 of 1",
            "failed",
        )


class TestAddresses:
    def test_are_all_linked(self, lib: Library) -> None:
        assert value(lib, "addresses_linked").shown == "1 of 1"
        assert whole(lib).missing == ()

    def test_that_are_missing_are_listed(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        with stored.app_context(), library(request.node.nodeid, rooms=2) as lib:
            links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=COMMAND_LINE, now=lib.clock.now)

            found = whole(lib)

            assert value(lib, "addresses_linked").shown == "1 of 2"
            assert [each.id for each in found.missing] == [lib.space_id]
            assert found.missing[0].name in value(lib, "addresses_linked").meaning

    def test_of_which_none_is_linked_are_a_fault(self, lib: Library) -> None:
        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=COMMAND_LINE, now=lib.clock.now)

        assert (value(lib, "addresses_linked").shown, value(lib, "addresses_linked").kind) == ("0 of 1", "failed")


class TestLastActivity:
    @pytest.mark.parametrize(
        ("later", "kind"),
        [(timedelta(minutes=9), "in-step"), (timedelta(hours=5), "late"), (timedelta(hours=25), "failed")],
    )
    def test_means_something_else_the_older_it_is(self, lib: Library, later: timedelta, kind: str) -> None:
        lib.pull()
        lib.clock.now += later

        assert value(lib, "last_activity").shown == "2026-10-23 08:00 UTC"
        assert value(lib, "last_activity").kind == kind

    def test_is_never_before_the_first_reading(self, lib: Library) -> None:
        assert value(lib, "last_activity").shown == "never"


class TestRecords:
    def test_are_counted_each_way_for_an_hour_and_a_day(self, lib: Library) -> None:
        lib.pull()
        lib.written()
        lib.written(at(12, 13))
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()
        lib.clock.turn(minutes=61)
        lib.server.put(lib.mailbox, when=at(16, 17))
        lib.pull()

        found = {each.key: each.shown for each in whole(lib).values}

        assert (found["to_exchange_hour"], found["from_exchange_hour"]) == ("0", "1")
        assert (found["to_exchange_day"], found["from_exchange_day"]) == ("2", "2")

    def test_that_are_none_are_quiet_while_calendars_answer(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(minutes=1)
        pull.sweep_near(lib.engine)

        found = value(lib, "from_exchange_hour")

        assert (found.shown, found.kind) == ("0", "in-step")
        assert found.meaning == "Quiet, not broken: 2 reads, nothing to bring across."

    def test_that_are_none_are_broken_while_none_answers(self, lib: Library) -> None:
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "HTTP 503")))
        lib.pull()

        found = value(lib, "to_exchange_hour")

        assert (found.shown, found.kind) == ("0", "failed")
        assert found.meaning.startswith("Broken, not quiet")

    def test_do_not_count_what_we_wrote_ourselves_as_taken_in(self, lib: Library) -> None:
        lib.pull()
        lib.written()
        lib.pull()
        worker.push_due(lib.engine)

        assert value(lib, "from_exchange_day").shown == "0"
