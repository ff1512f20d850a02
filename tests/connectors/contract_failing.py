"""The contract's sentences about mailboxes, rights, the connection test, and answers that do not come."""

from datetime import timedelta

import pytest

from booking.connectors.port import (
    Ambiguous,
    Connector,
    Definite,
    Kind,
    StepResult,
)
from tests.connectors.world import NOBODY, ROOM, STAMP, WEEK, World, ask, at, draft


class Failing:
    """Part of `ConnectorContract`."""

    def test_resolves_a_mailbox_whatever_its_case(self, connector: Connector) -> None:
        found = connector.resolve(f" {ROOM.upper()} ")

        assert found is not None
        assert found.address == ROOM
        assert found.name == "Reading Room"

    def test_resolves_nothing_from_a_beginning_of_an_address(self, connector: Connector) -> None:
        assert connector.resolve("reading-room") is None
        assert connector.resolve(NOBODY) is None

    @pytest.mark.parametrize("call", ["window", "find", "create", "probe"])
    def test_says_mailbox_gone_for_a_mailbox_that_is_not_there(self, connector: Connector, call: str) -> None:
        with pytest.raises(Definite) as refusal:
            ask(connector, call, NOBODY)

        assert refusal.value.kind is Kind.MAILBOX_GONE

    def test_may_read_and_write_with_the_right_rights(self, connector: Connector) -> None:
        rights = connector.probe(ROOM)

        assert (rights.read, rights.write, rights.missing) == (True, True, "")

    def test_names_the_right_that_is_missing_to_write(self, world: World) -> None:
        world.grant("reviewer")
        connector = world.connect()

        rights = connector.probe(ROOM)

        assert (rights.read, rights.write) == (True, False)
        assert "may read this calendar but not write" in rights.missing
        assert "Author" in rights.missing

    def test_names_the_right_that_is_missing_to_read(self, world: World) -> None:
        world.grant("none")
        connector = world.connect()

        rights = connector.probe(ROOM)

        assert (rights.read, rights.write) == (False, False)
        assert "Reviewer" in rights.missing

    @pytest.mark.parametrize("call", ["window", "find", "create"])
    def test_says_forbidden_where_the_account_has_no_rights(self, world: World, call: str) -> None:
        world.grant("none")
        connector = world.connect()

        with pytest.raises(Definite) as refusal:
            ask(connector, call, ROOM)

        assert refusal.value.kind is Kind.FORBIDDEN
        assert "right" in str(refusal.value)

    def test_reads_but_does_not_write_as_a_reviewer(self, world: World) -> None:
        world.put(at(9, 10))
        world.grant("reviewer")
        connector = world.connect()

        with pytest.raises(Definite) as refusal:
            connector.create(ROOM, draft(at(11, 12)), STAMP)

        assert refusal.value.kind is Kind.FORBIDDEN
        assert len(connector.window(ROOM, WEEK).events) == world.count() == 1

    def test_passes_the_check_of_a_room_with_all_rights(self, connector: Connector) -> None:
        steps = {step.name: step.result for step in connector.check(ROOM)}

        assert [steps[name] for name in ("sign_in", "mailbox", "read", "write")] == [StepResult.OK] * 4

    def test_fails_the_check_at_a_mailbox_that_is_not_there(self, connector: Connector) -> None:
        steps = {step.name: step for step in connector.check(NOBODY)}

        assert steps["sign_in"].result is StepResult.OK
        assert steps["mailbox"].result is StepResult.FAILED
        assert NOBODY in steps["mailbox"].detail

    def test_tries_a_wrong_password_once(self, world: World) -> None:
        connector = world.connect(password="wrong")

        steps = {step.name: step for step in connector.check(ROOM)}

        assert steps["sign_in"].result is StepResult.FAILED
        assert "wrong" not in repr(steps)
        assert world.requests() == 1

    @pytest.mark.parametrize("call", ["window", "create"])
    def test_says_sign_in_for_a_wrong_password(self, world: World, call: str) -> None:
        connector = world.connect(password="wrong")

        with pytest.raises(Definite) as refusal:
            ask(connector, call, ROOM)

        assert refusal.value.kind is Kind.SIGN_IN
        assert "wrong" not in str(refusal.value)
        assert world.requests() == 1

    @pytest.mark.parametrize("call", ["create", "update", "delete"])
    @pytest.mark.parametrize("applied", [True, False])
    def test_says_ambiguous_when_a_change_gets_no_answer(
        self, connector: Connector, world: World, call: str, *, applied: bool
    ) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        world.drop(call, applied=applied)
        before = world.requests()

        with pytest.raises(Ambiguous):
            ask(connector, call, ROOM, written)

        assert world.requests() == before + 1

    def test_has_written_nothing_when_a_create_was_dropped_before(self, connector: Connector, world: World) -> None:
        world.drop("create", applied=False)

        with pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)

        assert world.count() == 0
        assert connector.find(ROOM, STAMP, WEEK) == []

    def test_has_written_one_when_the_answer_to_a_create_was_lost(self, connector: Connector, world: World) -> None:
        world.drop("create", applied=True)

        with pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)

        assert world.count() == 1
        assert [event.when for event in connector.find(ROOM, STAMP, WEEK)] == [at(9, 10)]

    @pytest.mark.parametrize("call", ["window", "create", "free_busy"])
    def test_says_throttled_and_for_how_long(self, connector: Connector, world: World, call: str) -> None:
        world.busy(seconds=7)

        with pytest.raises(Definite) as refusal:
            ask(connector, call, ROOM)

        assert refusal.value.kind is Kind.THROTTLED
        assert refusal.value.wait == timedelta(seconds=7)
        assert world.count() == 0

    def test_goes_on_after_a_failure(self, connector: Connector, world: World) -> None:
        world.busy(seconds=1)
        with pytest.raises(Definite):
            connector.window(ROOM, WEEK)

        assert connector.window(ROOM, WEEK).complete
