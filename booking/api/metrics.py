"""Numbers for a monitor, in the text format of Prometheus: lags, backlogs, ages, calls and alerts.

They name spaces, pairings and connections, and nothing else: no title, no patron, no mailbox, no secret. What
stands in the database is read when it is asked for, in a fixed number of statements however many rooms there are;
calls are counted by each process for itself.
"""

import ipaddress
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from importlib.metadata import version
from typing import Any, Protocol
from urllib.parse import urlsplit

import waitress
from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from booking import clock
from booking.domain.permissions import Permission
from booking.http.identity import needs
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.health import Health
from booking.sync.engine import Engine
from booking.sync.tally import BUCKETS

#: Source: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OF_LINK = ("space", "link", "connection")
_SIGNS_OF_A_PROXY = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_THREADS = 2
_A_MOMENT = 5.0


# ------------------------------------------------------------------------------------ who may ask


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may read the numbers: whoever shows the token; where none is set, this machine alone."""

    token: str
    trusted_proxies: int
    base_url: str

    def admits(self, *, authorization: str, address: str, forwarded: bool = False) -> bool:
        """Tell whether somebody may: by the header they send, or else by where they ask from.

        What a proxy has `forwarded` that is not trusted comes from anywhere.
        """
        if self.token:
            kind, _, shown = authorization.partition(" ")
            return kind.lower() == "bearer" and compare_digest(shown.strip().encode(), self.token.encode())
        if forwarded and not self.trusted_proxies:
            return False
        return self._knows_addresses and _is_this_machine(address)

    @property
    def _knows_addresses(self) -> bool:
        """Tell whether addresses are those of who asks: a proxy that is not trusted makes all of them its own."""
        return self.trusted_proxies > 0 or urlsplit(self.base_url).scheme != "https"


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


# -------------------------------------------------------------------------------------- the pages


def offer(app: Flask, engine: Engine, guard: Guard) -> None:
    """Give `app` the page `/metrics`, with a registry of its own."""
    registry = _registry(app, engine)

    @needs(Permission.SEE_PUBLIC_PAGES)
    def metrics() -> ResponseReturnValue:
        """Show the numbers to whom the guard admits."""
        shown = request.headers.get("Authorization", "")
        forwarded = any(name in request.headers for name in _SIGNS_OF_A_PROXY)
        if not guard.admits(authorization=shown, address=request.remote_addr or "", forwarded=forwarded):
            abort(403)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE)

    app.add_url_rule("/metrics", "metrics.show", metrics)


class Serving:
    """The numbers on a port of their own, for a process that serves no pages."""

    def __init__(self, server: Any) -> None:  # noqa: ANN401 - waitress has no types
        self._server = server
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return int(self._server.effective_port)

    def stop(self) -> None:
        """Listen no more."""
        self._ending = True
        self._server.close()
        self._thread.join(_A_MOMENT)

    def _run(self) -> None:
        try:
            self._server.run()
        except OSError:  # it was listening to what has just been closed
            if not self._ending:
                raise


def serve(app: Flask, *, port: int, host: str = "127.0.0.1", token: str = "") -> Serving:
    """Serve the numbers of this process until `stop`; without a token to this machine only.

    Raises:
        OSError: the port is in use.
    """
    registry = _registry(app, app.extensions["booking"].engine)
    guard = Guard(token=token, trusted_proxies=0, base_url="")

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        shown, address = environ.get("HTTP_AUTHORIZATION", ""), environ.get("REMOTE_ADDR", "")
        if not guard.admits(authorization=shown, address=address):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"Not allowed.\n"]
        start_response("200 OK", [("Content-Type", CONTENT_TYPE)])
        return [generate_latest(registry)]

    return Serving(waitress.create_server(answer, host=host, port=port, threads=_THREADS, ident=None))


# ------------------------------------------------------------------------------------ the numbers


class _Application(Protocol):
    def app_context(self) -> AbstractContextManager[Any]: ...


def _registry(app: _Application, engine: Engine) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(app, engine))
    return registry


class _Numbers(Collector):
    """Reads what stands in the database, and what this process has counted."""

    def __init__(self, app: _Application, engine: Engine) -> None:
        self._app = app
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        info = _gauge("info", "The version that runs.", "version")
        info.add_metric([version("booking")], 1)
        yield info
        with self._app.app_context(), reading() as session:
            now = clock.now()
            connections = queries.connections.rows(session)
            found = [
                *_of_links(queries.health.all_links(session), now),
                *_of_connections(connections, now),
                *_of_the_whole(session, now),
            ]
        yield from found
        yield from _of_calls(self._engine, {each.id: each.name for each in connections})


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"booking_{name}", words, labels=list(labels))


def _of_links(rows: Iterable[Health], now: datetime) -> Iterator[Metric]:
    state = _gauge("link_state", "1 for the state that a pairing is in.", *_OF_LINK, "state")
    lag = _gauge("link_lag_seconds", "How long the oldest unwritten change has waited; 0 when none waits.", *_OF_LINK)
    waiting = _gauge("link_waiting", "Changes that wait to be written.", *_OF_LINK)
    given_up = _gauge("link_given_up", "Changes that could not be written and are not tried again.", *_OF_LINK)
    conflicts = _gauge("link_conflicts", "Conflicts that wait for staff.", *_OF_LINK)
    ages = {
        "link_last_read_age_seconds": "Since the calendar was last read well, on whatever tier.",
        "link_last_exact_read_age_seconds": "Since the calendar was last read entry by entry.",
        "link_last_write_age_seconds": "Since something was last written to the calendar.",
        "link_last_comparison_age_seconds": "Since both sides were last compared in full.",
    }
    aged = [_gauge(name, words, *_OF_LINK) for name, words in ages.items()]
    for row in rows:
        link = row.link
        labels = [link.space_slug, str(link.id), link.connection_name]
        state.add_metric([*labels, str(link.state)], 1)
        lag.add_metric(labels, _age(row.waiting.oldest, now) or 0)
        waiting.add_metric(labels, row.waiting.number)
        given_up.add_metric(labels, row.waiting.given_up)
        conflicts.add_metric(labels, row.conflicts)
        reads = [each for each in (link.near_read_at, link.far_read_at, link.read_at) if each is not None]
        moments = max(reads, default=None), link.read_at, link.written_at, link.reconciled_at
        for family, moment in zip(aged, moments, strict=True):
            if (age := _age(moment, now)) is not None:
                family.add_metric(labels, age)
    return iter((state, lag, waiting, given_up, conflicts, *aged))


def _of_connections(rows: Iterable[ConnectionRow], now: datetime) -> Iterator[Metric]:
    trouble = _gauge("connection_trouble", "1 while a whole connection is so.", "connection", "trouble")
    for row in rows:
        troubles = {
            "paused": row.paused,
            "sign_in_failed": row.breaker_until is not None and row.breaker_until > now,
            "throttled": row.throttled_until is not None and row.throttled_until > now,
            "writes_stopped": bool(row.writes_stopped),
        }
        for name, is_so in troubles.items():
            trouble.add_metric([row.name, name], int(is_so))
    yield trouble


def _of_the_whole(session: Session, now: datetime) -> Iterator[Metric]:
    why, _ = queries.health.stopped(session)
    stopped = _gauge("writes_stopped", "1 while nothing is written to any calendar.")
    stopped.add_metric([], int(bool(why)))
    heard = _gauge("watch_heard_age_seconds", "Since a group of mailboxes was last heard of.", "connection", "group")
    held = _gauge("watch_held", "1 while some process listens to the group.", "connection", "group")
    for watch in queries.health.watches(session):
        labels = [watch.connection, str(watch.number)]
        held.add_metric(labels, int(watch.claimed))
        if (age := _age(watch.heard_at, now)) is not None:
            heard.add_metric(labels, age)
    alerts = _gauge("alerts", "Things that are wrong for longer than they may be.", "code")
    for code, number in queries.alerts.open_by_code(session).items():
        alerts.add_metric([code], number)
    mails = _gauge("mails", "Messages in the outbox, by how far they are.", "state")
    for state, number in queries.health.mails(session).items():
        mails.add_metric([state], number)
    return iter((stopped, heard, held, alerts, mails))


def _of_calls(engine: Engine, names: dict[int, str]) -> Iterator[Metric]:
    labels = ["connection", "operation"]
    calls = CounterMetricFamily(
        "booking_calls", "Calls to calendar servers, by their end.", labels=[*labels, "outcome"]
    )
    for (connection, operation, outcome), number in engine.tally.calls().items():
        calls.add_metric([names.get(connection, ""), operation, outcome], number)
    took = HistogramMetricFamily("booking_call_seconds", "How long calls to calendar servers took.", labels=labels)
    for (connection, operation), durations in engine.tally.durations().items():
        so_far, buckets = 0, []
        for bound, number in zip([*map(str, BUCKETS), "+Inf"], durations.within, strict=True):
            so_far += number
            buckets.append((bound, so_far))
        took.add_metric([names.get(connection, ""), operation], buckets, durations.seconds)
    return iter((calls, took))


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max((now - moment).total_seconds(), 0.0)
