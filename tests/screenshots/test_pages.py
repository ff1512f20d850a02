import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize

from booking import clock, config
from booking.app import create_app
from booking.domain.permissions import Role
from booking.store import database, upgrading
from tests.screenshots.faults import faults
from tests.screenshots.routes import WITHOUT_PICTURE, pages, pictures, samples
from tests.support import browser as browsers
from tests.support import waiting
from tests.support.demo import Demo
from tests.support.processes import TREE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("sample library")]

#: A page, or a page that says why not.
ANSWERS = {HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY}
OUTPUT = TREE / "build" / "screenshots"


@dataclass(frozen=True)
class Look:
    """How somebody looks at the pages."""

    name: str
    viewport: ViewportSize
    scheme: Literal["light", "dark"]


LOOKS = (
    Look("desktop", browsers.DESKTOP, "light"),
    Look("phone", browsers.PHONE, "light"),
    Look("dark", browsers.DESKTOP, "dark"),
)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Give the application, for its routes only."""
    settings = config.load(tmp_path_factory.mktemp("routes"), {})
    upgrading.upgrade(settings.database_url)
    app = create_app(settings)
    yield app
    with app.app_context():
        database.db.engine.dispose()


@pytest.fixture(scope="module")
def values(demo: Demo, browser: Browser) -> Mapping[str, str]:
    """Give what stands for the arguments of routes: among them a booking, made as a patron makes one."""
    with browser.new_context(viewport=browsers.DESKTOP) as context:
        ref, secret = book(context.new_page(), demo)
    database = demo.data / "booking.sqlite"
    quarrel(database, ref)
    waiting.until(lambda: "messages/message_id" in samples(database), what="a mail to the patron", seconds=60)
    return samples(database, **{"bookings/ref": ref, "bookings/secret": secret})


def book(page: Page, demo: Demo) -> tuple[str, str]:
    """Book the first free room of the day after tomorrow, and return the booking's reference and secret."""
    day = (clock.now() + timedelta(days=2)).date()
    page.goto(demo.site)
    page.locator("main a[href*='/locations/']").first.click()
    page.goto(f"{page.url.partition('?')[0]}?date={day}&view=list")
    page.locator("a.run.is-free").first.click()
    page.get_by_label("First name").fill("Ingrid")
    page.get_by_label("Last name").fill("Halvorsen")
    page.get_by_label("E-mail address").fill("ingrid.halvorsen@example.org")
    page.locator("form#booking button.btn-primary").click()
    page.wait_for_url(re.compile(r"/bookings/[^/]+/[^/?]+$"))
    ref, secret = page.url.split("/")[-2:]
    return ref, secret


def quarrel(database: Path, ref: str) -> None:
    """Have staff shown a conflict over a booking. It names another room's pairing: so no reading settles it."""
    with sqlite3.connect(database, timeout=30) as connection:
        connection.execute(
            """
            INSERT INTO conflict (link_id, occurrence_id, external_uid, kind, detail, found_at,
                                  ours_starts_at, ours_ends_at, theirs_starts_at, theirs_ends_at)
            SELECT (SELECT max(id) FROM calendar_link WHERE space_id != occurrence.space_id), occurrence.id, '',
                   'overlap', 'Somebody else''s entry stands in the room''s calendar at the time of this booking.',
                   booking.created_at, starts_at, ends_at, starts_at, ends_at
            FROM occurrence JOIN booking ON booking.id = booking_id WHERE booking.ref = ?
            """,
            (ref,),
        )


@contextmanager
def visitors(browser: Browser, demo: Demo, look: Look) -> Iterator[dict[Role, Page]]:
    """Give a page in the browser of each kind of visitor."""
    with ExitStack() as stack:
        opened = {}
        for role in (Role.EVERYBODY, Role.ADMINISTRATOR):
            context = browser.new_context(viewport=look.viewport, color_scheme=look.scheme, locale="en-GB")
            opened[role] = stack.enter_context(context).new_page()
        sign_in(opened[Role.ADMINISTRATOR], demo)
        yield opened


def sign_in(page: Page, demo: Demo) -> None:
    login, password = demo.sign_in_of(Role.ADMINISTRATOR)
    page.goto(f"{demo.site}/sign-in")
    page.get_by_label("E-mail address").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def look_at(page: Page, address: str, file: Path) -> list[str]:
    """Open a page, take its picture, and return what is wrong with it."""
    with browsers.watched(page):
        answer = page.goto(address)
        page.evaluate("() => document.fonts.ready")
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, full_page=True)
        if answer is None or answer.status not in ANSWERS:
            return [f"answers with {answer.status if answer else 'nothing'}"]
        return faults(page)


class TestEveryPage:
    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_can_be_read_and_used(
        self, look: Look, routes: Flask, values: Mapping[str, str], demo: Demo, browser: Browser
    ) -> None:
        shutil.rmtree(OUTPUT / look.name, ignore_errors=True)
        found: list[str] = []

        with visitors(browser, demo, look) as opened:
            for picture in pictures(routes, values):
                file = OUTPUT / look.name / f"{picture.name}.png"
                wrong = look_at(opened[picture.role], demo.site + picture.address, file)
                found += [f"{picture.name}: {fault}" for fault in wrong]

        assert not found, "\n".join(found)

    def test_has_a_picture_or_a_reason_to_have_none(self, routes: Flask, values: Mapping[str, str]) -> None:
        pictured = {picture.name for picture in pictures(routes, values)}

        assert {rule.endpoint for rule in pages(routes)} == (pictured & {rule.endpoint for rule in pages(routes)}) | (
            set(WITHOUT_PICTURE)
        )
