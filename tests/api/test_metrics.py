"""`/metrics`: numbers for a monitor, for nobody else, and cheap however many rooms there are."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from booking import clock
from booking.api import metrics
from booking.api.metrics import Guard
from booking.app import create_app
from booking.config import Settings
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.states import PushState
from booking.store.database import db, transaction
from booking.store.models import Alert, Conflict, OutboxMessage, PushItem, Watch
from tests import build

TOKEN = "a-token-of-twenty-letters"
HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def numbers(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return every sample by its name and labels, as a monitor reads it."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


@pytest.fixture
def scraped(app: Flask) -> Callable[[], dict[str, dict[tuple[tuple[str, str], ...], float]]]:
    """Give a function that scrapes from this machine."""

    def scrape() -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        answer = app.test_client().get("/metrics", environ_base=HERE)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == metrics.CONTENT_TYPE
        return numbers(answer.text)

    return scrape


@pytest.fixture
def room(app: Flask) -> int:
    """Give the number of a pairing whose calendar was read a minute ago and is 90 s behind."""
    with app.app_context(), transaction() as session:
        space = build.space(session)
        link = build.link(session, space)
        now = clock.now()
        link.near_read_at = link.read_at = now - timedelta(minutes=1)
        booking = build.booking(session, space)
        row = PushItem(
            occurrence_id=booking.occurrences[0].id,
            link_id=link.id,
            state=PushState.DIRTY,
            wanted_at=now - timedelta(seconds=90),
            created_at=now,
        )
        session.add(row)
        session.add(Conflict(link_id=link.id, kind="overlap", found_at=now))
        session.add(Alert(key="link:1:frozen", code="frozen", link_id=link.id, words="x", since=now, raised_at=now))
        session.add(Watch(connection_id=link.connection_id, number=0, heard_at=now - timedelta(minutes=2)))
        session.add(
            OutboxMessage(
                once="one", kind="alerts", to_address="a@example.org", created_at=now, due_at=now, state="waiting"
            )
        )
        return link.id


class TestTheNumbers:
    def test_tell_lag_backlog_conflicts_and_age_of_each_room(
        self, room: int, scraped: Callable[[], dict[str, dict[tuple[tuple[str, str], ...], float]]]
    ) -> None:
        found = scraped()

        def of_room(name: str) -> float:
            ((labels, value),) = found[f"booking_link_{name}"].items()
            assert dict(labels)["link"] == str(room)
            return value

        assert of_room("lag_seconds") == pytest.approx(90, abs=20)
        assert of_room("waiting") == 1
        assert of_room("conflicts") == 1
        assert of_room("given_up") == 0
        assert of_room("last_read_age_seconds") == pytest.approx(60, abs=20)
        assert "booking_link_last_write_age_seconds" not in found  # never written: no age

    @pytest.mark.usefixtures("room")
    def test_tell_of_watches_alerts_and_mails(
        self, scraped: Callable[[], dict[str, dict[tuple[tuple[str, str], ...], float]]]
    ) -> None:
        found = scraped()

        assert found["booking_alerts"] == {(("code", "frozen"),): 1}
        assert found["booking_mails"] == {(("state", "waiting"),): 1}
        assert next(iter(found["booking_watch_heard_age_seconds"].values())) == pytest.approx(120, abs=20)
        assert found["booking_writes_stopped"] == {(): 0}

    @pytest.mark.usefixtures("room")
    def test_tell_calls_by_connection_operation_and_outcome(
        self, app: Flask, scraped: Callable[[], dict[str, dict[tuple[tuple[str, str], ...], float]]]
    ) -> None:
        tally = app.extensions["booking"].engine.tally
        for error in (None, Definite(Kind.THROTTLED, "slow down"), Ambiguous("no answer")):
            try:
                with tally.call(1, "create"):
                    _end(error)
            except (Definite, Ambiguous):
                continue

        found = scraped()

        outcomes = {dict(labels)["outcome"]: value for labels, value in found["booking_calls_total"].items()}
        assert outcomes == {"ok": 1, str(Kind.THROTTLED): 1, "ambiguous": 1}
        assert list(found["booking_call_seconds_count"].values()) == [3]

    def test_take_the_same_few_statements_for_one_room_and_for_fifty(
        self, app: Flask, scraped: Callable[[], dict[str, dict[tuple[tuple[str, str], ...], float]]]
    ) -> None:
        with app.app_context(), transaction() as session:
            kind = build.category(session)
            build.link(session, build.space(session, kind), mailbox="room-0@example.org")
        few = self._statements(app, scraped)
        with app.app_context(), transaction() as session:
            for number in range(1, 50):
                build.link(session, build.space(session), mailbox=f"room-{number}@example.org")

        many = self._statements(app, scraped)

        assert few == many
        assert many < 20

    def _statements(self, app: Flask, scrape: Callable[[], object]) -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            scrape()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)


def _end(error: Exception | None) -> None:
    if error is not None:
        raise error


class TestWhoMayAsk:
    def test_is_this_machine_where_no_token_is_set(self, app: Flask) -> None:
        assert app.test_client().get("/metrics", environ_base=HERE).status_code == 200
        assert app.test_client().get("/metrics", environ_base=ELSEWHERE).status_code == 403

    @pytest.mark.parametrize(
        ("shown", "status"),
        [(f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200), ("Bearer wrong", 403), (TOKEN, 403), ("", 403)],
    )
    def test_is_whoever_shows_the_token_from_wherever(self, settings: Settings, shown: str, status: int) -> None:
        app = create_app(replace(settings, metrics_token=TOKEN))

        for place in (HERE, ELSEWHERE):
            answer = app.test_client().get("/metrics", environ_base=place, headers={"Authorization": shown})

            assert answer.status_code == status

    def test_is_nobody_behind_a_proxy_that_is_not_trusted(self) -> None:
        guard = Guard(token="", trusted_proxies=0, base_url="https://rooms.example.org")

        assert not guard.admits(authorization="", address="127.0.0.1")

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
    def test_is_nobody_for_whom_an_unknown_proxy_asks(self, app: Flask, header: str) -> None:
        shown = {header: "198.51.100.7"}

        answer = app.test_client().get("/metrics", environ_base=HERE, headers=shown)

        assert answer.status_code == 403

    def test_is_this_machine_behind_a_proxy_that_is_trusted(self, settings: Settings) -> None:
        app = create_app(replace(settings, trusted_proxies=1, base_url="https://rooms.example.org"))
        through = {"X-Forwarded-For": "192.0.2.7"}

        assert app.test_client().get("/metrics", environ_base=HERE).status_code == 200
        assert app.test_client().get("/metrics", environ_base=HERE, headers=through).status_code == 403


class TestAPortOfItsOwn:
    @pytest.fixture
    def serving(self, app: Flask) -> Iterator[metrics.Serving]:
        """Give the numbers on a free port."""
        made = metrics.serve(app, port=0, token=TOKEN)
        yield made
        made.stop()

    def test_answers_who_shows_the_token(self, serving: metrics.Serving) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{serving.port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
        )

        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
            assert "booking_info" in answer.read().decode()

    def test_ends_without_a_word(self, app: Flask) -> None:
        for _ in range(30):  # a fault in its thread fails the test
            metrics.serve(app, port=0, token=TOKEN).stop()

    def test_refuses_others(self, serving: metrics.Serving) -> None:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{serving.port}/metrics", timeout=10)

        with refused.value as answer:
            assert answer.code == 403
