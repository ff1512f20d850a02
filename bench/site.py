"""The rows about pages and data, on one database: the product and the bare floor, in turns, over HTTP."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import load, serving
from bench.load import Place
from bench.rows import Row
from bench.serving import Client, Server
from booking import config
from booking.app import create_app
from booking.store import database, upgrading
from booking.store.database import transaction

ROUNDS = 31
_SECONDS = 4.0
_CLIENTS = 4
_WEEKDAYS = 30
_FIRST_WEEKDAYS = 3
LONGEST = timedelta(hours=26, seconds=1)


class Site:
    """One database with its data, and both applications on it."""

    def __init__(self, name: str, url: str, instance: Path) -> None:
        self.name = name
        self.url = url
        self.instance = instance
        self.environ = {
            "BOOKING_INSTANCE": str(instance),
            "BOOKING_DATABASE_URL": url,
            "BOOKING_SECURE_COOKIES": "false",
            "BENCH_DATABASE": url,
        }
        self.days = list(load.weekdays(_next_monday() - timedelta(days=21), _WEEKDAYS))
        self._numbers = count()

    def fill(self) -> tuple[Place, Place]:
        """Make both locations with a tenth of their history."""
        settings = config.load(self.instance, self.environ)
        upgrading.upgrade(self.url)
        app = create_app(settings)
        with app.app_context():
            with transaction() as session:
                many, few = load.places(session)
            self._book(many, few, self.days[15 : 15 + _FIRST_WEEKDAYS])
            database.db.engine.dispose()
        return many, few

    def fill_up(self, many: Place, few: Place) -> None:
        """Add the other nine tenths."""
        app = create_app(config.load(self.instance, self.environ))
        with app.app_context():
            self._book(many, few, [*self.days[:15], *self.days[15 + _FIRST_WEEKDAYS :]])
            database.db.engine.dispose()

    @staticmethod
    def _book(many: Place, few: Place, days: list[date]) -> None:
        for day in days:
            with transaction() as session:
                load.bookings(session, many, [day])
                load.bookings(session, few, [day])

    def rows(self) -> Iterator[Row]:
        """Measure everything."""
        many, few = self.fill()
        with self._both(workers=1) as (floor, product):
            early = self._search(floor, product, many)
        self.fill_up(many, few)
        with self._both(workers=1) as (floor, product):
            late = self._search(floor, product, many)
            yield self._ratio("which of 1,000 spaces are free for an hour", late[1], late[0], 6)
            yield Row(f"{self.name}: the same with ten times the history", late[1] / early[1], 1.5, "times")
            for place, most in ((few, 5), (many, 4)):
                yield from self._day(floor, product, place, most)
            yield from self._booking(floor, product, few)
        with self._both(workers=2) as (_, product):
            yield from self._throughput(product, many)
            worst = max(product.memory())
            yield Row(f"{self.name}: memory of a worker (PSS)", worst, 100, "MB")
            yield Row(f"{self.name}: slots double-booked, eight sessions, 20 slots", self._races(product, few), 0, "")

    @contextmanager
    def _both(self, *, workers: int) -> Iterator[tuple[Server, Server]]:
        with (
            serving.serving("bench.floor", self.environ, workers=workers) as floor,
            serving.serving("bench.product", self.environ, workers=workers) as product,
        ):
            yield floor, product

    def _ratio(self, what: str, ours: float, floor: float, goal: float | None) -> Row:
        return Row(f"{self.name}: {what}", ours / floor, goal, "times", f"{ours:.1f} ms, floor {floor:.1f} ms")

    def _search(self, floor: Server, product: Server, place: Place) -> list[float]:
        """Milliseconds of the floor and of the product; a third of the rooms is taken at ten on no day of the data."""
        start, end = self._time(15, 9), self._time(15, 10)
        bare, ours = Client(floor.port), Client(product.port)
        bare.begin_at_floor()
        return serving.medians(
            lambda: _ok(bare.get("/free", location=place.id, start=start, end=end, earliest=_earlier(start))),
            lambda: _ok(ours.get("/bench/free", location=place.slug, start=start, end=end)),
            rounds=ROUNDS,
        )

    def _day(self, floor: Server, product: Server, place: Place, most: float) -> Iterator[Row]:
        start, end = self._time(15, 0), self._time(15, 24)
        bare, ours = Client(floor.port), Client(product.port)
        bare.begin_at_floor()
        day = self.days[15].isoformat()
        figures = serving.medians(
            lambda: _ok(bare.get("/day", location=place.id, start=start, end=end, earliest=_earlier(start))),
            lambda: _ok(ours.get("/bench/day", location=place.slug, day=day)),
            lambda: _ok(ours.get(f"/locations/{place.slug}", date=day, view="grid")),
            rounds=ROUNDS if len(place.space_ids) <= load.FEW else 7,
        )
        rooms = f"{len(place.space_ids):,}"
        yield self._ratio(f"day of {rooms} spaces, data", figures[1], figures[0], most)
        yield self._ratio(f"day of {rooms} spaces, the whole page", figures[2], figures[0], None)

    def _booking(self, floor: Server, product: Server, place: Place) -> Iterator[Row]:
        bare, ours = Client(floor.port), Client(product.port)
        bare.begin_at_floor()
        ours.begin(f"/spaces/{place.space_slugs[0]}/bookings/new")
        slots = self._slots(place)
        made = serving.medians(
            lambda: _ok(bare.post_json("/bookings", _bare_wish(*next(slots)))),
            lambda: _is(303, ours.post_form(*_wish(*next(slots)))),
            rounds=ROUNDS,
        )
        yield self._ratio("create a booking", made[1], made[0], 5)
        taken = next(slots)
        _ok(bare.post_json("/bookings", _bare_wish(*taken)))
        _is(303, ours.post_form(*_wish(*taken)))
        refused = serving.medians(
            lambda: _is(409, bare.post_json("/bookings", _bare_wish(*taken))),
            lambda: _is(422, ours.post_form(*_wish(*taken))),
            rounds=ROUNDS,
        )
        yield self._ratio("refuse a clash, with the offers of its page", refused[1], refused[0], 7)

    def _throughput(self, product: Server, place: Place) -> Iterator[Row]:
        slots = self._slots(place)
        guard = threading.Lock()

        def book(client: Client) -> None:
            with guard:
                slot = next(slots)
            _is(303, client.post_form(*_wish(*slot)))

        def begun() -> Client:
            client = Client(product.port)
            client.begin(f"/spaces/{place.space_slugs[0]}/bookings/new")
            return client

        times = _hammered(book, begun)
        yield _at_least(f"{self.name}: creates per second, 4 clients, two processes", len(times) / _SECONDS, 400)
        yield Row(f"{self.name}: 95 of 100 of those within", sorted(times)[int(len(times) * 0.95)] * 1000, 20, "ms")
        yield Row(f"{self.name}: the longest of those", max(times) * 1000, 500, "ms")
        start, end = self._time(15, 9), self._time(15, 10)
        found = _hammered(
            lambda client: _ok(client.get("/bench/free", location=place.slug, start=start, end=end)),
            lambda: Client(product.port),
        )
        yield _at_least(f"{self.name}: free-space searches per second, 4 clients", len(found) / _SECONDS, 400)

    def _races(self, product: Server, place: Place) -> float:
        """Let eight sessions ask for one slot, twenty times; return how many got one that was gone."""
        slots, twice = self._slots(place), 0
        clients = [Client(product.port) for _ in range(8)]
        for client in clients:
            client.begin(f"/spaces/{place.space_slugs[0]}/bookings/new")
        for _ in range(20):
            path, values = _wish(*next(slots))
            ready = threading.Barrier(len(clients))
            won: list[int] = []

            def ask(
                client: Client, ready: threading.Barrier = ready, won: list[int] = won, path: str = path,
                values: dict[str, object] = values,
            ) -> None:  # fmt: skip
                ready.wait(30)
                status, _ = client.post_form(path, {**values, "request_key": secrets.token_urlsafe(16)})
                if status == 303:  # noqa: PLR2004 - "see your booking"
                    won.append(status)

            threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if not won:
                msg = "nobody got the slot"
                raise RuntimeError(msg)
            twice += len(won) - 1
        return float(twice)

    def _slots(self, place: Place) -> Iterator[tuple[str, int, date, int]]:
        """Yield hours that are free: the even ones between the bookings, each once."""
        while True:
            number = next(self._numbers)
            room = number % len(place.space_ids)
            turn = number // len(place.space_ids)
            day = self.days[16 + turn // 4 % (_WEEKDAYS - 17)]
            yield place.space_slugs[room], place.space_ids[room], day, (10, 12, 14, 16)[turn % 4]

    def _time(self, weekday: int, hour: int) -> str:
        midnight = datetime.combine(self.days[weekday], datetime.min.time(), ZoneInfo(load.ZONE))
        return (midnight + timedelta(hours=hour)).astimezone(UTC).isoformat()


def _hammered(work: Callable[[Client], None], begun: Callable[[], Client]) -> list[float]:
    """Let four clients work for some seconds; return how long each call took."""
    times: list[float] = []
    clients = [begun() for _ in range(_CLIENTS)]
    until = time.monotonic() + _SECONDS

    def go(client: Client) -> None:
        while time.monotonic() < until:
            began = time.monotonic()
            work(client)
            times.append(time.monotonic() - began)

    threads = [threading.Thread(target=go, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _at_least(name: str, figure: float, wanted: float) -> Row:
    """Return a row whose figure shall be large, as the share of the goal that is missing."""
    return Row(name, wanted / figure, 1.0, "of the goal", f"{figure:.0f} a second, goal {wanted:.0f}")


def _wish(slug: str, _space_id: int, day: date, hour: int) -> tuple[str, dict[str, object]]:
    return f"/spaces/{slug}/bookings", {
        "date": day.isoformat(),
        "start": f"{hour:02}:00",
        "end": f"{hour + 1:02}:00",
        "first_name": "Pat",
        "last_name": "Ron",
        "email": f"patron{secrets.randbelow(load.PATRONS)}@example.org",
        "request_key": secrets.token_urlsafe(16),
    }


def _bare_wish(_slug: str, space_id: int, day: date, hour: int) -> dict[str, object]:
    return {"space": space_id, "start": f"{day}T{hour:02}:00", "end": f"{day}T{hour + 1:02}:00"}


def _earlier(start: str) -> str:
    return (datetime.fromisoformat(start) - LONGEST).isoformat()


def _next_monday() -> date:
    today = datetime.now(tz=UTC).date()
    return today + timedelta(days=7 - today.weekday())


def _ok(answer: tuple[int, bytes]) -> None:
    _is(200, answer)


def _is(wanted: int, answer: tuple[int, bytes]) -> None:
    if answer[0] != wanted:
        msg = f"answered {answer[0]} instead of {wanted}: {answer[1][:300]!r}"
        raise RuntimeError(msg)
