"""What people do in Outlook, on the page of the stand-in Exchange."""

from dataclasses import dataclass, field
from datetime import date

from playwright.sync_api import Page, expect

from tests.support import waiting


@dataclass(frozen=True)
class Entry:
    """What somebody types into Outlook's form; times are those of the mailbox."""

    title: str
    day: date
    start: str = "10:00"
    end: str = "11:00"
    show_as: str = "Busy"
    all_day: bool = False
    weekly: bool = False
    private: bool = False
    rooms: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Outlook:
    """Somebody before a browser; `address` is that of the stand-in's page."""

    page: Page
    address: str

    def open_week(self, mailbox: str, day: date) -> None:
        self.page.goto(f"{self.address}/mailbox/{mailbox}?week={day.isoformat()}")

    def add(self, mailbox: str, entry: Entry) -> str:
        """Add an entry, and return the address of its page."""
        self.page.goto(f"{self.address}/mailbox/{mailbox}/new?day={entry.day.isoformat()}")
        self.page.get_by_label("Title").fill(entry.title)
        self._fill_time(entry)
        if entry.weekly:
            self.page.get_by_label("Repeat", exact=True).select_option("weekly")
        self.page.get_by_label("Show as").select_option(label=entry.show_as)
        self.page.get_by_label("Private").set_checked(entry.private)
        for room in entry.rooms:
            self.page.get_by_label(room, exact=True).check()
        return self._save()

    def _fill_time(self, entry: Entry) -> None:
        self.page.get_by_label("Start date").fill(entry.day.isoformat())
        self.page.get_by_label("End date").fill(entry.day.isoformat())
        self.page.get_by_label("All day").set_checked(entry.all_day)
        if not entry.all_day:
            self.page.get_by_label("Start time").fill(entry.start)
            self.page.get_by_label("End time").fill(entry.end)

    def move(self, item: str, *, start: str, end: str) -> str:
        """Give an entry another time on its day, and return the address of its page."""
        self.page.goto(item)
        self.page.locator("div.actions").get_by_role("link", name="Edit").click()
        self.page.get_by_label("Start time").fill(start)
        self.page.get_by_label("End time").fill(end)
        return self._save()

    def _save(self) -> str:
        self.page.get_by_role("button", name="Save").click()
        expect(self.page.locator("dl.facts").first).to_be_visible()
        return self.page.url

    def delete(self, item: str) -> None:
        """Delete an entry; of an organiser's meeting, that cancels it."""
        self.page.goto(item)
        self.page.get_by_role("button", name="Delete").or_(
            self.page.get_by_role("button", name="Cancel the meeting")
        ).click()
        expect(self.page.locator("div.week")).to_be_visible()

    def answer_of(self, item: str, room: str) -> str:
        """Return what a room answered to an invitation, once it has: rooms take a second."""

        def look() -> str:
            self.page.goto(item)
            answer = self.page.locator("li", has_text=room).locator("strong").inner_text()
            return "" if answer == "no answer yet" else answer

        return waiting.until(look, what=f"{room} to answer", seconds=30, every=0.3)

    def titles(self, mailbox: str, day: date) -> list[str]:
        """Return what stands in a mailbox on one day: title and time."""
        self.open_week(mailbox, day)
        entries = self.page.locator(f"section[aria-labelledby='day-{day.isoformat()}'] li.entry")
        return [" ".join(text.split()) for text in entries.all_inner_texts()]

    def find(self, mailbox: str, day: date, words: str, *, seconds: float = 30) -> str:
        """Return the address of the entry with these words in its line, once it is there."""

        def look() -> str:
            self.open_week(mailbox, day)
            line = self.page.locator(f"section[aria-labelledby='day-{day.isoformat()}'] li.entry", has_text=words)
            return line.locator("a").first.get_attribute("href") or "" if line.count() else ""

        href = waiting.until(look, what=f"“{words}” in {mailbox}", seconds=seconds, every=0.3)
        return f"{self.address}{href}"

    def sees_nothing_of(self, mailbox: str, day: date, words: str, *, seconds: float = 30) -> None:
        """Look again until no entry of that day has these words."""
        waiting.until(
            lambda: not any(words in line for line in self.titles(mailbox, day)),
            what=f"“{words}” to be gone from {mailbox}",
            seconds=seconds,
            every=0.3,
        )

    def text_of(self, item: str) -> str:
        """Return all that the entry's page says."""
        self.page.goto(item)
        return self.page.locator("main").inner_text()
