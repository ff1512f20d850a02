"""What every test can ask for by name, as fixtures: a PostgreSQL server, a browser, a port, a folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser as browsers
from tests.support import postgres, processes, quick


def pytest_configure() -> None:
    """Have the folders of tests made where that is quick, unless whoever runs them says where."""
    where = quick.folder()
    if where is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(where))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    """Give a PostgreSQL server that only this run (with xdist: this worker) uses."""
    with postgres.cluster() as cluster:
        yield cluster


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Give a function that finds a port nobody listens on."""
    return processes.free_port


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium."""
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a new page in a browser without a past; it fails the test when a script or the page's policy breaks."""
    with browser.new_context(viewport=browsers.DESKTOP, locale="en-GB", timezone_id="Europe/London") as context:
        page = context.new_page()
        with browsers.watched(page):
            yield page


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Give an empty folder for the settings and secrets of an installation."""
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder
