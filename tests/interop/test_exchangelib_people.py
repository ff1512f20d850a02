from contextlib import closing
from datetime import timedelta

import pytest
from exchangelib import Configuration
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.errors import ErrorMailRecipientNotFound, ErrorNameResolutionNoResults
from exchangelib.protocol import FailFast

from tests.interop.world import ANN, BEN, BUILDING, OTHER_ROOM, ROOM, World, london, utc

pytestmark = pytest.mark.interop

VIEWS = ("MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged")
NOBODY = "nobody@wexcombe.example"


class TestAName:
    def test_is_resolved_to_one_or_to_many(self, world: World) -> None:
        world.sandbox.add_user("anna@wexcombe.example", "Anna Best")
        protocol = world.account().protocol

        (one,) = protocol.resolve_names([ROOM.upper()])
        many = protocol.resolve_names(["ann"])

        assert (one.email_address, one.name) == (ROOM, "Reading Room")
        assert {each.email_address for each in many} == {ANN, "anna@wexcombe.example"}

    def test_is_resolved_with_the_contact_behind_it(self, world: World) -> None:
        ((mailbox, contact),) = world.account().protocol.resolve_names([BEN], return_full_contact_data=True)

        assert mailbox.email_address == BEN
        assert contact is None or contact.display_name == "Ben Okri"

    def test_of_nobody_is_said_to_be_that(self, world: World) -> None:
        (found,) = world.account().protocol.resolve_names([NOBODY])

        assert isinstance(found, ErrorNameResolutionNoResults)


class TestRooms:
    def test_stand_in_lists(self, world: World) -> None:
        protocol = world.account().protocol

        (building,) = protocol.get_roomlists()
        rooms = protocol.get_rooms(building.email_address)

        assert (building.name, building.email_address) == ("Main library", BUILDING)
        assert [(room.name, room.email_address) for room in rooms] == [("Reading Room", ROOM)]


class TestFreeAndBusy:
    def fill(self, world: World) -> None:
        world.sandbox.add_event(ROOM, subject="Choir", location="Upstairs", start=utc(27, 10), end=utc(27, 11))
        world.sandbox.add_event(ROOM, subject="Doctor", start=utc(27, 12), end=utc(27, 13), private=True, busy="OOF")
        world.sandbox.add_event(ROOM, subject="Watch", start=utc(27, 14), end=utc(27, 15), repeat="daily")

    @pytest.mark.parametrize("view", VIEWS)
    def test_is_given_in_every_view(self, world: World, view: str) -> None:
        self.fill(world)
        account = world.account()

        (info,) = account.protocol.get_free_busy_info(
            [(account, "Room", False)], london(27, 0), london(28, 0), merged_free_busy_interval=60, requested_view=view
        )

        assert info.view_type == view
        assert (info.merged is not None) is ("Merged" in view)
        if view != "MergedOnly":
            busy = [(event.start, event.busy_type) for event in info.calendar_events]
            assert [status for _, status in busy] == ["Busy", "OOF", "Busy"]

    def test_is_given_for_many_with_one_error_among_them(self, world: World) -> None:
        account = world.account()

        infos = account.protocol.get_free_busy_info(
            [(ROOM, "Room", False), (NOBODY, "Room", False), (OTHER_ROOM, "Room", False)],
            london(27, 0),
            london(28, 0),
        )

        kinds = [isinstance(info, ErrorMailRecipientNotFound) for info in infos]
        assert kinds == [False, True, False]

    def test_asks_for_the_time_zones_that_the_server_knows(self, world: World) -> None:
        zones = list(world.account().protocol.get_timezones(return_full_timezone_data=True))

        assert "GMT Standard Time" in {zone.id for zone in zones}
        assert all(isinstance(zone.periods[0].bias, timedelta) for zone in zones)


class TestAutodiscover:
    def test_leads_from_an_address_to_the_server(self, world: World) -> None:
        account = world.account()
        config = Configuration(
            service_endpoint=f"{world.sandbox.url}/autodiscover/autodiscover.svc",
            credentials=account.protocol.credentials,
            auth_type=world.auth,
            retry_policy=FailFast(),
        )

        with closing(AutodiscoverProtocol(config=config)) as protocol:
            found = protocol.get_user_settings(ROOM, settings=["user_display_name", "external_ews_url"])

        assert (found.user_settings["user_display_name"], found.ews_url) == ("Reading Room", world.sandbox.ews_url)
