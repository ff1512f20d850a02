"""People who book, change and cancel on the web, and remember what the site told them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import requests

from tests.kill.town import ROOMS
from tests.support import pages

_REFUSED = 422
_DONE = 303


@dataclass
class Kept:
    """A booking as its patron knows it. `room` and `start` are what the site said last."""

    link: str
    room: str
    start: datetime
    cancelled: bool = False

    @property
    def ref(self) -> str:
        return self.link.split("/")[2]


@dataclass
class Ledger:
    """What the site promised to all patrons, and how much they asked of it."""

    kept: list[Kept] = field(default_factory=list)
    booked: int = 0
    changed: int = 0
    cancelled: int = 0
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Hours:
    """Hours that nobody has asked for yet, from tomorrow on."""

    def __init__(self, now: datetime) -> None:
        self._midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self._given = dict.fromkeys(ROOMS, 0)
        self._lock = threading.Lock()

    def next(self, room: str) -> datetime:
        """Return the next hour of that room."""
        with self._lock:
            self._given[room] += 1
            return self._midnight + timedelta(hours=self._given[room])


class Patron:
    """Somebody with a browser that runs no script, who goes to one web server or another."""

    def __init__(
        self, sites: Sequence[str], ledger: Ledger, hours: Hours, *, seed: int, rooms: Sequence[str] = ROOMS
    ) -> None:
        self.ledger = ledger
        self._sites = sites
        self._rooms = rooms
        self._hours = hours
        self._random = Random(seed)
        self._browser = requests.Session()
        self._browser.headers["Connection"] = "close"  # a server may close a kept one just when it is used again

    def opens(self, address: str) -> str:
        """Return the page at that address."""
        page = self._browser.get(self._random.choice(self._sites) + address, timeout=60)
        assert page.status_code == 200, f"{page.status_code} {address}\n{page.text}"
        return page.text

    def books(self) -> None:
        room = self._random.choice(self._rooms)
        start = self._hours.next(room)
        wish = {
            **_times(start),
            "first_name": "Priya",
            "last_name": "Raman",
            "email": "priya.raman@example.org",
            "title": "Thesis group",
        }
        answer = self._sends(f"/spaces/{room}/bookings", wish, form_on=f"/spaces/{room}/bookings/new")
        if self._is_done(answer):
            with self.ledger.lock:
                self.ledger.booked += 1
                self.ledger.kept.append(Kept(_path(answer.headers["Location"]), room, start))

    def changes(self) -> None:
        """Take another hour in the same room."""
        kept = self._takes_one()
        if kept is None:
            return
        start = self._hours.next(kept.room)
        wish = {**_times(start), "title": "Thesis group, again"}
        if self._is_done(self._sends(f"{kept.link}/change", wish, form_on=f"{kept.link}/change")):
            kept.start = start
            with self.ledger.lock:
                self.ledger.changed += 1
        self._gives_back(kept)

    def cancels(self) -> None:
        kept = self._takes_one()
        if kept is None:
            return
        if self._is_done(self._sends(f"{kept.link}/cancel", {"date": "all"}, form_on=f"{kept.link}/cancel")):
            kept.cancelled = True
            with self.ledger.lock:
                self.ledger.cancelled += 1
        self._gives_back(kept)

    def _takes_one(self) -> Kept | None:
        """Take a booking that stands out of the ledger, so that nobody else changes it meanwhile."""
        with self.ledger.lock:
            standing = [each for each in self.ledger.kept if not each.cancelled]
            if not standing:
                return None
            kept = self._random.choice(standing)
            self.ledger.kept.remove(kept)
            return kept

    def _gives_back(self, kept: Kept) -> None:
        with self.ledger.lock:
            self.ledger.kept.append(kept)

    def _sends(self, address: str, values: dict[str, str], *, form_on: str) -> requests.Response:
        wish = {**pages.hidden_fields(self.opens(form_on)), **values}
        return self._browser.post(
            self._random.choice(self._sites) + address, data=wish, timeout=60, allow_redirects=False
        )

    def _is_done(self, answer: requests.Response) -> bool:
        if answer.status_code == _REFUSED:
            with self.ledger.lock:
                self.ledger.refused += 1
            return False
        assert answer.status_code == _DONE, f"{answer.status_code}\n{answer.text}"
        return True


def _times(start: datetime) -> dict[str, str]:
    return {
        "date": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "end": f"{start + timedelta(hours=1):%H:%M}",
    }


def _path(location: str) -> str:
    return "/" + location.split("/", 3)[3] if "://" in location else location
