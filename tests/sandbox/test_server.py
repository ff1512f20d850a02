"""The HTTP server by itself: answers that come in pieces, or in drips, and how they end."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest
import requests

from booking.sandbox.exchange.server import Server
from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest
from tests.support.waiting import until


@contextmanager
def serving(respond: Callable[[HttpRequest], HttpAnswer]) -> Iterator[tuple[Server, str]]:
    """A server that answers so, and its address."""
    server = Server("127.0.0.1", 0, respond)
    server.start()
    try:
        yield server, f"http://127.0.0.1:{server.port}/"
    finally:
        server.stop()


class Talk:
    """A stream that goes on until somebody closes it."""

    def __init__(self) -> None:
        self.go_on = threading.Semaphore(1)
        self.closed = threading.Event()

    def answer(self, _http: HttpRequest) -> HttpAnswer:
        return HttpAnswer(stream=self._speak())

    def nudged(self) -> bool:
        """True if it is closed; if not, it says one word more."""
        self.go_on.release()
        return self.closed.is_set()

    def _speak(self) -> Generator[bytes, None, None]:
        try:
            while True:
                self.go_on.acquire()
                yield b"word "
        finally:
            self.closed.set()


class TestAStream:
    def test_comes_piece_by_piece(self) -> None:
        talk = Talk()
        with serving(talk.answer) as (_, url), requests.get(url, stream=True, timeout=10) as answer:
            pieces = answer.iter_content(None)
            first = next(pieces)
            talk.go_on.release()
            second = next(pieces)
            talk.go_on.release()

        assert (first, second) == (b"word ", b"word ")
        assert answer.headers["Transfer-Encoding"] == "chunked"

    def test_leaves_the_connection_open_when_it_ends(self) -> None:
        seen = []

        def respond(http: HttpRequest) -> HttpAnswer:
            seen.append(id(http.connection))
            return HttpAnswer(stream=(each for each in (b"one ", b"", b"two")))

        with serving(respond) as (_, url), requests.Session() as client:
            texts = [client.get(url, timeout=10).text for _ in range(2)]

        assert texts == ["one two", "one two"]
        assert seen[0] == seen[1]

    def test_is_closed_when_the_client_leaves(self) -> None:
        talk = Talk()
        with serving(talk.answer) as (_, url):
            answer = requests.get(url, stream=True, timeout=10)
            next(answer.iter_content(None))
            answer.close()

            until(talk.nudged, what="the stream to be closed", seconds=5)

    def test_breaks_off_when_it_fails(self) -> None:
        def fail() -> Generator[bytes, None, None]:
            yield b"half"
            raise ConnectionAbortedError

        with (
            serving(lambda _: HttpAnswer(stream=fail())) as (_, url),
            pytest.raises(requests.exceptions.ChunkedEncodingError),
        ):
            requests.get(url, timeout=10)


class TestASlowAnswer:
    def test_drips(self) -> None:
        with serving(lambda _: HttpAnswer(body=b"x" * 40, bytes_per_second=100)) as (_, url):
            begun = time.monotonic()

            text = requests.get(url, timeout=10).text

        assert text == "x" * 40
        assert 0.35 < time.monotonic() - begun < 3

    def test_drips_in_a_stream_too(self) -> None:
        def respond(_http: HttpRequest) -> HttpAnswer:
            return HttpAnswer(stream=(each for each in (b"abc", b"def")), bytes_per_second=20)

        with serving(respond) as (_, url), requests.get(url, stream=True, timeout=10) as answer:
            assert [*answer.iter_content(None)] == [b"a", b"b", b"c", b"d", b"e", b"f"]

    def test_ends_with_the_server(self) -> None:
        def respond(_http: HttpRequest) -> HttpAnswer:
            return HttpAnswer(body=b"x" * 1000, bytes_per_second=1)

        with serving(respond) as (server, url), requests.get(url, stream=True, timeout=10) as answer:
            server.stop()

            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                assert answer.content
