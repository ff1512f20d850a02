"""The whole test of a stored connection: its verdict, what is kept of it, and what only the last one can tell."""

import json
from datetime import timedelta

import pytest

from booking.connectors.port import StepResult
from booking.domain.errors import Forbidden, NotFound
from booking.domain.permissions import NOBODY
from booking.domain.verdicts import Verdict
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Connection
from booking.sync import changed_servers, proofs, trials
from booking.sync.proofs import Proof
from booking.sync.trials import Step
from tests.build import ADMINISTRATOR
from tests.sync.library import ROOM, Library

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def prove(lib: Library, **where: str) -> Proof:
    return proofs.prove(lib.engine, lib.connection_id, actor=ADMINISTRATOR, now=lib.clock.now, **where)


class TestProve:
    def test_ends_successful_in_a_room_with_all_rights(self, lib: Library) -> None:
        proof = prove(lib, mailbox=ROOM)

        assert proof.verdict is Verdict.SUCCESSFUL
        assert [each.name for each in proof.steps][-2:] == ["read", "write"]

    def test_fails_at_a_folder_that_is_not_there(self, lib: Library) -> None:
        proof = prove(lib, mailbox=ROOM, folder="Attic")

        assert proof.verdict is Verdict.FAILED
        assert "Attic" in proof.steps[-1].detail

    def test_is_kept_as_the_last_test(self, lib: Library) -> None:
        prove(lib, mailbox=ROOM)

        with reading() as session:
            row = queries.connections.row(session, lib.connection_id)
        assert row is not None
        assert row.checked_at == lib.clock.now
        assert len(trials.read_report(row.check_report)) == len(prove(lib, mailbox=ROOM).steps)

    def test_of_a_server_that_is_left_in_peace_keeps_the_one_before(self, lib: Library) -> None:
        prove(lib, mailbox=ROOM)
        with transaction() as session:
            kept = session.get_one(Connection, lib.connection_id).check_report
            session.get_one(Connection, lib.connection_id).throttled_until = lib.clock.now + timedelta(hours=1)

        proof = prove(lib, mailbox=ROOM)

        with reading() as session:
            assert session.get_one(Connection, lib.connection_id).check_report == kept
        assert proof.verdict is Verdict.FAILED

    def test_is_for_administrators_and_of_connections_that_there_are(self, lib: Library) -> None:
        with pytest.raises(Forbidden):
            proofs.prove(lib.engine, lib.connection_id, actor=NOBODY, now=lib.clock.now)
        with pytest.raises(NotFound):
            proofs.prove(lib.engine, 4711, actor=ADMINISTRATOR, now=lib.clock.now)

    def test_says_of_a_password_that_was_right_before_what_else_may_be_wrong(self, lib: Library) -> None:
        with transaction() as session:
            session.get_one(Connection, lib.connection_id).signed_in_at = lib.clock.now - timedelta(days=3)
        lib.server.add_account("svc", "another password than ours")

        (refused,) = (each for each in prove(lib).steps if each.failed)

        assert refused.name == "sign_in"
        assert "outside its logon hours" in refused.remedy


class TestAnotherServer:
    @staticmethod
    def version(detail: str, result: StepResult = StepResult.OK) -> Step:
        return Step("version", "The server's version", result, detail)

    def noticed(self, lib: Library, then: str, now: Step, *, chosen: str = "") -> Step:
        """Return the step after one that said `then`."""
        with transaction() as session:
            stored = session.get_one(Connection, lib.connection_id)
            stored.check_report, stored.version = json.dumps([{"name": "version", "detail": then}]), chosen
        with reading() as session:
            row = queries.connections.row(session, lib.connection_id)
        assert row is not None
        (step,) = changed_servers.noticed(row, [now])
        return step

    OLD = "Exchange Server 2016 (build 15.1.2507.6). Version in use, found out: Exchange2016."
    NEW = "Exchange Server SE (build 15.2.2562.17). Version in use, found out: Exchange2016."

    def test_is_noticed_and_explained(self, lib: Library) -> None:
        step = self.noticed(lib, self.OLD, self.version(self.NEW))

        assert step.result is StepResult.WARNING
        assert step.detail.startswith("At the last test it was Exchange Server 2016; now another one answers.")
        assert "nothing needs to be done" in step.remedy

    def test_means_another_choice_where_the_version_was_chosen(self, lib: Library) -> None:
        step = self.noticed(lib, self.OLD, self.version(self.NEW), chosen="Exchange2016")

        assert "one that you chose here" in step.remedy

    def test_is_remembered_over_a_test_that_did_not_come_so_far(self, lib: Library) -> None:
        between = self.noticed(lib, self.OLD, self.version("", StepResult.SKIPPED))
        after = self.noticed(lib, between.detail, self.version(self.NEW))

        assert between.detail == "Not asked. Last time it was Exchange Server 2016 (build 15.1.2507.6)."
        assert after.result is StepResult.WARNING

    @pytest.mark.parametrize("then", [NEW, "", "The server does not say which version it is."])
    def test_is_not_what_was_there_before_or_never_seen(self, lib: Library, then: str) -> None:
        assert self.noticed(lib, then, self.version(self.NEW)) == self.version(self.NEW)
