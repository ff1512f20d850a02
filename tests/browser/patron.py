"""What a patron does on the site, in a browser."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.support import waiting

#: Longer than any wait of the product that a page may show.
PATIENCE_MS = 30_000


@dataclass(frozen=True)
class Person:
    """Who books."""

    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True)
class Patron:
    """Somebody before a browser; `site` is the address of the site."""

    page: Page
    site: str

    def open_day(self, location: str, day: date, *, view: str = "grid") -> None:
        self.page.goto(f"{self.site}/locations/{location}?date={day.isoformat()}&view={view}")

    def free(self, space: str, start: str) -> Locator:
        """Return the button of a free half hour in the grid that is open."""
        ends = f"{datetime.combine(date.min, time.fromisoformat(start)) + timedelta(minutes=30):%H:%M}"
        return self.page.get_by_role("button", name=re.compile(rf"^Book {re.escape(space)} on .*{start} to {ends}$"))

    def is_free(self, location: str, space: str, day: date, start: str) -> bool:
        self.open_day(location, day)
        return self.free(space, start).count() == 1

    def see(self, location: str, space: str, day: date, start: str, *, free: bool, seconds: float = 60) -> None:
        """Look again until the half hour is free, or is not."""
        waiting.until(
            lambda: self.is_free(location, space, day, start) == free,
            what=f"{space} at {start} to be {'free' if free else 'taken'}",
            seconds=seconds,
            every=0.3,
        )

    def book(self, location: str, space: str, day: date, start: str, last: str, *, who: Person, title: str = "") -> str:
        """Choose the half hours from `start` to `last`, fill the form in, and return the booking page's address."""
        self.open_day(location, day)
        self.free(space, start).click()
        if last != start:
            self.free(space, last).click()
        self.page.get_by_role("button", name="Book this time").click()
        self.page.get_by_label("First name").fill(who.first_name)
        self.page.get_by_label("Last name").fill(who.last_name)
        self.page.get_by_label("E-mail address").fill(who.email)
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_role("button", name=f"Book {space}", exact=True).click()
        expect(self.page.get_by_text("Sync ID", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        return self.page.url

    def sync_id(self) -> str:
        """Return the Sync ID on the booking's page, once it is there."""
        code = self.page.locator("dd code").first
        expect(code).to_be_visible(timeout=PATIENCE_MS)
        return code.inner_text().strip()

    def change(self, booking: str, *, start: str, end: str) -> None:
        self.page.goto(booking)
        self.page.get_by_role("link", name="Change", exact=True).click()
        self.page.get_by_label("From", exact=True).fill(start)
        self.page.get_by_label("To", exact=True).fill(end)
        self.page.get_by_role("button", name="Save the change").click()
        expect(self.page.get_by_text("Your booking was changed.")).to_be_visible(timeout=PATIENCE_MS)

    def cancel(self, booking: str) -> None:
        self.page.goto(booking)
        self.page.get_by_role("link", name="Cancel booking").click()
        self.page.get_by_role("button", name="Yes, cancel it").click()
        expect(self.page.get_by_role("status").get_by_text("Cancelled").first).to_be_visible(timeout=PATIENCE_MS)

    def sees_words(self, booking: str, words: str, *, seconds: float = 60) -> None:
        """Look again until the booking's page has these words."""

        def look() -> bool:
            self.page.goto(booking)
            return self.page.locator("main").get_by_text(words).count() > 0

        waiting.until(look, what=f"the booking's page to say “{words}”", seconds=seconds, every=0.5)
