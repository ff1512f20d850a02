"""Eight people press the button at once: over real HTTP, on each database, one gets the slot and seven get offers."""

import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from threading import Barrier

import pytest
import requests
from flask import Flask

from booking.config import Settings
from booking.store import queries
from booking.store.database import reading
from tests.support import processes
from tests.support.application import ENVIRONMENT, database_url
from tests.support.pages import Library, at, hidden_fields

__all__ = ["database_url"]  # both databases, unlike the other tests of this folder

SESSIONS = 8
SLOTS = 20
HALF_AN_HOUR = timedelta(minutes=30)
OPENS = time(8)
SECONDS = 60


@pytest.fixture
def site(settings: Settings, library: Library) -> Iterator[str]:
    """Give the address of the running site, in a process of its own as in production."""
    assert library.room
    port = processes.free_port()
    command = [processes.BOOKING, "--instance", str(settings.instance), "serve", "--port", str(port)]
    environ = ENVIRONMENT | {"BOOKING_DATABASE_URL": settings.database_url}
    with processes.running(command, ports=[port], environ=environ):
        yield f"http://127.0.0.1:{port}"


@dataclass(frozen=True)
class Racer:
    """Somebody with a browser, cookies and a form of their own."""

    name: str
    session: requests.Session
    action: str
    form: dict[str, str]

    def asks_for(self, start: datetime, ready: Barrier) -> requests.Response:
        """Fill the form in, wait until all others have too, and send it."""
        wish = {
            "date": f"{start:%Y-%m-%d}",
            "start": f"{start:%H:%M}",
            "end": f"{start + HALF_AN_HOUR:%H:%M}",
            "first_name": self.name,
            "last_name": "Racer",
            "email": f"{self.name.lower()}@example.org",
            "request_key": secrets.token_urlsafe(16),
        }
        ready.wait(SECONDS)
        return self.session.post(self.action, data=self.form | wish, allow_redirects=False, timeout=SECONDS)


def racer(site: str, library: Library, name: str) -> Racer:
    """Open the form in a new session."""
    session = requests.Session()
    session.trust_env = False
    action = f"{site}/spaces/{library.room}/bookings"
    page = session.get(f"{action}/new", timeout=SECONDS)
    assert page.status_code == 200
    return Racer(name, session, action, hidden_fields(page.text))


def outcome(answer: requests.Response) -> str:
    """Return how an attempt ended, as the person sees it."""
    if answer.status_code == 303:
        return "booked"
    refused = answer.status_code == 422 and "Somebody was faster" in answer.text and 'name="offer"' in answer.text
    return "taken, with offers" if refused else f"{answer.status_code}: {answer.text}"


class TestEightSessions:
    def test_that_ask_for_one_slot_have_one_winner(self, app: Flask, site: str, library: Library) -> None:
        racers = [racer(site, library, f"Racer{number}") for number in range(SESSIONS)]
        first = datetime.combine(library.tomorrow, OPENS)
        ended, links = [], set()

        with ThreadPoolExecutor(SESSIONS) as pool:
            for number in range(SLOTS):
                ready, start = Barrier(SESSIONS), first + number * HALF_AN_HOUR
                asked = [pool.submit(each.asks_for, start, ready) for each in racers]
                answers = [each.result() for each in asked]
                ended.append(Counter(map(outcome, answers)))
                links |= {each.headers["Location"] for each in answers if each.status_code == 303}

        assert len({each.form["csrf_token"] for each in racers}) == SESSIONS
        assert ended == [Counter({"booked": 1, "taken, with offers": SESSIONS - 1})] * SLOTS
        assert len(links) == SLOTS
        with app.app_context(), reading() as session:
            space = queries.places.space_by_slug(session, library.room)
            assert space is not None
            busy = queries.bookings.busy(session, space_id=space.id, during=at(library.tomorrow, 0, 24))
        slots = [at(library.tomorrow, 8 + number / 2, 8.5 + number / 2) for number in range(SLOTS)]
        assert sorted(busy) == slots
