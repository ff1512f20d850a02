"""Saving a connection: tested first, the old one kept if the new one fails, and the password never handed out."""

import pytest

from booking import services
from booking.domain.errors import Forbidden, Invalid, NotFound
from booking.services.connections import ConnectionDraft
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Location, Space
from booking.sync import connections
from booking.sync.connections import Outcome
from tests import build
from tests.build import ADMINISTRATOR
from tests.sync.library import Library

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ACCOUNT = "svc-rooms@example.org"


def location_of(lib: Library) -> int:
    with reading() as session:
        return session.get_one(Space, session.get_one(CalendarLink, lib.link_id).space_id).location_id


def draft(lib: Library, **different: object) -> ConnectionDraft:
    known = lib.connection()
    values: dict[str, object] = {
        "name": known.name,
        "server": known.server,
        "username": ACCOUNT,
        "password": None,
        "protocol": "memory",
    }
    return ConnectionDraft(**(values | different))  # type: ignore[arg-type]  # by field


def save(lib: Library, entered: ConnectionDraft) -> Outcome:
    return connections.save_and_test(
        lib.engine, entered, location_id=location_of(lib), actor=ADMINISTRATOR, now=lib.clock.now
    )


class TestSaving:
    def test_keeps_the_password_when_none_is_entered(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "not-a-password")

        outcome = save(lib, draft(lib, email="rooms@example.org"))

        assert outcome.saved
        assert (lib.connection().email, lib.connection().password) == ("rooms@example.org", "not-a-password")
        assert lib.connection().revision == 2

    def test_keeps_the_old_settings_when_the_new_ones_fail(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "not-a-password")

        outcome = save(lib, draft(lib, password="wrong"))

        assert not outcome.saved
        assert (lib.connection().password, lib.connection().revision) == ("not-a-password", 1)
        assert lib.server.sign_ins_refused == 1

    @pytest.mark.parametrize("change", [{"username": "somebody@example.org"}, {"server": "elsewhere"}])
    def test_wants_the_password_again_for_another_server_or_account(
        self, lib: Library, change: dict[str, object]
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            save(lib, draft(lib, **change))

        assert list(refusal.value.fields) == ["password"]
        assert lib.server.calls == []

    def test_without_a_test_pauses_the_connection(self, lib: Library) -> None:
        connections.save_paused(
            lib.engine,
            draft(lib, password="untested"),
            location_id=location_of(lib),
            actor=ADMINISTRATOR,
            now=lib.clock.now,
        )

        assert lib.connection().paused
        assert lib.server.calls == []

    def test_closes_the_breaker(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "changed")
        lib.pull()
        assert lib.connection().breaker_until is not None

        outcome = save(lib, draft(lib, password="changed"))
        lib.pull()

        assert outcome.saved
        assert lib.connection().breaker_until is None
        assert lib.link().read_at == lib.clock.now

    @pytest.mark.parametrize("server", ["", "mail example org", "me@mail.example.org", "-mail.example.org", "a..b"])
    def test_refuses_what_cannot_be_a_server(self, lib: Library, server: str) -> None:
        with pytest.raises(Invalid) as refusal:
            save(lib, draft(lib, server=server, password="secret", protocol="ews"))

        assert "server" in refusal.value.fields

    def test_is_for_administrators(self, lib: Library) -> None:
        with reading() as session:
            manager = build.manager(session.get_one(Location, location_of(lib)))

        with pytest.raises(Forbidden):
            connections.save_and_test(
                lib.engine, draft(lib), location_id=location_of(lib), actor=manager, now=lib.clock.now
            )


class TestTheStoredPassword:
    def test_is_not_tried_again_before_its_time_whatever_else_is_entered(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "another password")
        connections.test(lib.engine, lib.connection_id)

        outcome = save(lib, draft(lib, email="rooms@example.org"))

        assert not outcome.saved
        assert "next attempt" in outcome.steps[0].detail
        assert lib.server.sign_ins_refused == 1

    def test_that_is_refused_here_opens_the_breaker(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "another password")

        save(lib, draft(lib, email="rooms@example.org"))
        save(lib, draft(lib, email="room@example.org"))

        assert lib.server.sign_ins_refused == 1

    def test_entered_anew_is_tried_at_once(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "another password")
        connections.test(lib.engine, lib.connection_id)

        assert save(lib, draft(lib, password="another password")).saved


class TestByItself:
    def test_a_connection_stands_without_a_location(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "not-a-password")

        outcome = connections.save_and_test(
            lib.engine, draft(lib, name="Another", password="not-a-password"), actor=ADMINISTRATOR, now=lib.clock.now
        )

        assert outcome.connection_id not in {None, lib.connection_id}
        with reading() as session:
            assert connections.shared_with(session, outcome.connection_id or 0) == ()
            assert session.get_one(Location, location_of(lib)).connection_id == lib.connection_id

    def test_it_is_changed_by_its_number(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "not-a-password")

        outcome = connections.save_and_test(
            lib.engine,
            draft(lib, name="Renamed"),
            connection_id=lib.connection_id,
            actor=ADMINISTRATOR,
            now=lib.clock.now,
        )

        assert outcome.connection_id == lib.connection_id
        assert (lib.connection().name, lib.connection().revision) == ("Renamed", 2)

    def test_one_that_is_not_there_cannot_be_changed(self, lib: Library) -> None:
        with pytest.raises(NotFound):
            connections.save_paused(
                lib.engine, draft(lib, name="Renamed"), connection_id=99, actor=ADMINISTRATOR, now=lib.clock.now
            )

    def test_no_location_takes_it_whose_spaces_are_paired_through_another(self, lib: Library) -> None:
        kept = connections.save_paused(
            lib.engine, draft(lib, name="Another", password="other"), actor=ADMINISTRATOR, now=lib.clock.now
        )

        with pytest.raises(Invalid) as refusal, transaction() as session:
            services.connections.use(
                session, kept, location_id=location_of(lib), actor=ADMINISTRATOR, now=lib.clock.now
            )

        assert list(refusal.value.fields) == ["connection"]


class TestAConnection:
    def test_never_shows_its_password(self, lib: Library) -> None:
        with reading() as session:
            row = queries.connections.row(session, lib.connection_id)
            line = queries.connections.line(session, lib.connection_id)

        assert "not-a-password" not in repr(row)
        assert "not-a-password" not in repr(line)
        assert "hidden" not in repr(draft(lib, password="hidden"))

    def test_is_not_tested_while_the_breaker_is_open(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "changed")
        lib.pull()

        steps = connections.test(lib.engine, lib.connection_id)

        assert lib.server.sign_ins_refused == 1
        assert [step.ok for step in steps] == [False]

    def test_that_fails_its_test_opens_the_breaker(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "changed")

        connections.test(lib.engine, lib.connection_id)
        lib.pull()

        assert lib.server.sign_ins_refused == 1

    def test_that_is_paused_can_be_tested(self, lib: Library) -> None:
        connections.save_paused(
            lib.engine, draft(lib), location_id=location_of(lib), actor=ADMINISTRATOR, now=lib.clock.now
        )

        steps = connections.test(lib.engine, lib.connection_id)

        assert all(step.ok for step in steps)

    def test_says_which_locations_it_serves(self, lib: Library) -> None:
        with reading() as session:
            served = connections.shared_with(session, lib.connection_id)

        assert [each.id for each in served] == [location_of(lib)]
