"""EWS keeps the contract, on the sandbox and over HTTP."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from booking.connectors.port import (
    Ambiguous,
    Connector,
    Definite,
    EventField,
    FreeBusy,
    Kind,
    StepResult,
)
from booking.domain.intervals import Interval
from tests.connectors.contract import ConnectorContract
from tests.connectors.world import MONDAY, NOBODY, OTHER, ROOM, STAMP, WEEK, ask, at, draft
from tests.connectors.worlds import ACCOUNT, WAYS, SandboxWorld, Way


class TestEws(ConnectorContract):
    """On each kind of server, with each way to sign in and to come to the rooms."""

    @pytest.fixture(params=WAYS, ids=str)
    def way(self, request: pytest.FixtureRequest) -> Way:
        way: Way = request.param
        return way

    @pytest.fixture
    def world(self, way: Way) -> Iterator[SandboxWorld]:
        with way.sandbox() as sandbox:
            yield SandboxWorld(sandbox, way)


class TestRequests:
    """How many requests each method of the port costs."""

    def operations(self, world: SandboxWorld) -> list[str]:
        return [request.operation for request in world.sandbox.requests() if request.operation]

    def test_are_one_for_each_step_of_a_booking(self, connector: Connector, world: SandboxWorld) -> None:
        connector.window(ROOM, WEEK)
        written = connector.create(ROOM, draft(), STAMP)
        connector.get(ROOM, written)
        connector.find(ROOM, STAMP, WEEK)
        moved = connector.update(ROOM, written, draft(at(11, 12)), fields=frozenset({EventField.TIME}), stamp=STAMP)
        connector.delete(ROOM, moved)

        assert self.operations(world) == ["FindItem", "CreateItem", "GetItem", "FindItem", "UpdateItem", "DeleteItem"]

    def test_are_one_for_a_view_of_three_hundred_entries(self, connector: Connector, world: SandboxWorld) -> None:
        for number in range(300):
            world.put(at(number / 2, number / 2 + 0.5))

        events = connector.window(ROOM, WEEK).events

        assert len(events) == 300
        assert self.operations(world) == ["FindItem"]

    def test_are_one_for_free_and_busy_of_a_hundred_rooms(self, connector: Connector, world: SandboxWorld) -> None:
        rooms = [f"room-{number}@library.example" for number in range(100)]
        for room in rooms:
            world.sandbox.add_room(room, room)

        answer = connector.free_busy(rooms, WEEK)

        assert all(isinstance(each, FreeBusy) for each in answer.values())
        assert self.operations(world) == ["GetUserAvailability"]

    def test_are_one_more_for_each_further_hundred_rooms(self, connector: Connector, world: SandboxWorld) -> None:
        connector.free_busy([f"room-{number}@library.example" for number in range(101)], WEEK)

        assert self.operations(world) == ["GetUserAvailability"] * 2

    def test_are_one_to_resolve_and_one_to_probe(self, connector: Connector, world: SandboxWorld) -> None:
        connector.resolve(ROOM)
        connector.probe(ROOM)

        assert self.operations(world) == ["ResolveNames", "GetFolder"]

    def test_are_four_for_a_check_with_a_mailbox(self, connector: Connector, world: SandboxWorld) -> None:
        connector.check(ROOM)

        assert self.operations(world) == ["GetFolder", "ResolveNames", "ResolveNames", "GetFolder"]

    def test_are_one_more_than_there_are_lists_of_rooms(self, connector: Connector, world: SandboxWorld) -> None:
        world.list_rooms("Main Library", ROOM)
        world.list_rooms("Annexe", OTHER)

        rooms = list(connector.rooms())

        assert len(rooms) == 2
        assert self.operations(world) == ["GetRoomLists", "GetRooms", "GetRooms"]

    def test_are_two_for_the_folders_of_a_mailbox(self, connector: Connector, world: SandboxWorld) -> None:
        list(connector.folders(ROOM))

        assert self.operations(world) == ["GetFolder", "FindFolder"]

    def test_are_one_to_decline(self, connector: Connector, world: SandboxWorld) -> None:
        world.invite(at(9, 10))
        (meeting,) = connector.window(ROOM, WEEK).events

        connector.decline(ROOM, meeting.ref, "No.")

        assert self.operations(world) == ["FindItem", "CreateItem"]

    def test_are_two_for_a_window_longer_than_a_view_may_be(self, connector: Connector, world: SandboxWorld) -> None:
        long_ago = MONDAY - timedelta(days=600)
        world.put(at(9, 10))
        world.put(at(9, 10, day=long_ago))

        snapshot = connector.window(ROOM, Interval(long_ago, MONDAY + timedelta(days=400)))

        assert len(snapshot.events) == 2
        assert snapshot.complete
        assert self.operations(world) == ["FindItem"] * 2

    def test_are_halved_when_a_view_is_full(self, connector: Connector, world: SandboxWorld) -> None:
        for number in range(1001):
            world.put(Interval(MONDAY + timedelta(minutes=5 * number), MONDAY + timedelta(minutes=5 * number + 5)))

        snapshot = connector.window(ROOM, WEEK)

        assert len(snapshot.events) == 1001
        assert snapshot.complete
        assert len(self.operations(world)) > 1


class TestFailures:
    @pytest.mark.parametrize("call", ["get", "update", "delete"])
    def test_say_mailbox_gone_also_for_an_entry_in_a_mailbox_that_is_not_there(
        self, connector: Connector, call: str
    ) -> None:
        with pytest.raises(Definite) as refusal:
            ask(connector, call, NOBODY)  # a delegate names only the entry, so the server cannot tell

        assert refusal.value.kind is Kind.MAILBOX_GONE

    @pytest.mark.parametrize("status", [401, 500, 502, 503, 504])
    def test_of_a_write_in_mid_session_are_ambiguous(
        self, connector: Connector, world: SandboxWorld, status: int
    ) -> None:
        connector.window(ROOM, WEEK)
        world.sandbox.fault(operation="CreateItem", status=status, count=1)

        with pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)

        assert world.requests() == 2

    def test_by_the_deadline_are_ambiguous_although_it_is_applied_late(self, world: SandboxWorld) -> None:
        connector = world.connect(deadline_seconds=0.5)
        world.sandbox.fault(operation="CreateItem", latency=1.0, count=1)

        with pytest.raises(Ambiguous) as error:
            connector.create(ROOM, draft(), STAMP)

        assert "0.5 seconds" in str(error.value)

    def test_of_a_mailbox_that_was_taken_away_say_mailbox_gone(self, connector: Connector, world: SandboxWorld) -> None:
        connector.window(ROOM, WEEK)
        world.sandbox.remove_mailbox(ROOM)

        with pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.MAILBOX_GONE

    def test_of_a_password_that_was_changed_in_mid_session_leave_a_write_ambiguous(
        self, connector: Connector, world: SandboxWorld
    ) -> None:
        connector.window(ROOM, WEEK)
        world.sandbox.set_password(ACCOUNT, "another")

        with pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)
        with pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.SIGN_IN

    def test_of_a_right_to_impersonate_name_the_role(self, world: SandboxWorld) -> None:
        world.sandbox.grant(ACCOUNT, ROOM, "none")
        connector = world.connect()

        rights = connector.probe(ROOM)

        assert not rights.read
        assert "ApplicationImpersonation" in rights.missing
        assert ACCOUNT in rights.missing


class TestHalving:
    """Some servers fail a whole free/busy batch for one mailbox; `test_odd` has one."""

    def test_is_not_needed_where_the_server_says_which_mailbox_it_is(
        self, connector: Connector, world: SandboxWorld
    ) -> None:
        world.put(at(9, 10))
        world.sandbox.fault(operation="GetUserAvailability", mailbox=NOBODY, error="ErrorProxyRequestProcessingFailed")

        answer = connector.free_busy([OTHER, ROOM, NOBODY], WEEK)

        room = answer[ROOM]
        assert isinstance(room, FreeBusy)
        assert len(room.blocks) == 1
        assert isinstance(answer[OTHER], FreeBusy)
        assert isinstance(answer[NOBODY], Definite)
        assert world.requests() == 1

    def test_does_not_ask_a_busy_server_again(self, connector: Connector, world: SandboxWorld) -> None:
        world.sandbox.fault(operation="GetUserAvailability", error="ErrorServerBusy", back_off=1000)

        with pytest.raises(Definite):
            connector.free_busy([OTHER, ROOM], WEEK)

        assert world.requests() == 1


class TestCheck:
    def test_says_each_step_in_words(self, connector: Connector) -> None:
        steps = connector.check(ROOM)

        said = {step.name: step.detail for step in steps}
        assert " ".join(said) == "resolve tls sign_in version account mailbox folder read write"
        assert said["version"].startswith("Exchange Server 2016 (build 15.1.2507).")
        assert ROOM in said["mailbox"]
        assert all(step.title for step in steps)

    def test_warns_of_a_connection_that_is_not_encrypted(self, connector: Connector) -> None:
        steps = {step.name: step for step in connector.check()}

        assert steps["tls"].result is StepResult.WARNING
        assert "mailbox" not in steps

    @pytest.mark.parametrize(("username", "other"), [(ACCOUNT, "DOMAIN\\svc-rooms"), ("LIB\\svc", ACCOUNT)])
    def test_suggests_the_other_form_of_the_user_name(self, world: SandboxWorld, username: str, other: str) -> None:
        connector = world.connect(password="wrong", username=username)

        steps = {step.name: step for step in connector.check(ROOM)}

        assert other in steps["sign_in"].remedy
        assert "not locked" in steps["sign_in"].remedy
        assert steps["version"].result is StepResult.SKIPPED
        assert world.requests() == 1

    def test_signs_in_with_either_form(self, world: SandboxWorld) -> None:
        for username in (ACCOUNT, "LIB\\svc"):
            steps = {step.name: step for step in world.connect(username=username).check(ROOM)}

            assert steps["write"].result is StepResult.OK

    def test_has_one_deadline_for_all_its_steps(self, world: SandboxWorld) -> None:
        world.sandbox.fault(latency=0.4)
        began = time.monotonic()

        steps = world.connect(deadline_seconds=1.0).check(ROOM)

        assert time.monotonic() - began < 1.4
        assert [step.result for step in steps].count(StepResult.FAILED) == 1
        assert steps[-1].result is StepResult.SKIPPED

    def test_asks_as_patiently_as_before_when_it_is_over(self, world: SandboxWorld) -> None:
        connector = world.connect(deadline_seconds=1.0)
        world.sandbox.fault(latency=0.4, count=3)
        connector.check(ROOM)
        world.sandbox.clear_faults()
        world.sandbox.fault(latency=0.6)

        assert connector.resolve(ROOM) is not None

    def test_finds_another_calendar_by_its_name(self, world: SandboxWorld) -> None:
        world.sandbox.add_calendar(ROOM, "Repairs")

        steps = {step.name: step for step in world.connect().check(ROOM, folder="REPAIRS")}

        assert steps["folder"].detail == "Repairs."
        assert steps["read"].result is StepResult.OK

    def test_names_the_calendars_where_the_one_wanted_is_not_there(self, world: SandboxWorld) -> None:
        steps = {step.name: step for step in world.connect().check(ROOM, folder="Attic")}

        assert steps["folder"].result is StepResult.FAILED
        assert "Calendar" in steps["folder"].remedy
        assert steps["read"].result is StepResult.SKIPPED

    @pytest.mark.parametrize("error", ["ErrorNonExistentMailbox", "ErrorFolderNotFound"])
    def test_names_a_missing_mailbox_of_the_account_and_goes_on(self, world: SandboxWorld, error: str) -> None:
        world.sandbox.fault(operation="GetFolder", error=error, count=1)

        steps = {step.name: step for step in world.connect().check(ROOM)}

        assert steps["sign_in"].result is StepResult.OK
        assert steps["account"].result is StepResult.WARNING
        assert f"no mailbox of {ACCOUNT} itself" in steps["account"].detail
        assert steps["write"].result is StepResult.OK

    def test_warns_of_an_address_of_the_account_that_nobody_has(self, world: SandboxWorld) -> None:
        steps = {step.name: step for step in world.connect(email="svc@library.example").check()}

        assert steps["account"].result is StepResult.WARNING
        assert "svc@library.example" in steps["account"].detail

    def test_names_logon_hours_where_the_account_is_refused(self, world: SandboxWorld) -> None:
        steps = {step.name: step for step in world.connect(password="wrong").check()}

        assert "Logon Hours" in steps["sign_in"].remedy

    def test_tells_reading_from_writing(self, world: SandboxWorld) -> None:
        world.grant("reviewer")

        steps = {step.name: step for step in world.connect().check(ROOM)}

        assert steps["read"].result is StepResult.OK
        assert steps["write"].result is StepResult.FAILED
        assert "Author" in steps["write"].detail

    @pytest.mark.parametrize("server", ["", "http://", "https://", "not a host", "mail.invalid"])
    def test_fails_at_the_first_step_for_a_server_that_is_none(self, world: SandboxWorld, server: str) -> None:
        steps = world.connect(server=server).check(ROOM)

        assert steps[0].result is StepResult.FAILED
        assert steps[0].remedy
        assert {step.result for step in steps[1:]} == {StepResult.SKIPPED}

    def test_fails_at_the_first_step_for_this_machine_where_that_is_not_allowed(self, world: SandboxWorld) -> None:
        server = world.sandbox.ews_url.replace("http://", "https://")

        steps = world.connect(server=server, allow_local=False).check()

        assert steps[0].result is StepResult.FAILED
        assert "this machine itself" in steps[0].detail
        assert world.requests() == 0
