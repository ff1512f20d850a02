"""The judge of the whole run, a sandbox for each test, and what is printed at the end."""

from collections.abc import Iterator

import pytest

from tests.interop import judge as judges
from tests.interop import world as worlds
from tests.interop.judge import Judge
from tests.interop.table import printed
from tests.interop.trips import Trips
from tests.interop.world import World

_JUDGE = pytest.StashKey[Judge]()
_TRIPS = pytest.StashKey[Trips]()


@pytest.fixture(scope="session")
def judge(pytestconfig: pytest.Config) -> Judge:
    """Give the judge of all that is said in this run."""
    pytestconfig.stash[_JUDGE] = judges.judge()
    return pytestconfig.stash[_JUDGE]


@pytest.fixture(scope="session")
def trips(pytestconfig: pytest.Config) -> Trips:
    """Give the list of what was done on one side and seen on the other."""
    pytestconfig.stash[_TRIPS] = Trips()
    return pytestconfig.stash[_TRIPS]


@pytest.fixture(params=worlds.WAYS, ids=" ".join)
def world(judge: Judge, request: pytest.FixtureRequest) -> Iterator[World]:
    """Give a sandbox of this test's own, Exchange 2016, to be used by exchangelib: once by each way in."""
    auth, access = request.param
    with worlds.opened(judge, worlds.client_of(auth, access), auth=auth, access=access) as world:
        yield world


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print who said what how often, what was not valid, and davmail's round trips."""
    if (judge := config.stash.get(_JUDGE, None)) is not None:
        terminalreporter.section("messages to and from the sandbox")
        terminalreporter.write_line(printed(judge))
    if (trips := config.stash.get(_TRIPS, None)) is not None:
        terminalreporter.section("davmail's round trips")
        terminalreporter.write_line(str(trips))
