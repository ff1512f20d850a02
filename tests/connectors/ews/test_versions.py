"""Which version of Exchange Web Services is spoken."""

import pytest

from booking.connectors.ews import versions
from booking.connectors.port import Ambiguous, Definite, Kind, StepResult
from booking.services import connections
from tests.connectors.ews.calling import EMPTY, connected
from tests.connectors.stub import NAMESPACES, Answer, Stub, http, soap
from tests.connectors.world import ROOM, STAMP, WEEK, draft


def refused(code: str = "ErrorInvalidServerVersion", *, build: str = "") -> Answer:
    """A fault that says that the version is not known; with the server's build, if it says it."""
    fault = soap(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring><detail>"
        '<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">'
        f"{code}</e:ResponseCode></detail></s:Fault>"
    )
    head, rest = fault.split("<t:ServerVersionInfo")[0], fault.partition("/>")[2]
    numbers = build.split(".")
    names = ("MajorVersion", "MinorVersion", "MajorBuildNumber")
    said = " ".join(f'{name}="{number}"' for name, number in zip(names, numbers, strict=False)) if build else ""
    info = f"<t:ServerVersionInfo {NAMESPACES} {said}/>" if build else ""
    return http(head + info + rest, status="500 Error")


def spoken(server: Stub) -> list[str]:
    return [request.partition('RequestServerVersion Version="')[2].partition('"')[0] for request in server.requests]


class TestDetection:
    def test_starts_at_the_newest_and_steps_down(self) -> None:
        with Stub(refused(), refused(), EMPTY) as server, connected(server.url) as connector:
            assert connector.window(ROOM, WEEK).complete
            assert spoken(server) == ["Exchange2016", "Exchange2013_SP1", "Exchange2013"]

    def test_takes_the_steps_at_once_when_the_server_says_its_build(self) -> None:
        with Stub(refused(build="14.3.513"), EMPTY) as server, connected(server.url) as connector:
            connector.window(ROOM, WEEK)

            assert spoken(server) == ["Exchange2016", "Exchange2010_SP2"]

    def test_is_remembered(self) -> None:
        with Stub(refused(build="14.3.513"), EMPTY) as server, connected(server.url) as connector:
            connector.window(ROOM, WEEK)
            connector.window("another@library.example", WEEK)
            connector.find(ROOM, STAMP, WEEK)

            assert spoken(server)[2:] == ["Exchange2010_SP2"] * 2

    @pytest.mark.parametrize("code", sorted(versions.REFUSED))
    def test_sends_a_write_again_since_it_was_not_looked_at(self, code: str) -> None:
        made = http(
            soap(
                f"<m:CreateItemResponse {NAMESPACES}><m:ResponseMessages>"
                '<m:CreateItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
                '<m:Items><t:CalendarItem><t:ItemId Id="x" ChangeKey="CK"/></t:CalendarItem></m:Items>'
                "</m:CreateItemResponseMessage></m:ResponseMessages></m:CreateItemResponse>"
            )
        )
        with Stub(refused(code), made) as server, connected(server.url) as connector:
            assert connector.create(ROOM, draft(), STAMP).id == "x"
            assert len(server.requests) == 2

    def test_goes_no_further_than_the_oldest(self) -> None:
        with Stub(refused()) as server, connected(server.url) as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert refusal.value.kind is Kind.PERMANENT
            assert spoken(server) == list(versions.NAMES)

    def test_does_not_take_other_failures_for_it(self) -> None:
        with Stub(refused("ErrorInvalidRequest")) as server, connected(server.url) as connector:
            with pytest.raises(Definite) as refusal:
                connector.create(ROOM, draft(), STAMP)

            assert refusal.value.code == "ErrorInvalidRequest"
            assert len(server.requests) == 1

    def test_leaves_a_write_ambiguous_that_broke_after_a_step(self) -> None:
        with Stub(refused(), http(status="502 Trouble")) as server, connected(server.url) as connector:
            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)

            assert len(server.requests) == 2

    def test_is_shown_by_a_check(self) -> None:
        basic = http(status="401 Unauthorized", headers='WWW-Authenticate: Basic realm="x"\r\n')
        with Stub(basic, refused(build="14.3.513"), EMPTY) as server, connected(server.url) as connector:
            steps = {step.name: step for step in connector.check()}

        assert steps["version"].detail.endswith("Version in use, found out: Exchange2010_SP2.")


class TestChosen:
    def test_is_spoken_as_it_is(self) -> None:
        with Stub(EMPTY) as server, connected(server.url, version="Exchange2010_SP1") as connector:
            connector.window(ROOM, WEEK)

            assert spoken(server) == ["Exchange2010_SP1"]

    def test_newer_than_the_server_is_an_error_that_says_what_to_choose(self) -> None:
        old = refused(build="14.3.513")
        with Stub(old) as server, connected(server.url, version="Exchange2013") as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert refusal.value.kind is Kind.PERMANENT
            assert "Choose “Exchange 2010 SP2 or SP3”, or “Find out by itself”." in str(refusal.value)
            assert len(server.requests) == 1

    def test_newer_than_the_server_fails_a_check_with_these_words(self) -> None:
        basic = http(status="401 Unauthorized", headers='WWW-Authenticate: Basic realm="x"\r\n')
        old = refused(build="14.3.513")
        with Stub(basic, old) as server, connected(server.url, version="Exchange2013") as connector:
            steps = [step for step in connector.check() if step.result is StepResult.FAILED]

        assert len(steps) == 1
        assert "Choose “Exchange 2010 SP2 or SP3”" in steps[0].detail

    def test_that_is_none_is_an_answer_and_no_crash(self) -> None:
        with connected("https://mail.library.example", version="Exchange2099") as connector:
            with pytest.raises(Definite, match="Exchange2099"):
                connector.window(ROOM, WEEK)
            assert connector.check()


class TestChoices:
    def test_are_those_that_a_connection_may_store(self) -> None:
        assert {name for name, _ in versions.CHOICES} == {versions.DETECTED, *versions.NAMES}
        assert all(connections.is_version(name) for name, _ in versions.CHOICES)
        assert not connections.is_version("Exchange2010_SP3")

    @pytest.mark.parametrize(
        ("build", "name"),
        [
            ((8, 3, 83), "Exchange2007_SP1"),
            ((14, 0, 639), "Exchange2010"),
            ((14, 1, 218), "Exchange2010_SP1"),
            ((14, 3, 513), "Exchange2010_SP2"),
            ((15, 0, 516), "Exchange2013"),
            ((15, 0, 847), "Exchange2013_SP1"),
            ((15, 0, 1497), "Exchange2013_SP1"),
            ((15, 1, 2507), "Exchange2016"),
            ((15, 2, 1544), "Exchange2016"),
            ((), None),
            ((6, 5, 7638), None),
        ],
    )
    def test_follow_from_the_build(self, build: tuple[int, ...], name: str | None) -> None:
        assert versions.newest_of(build) == name

    @pytest.mark.parametrize(
        ("name", "watched", "hanging"),
        [
            ("Exchange2007_SP1", 0, 0),
            ("Exchange2010", 0, 0),
            ("Exchange2010_SP1", 200, 10),
            ("Exchange2013_SP1", 200, 3),
            ("Exchange2016", 200, 10),
        ],
    )
    def test_limit_what_a_server_tells_by_itself(self, name: str, watched: int, hanging: int) -> None:
        limits = versions.limits(name)

        assert (limits.watched_mailboxes, limits.hanging) == (watched, hanging)
