"""An answer on its way out: whole, in pieces as they come, or in drips."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

from booking.sandbox.exchange.traffic import HttpAnswer

#: How often a second a slow answer sends something, if it is not slower still.
_DRIPS = 20


def headers(answer: HttpAnswer) -> Iterator[tuple[str, str]]:
    """The header lines, in order; a name may come more than once."""
    own = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
    if answer.stream is not None:
        own = {"Content-Type": answer.content_type, "Transfer-Encoding": "chunked"}
    yield from (own | answer.headers).items()
    yield from (("WWW-Authenticate", offer) for offer in answer.sign_in_with)


def body(answer: HttpAnswer, write: Callable[[bytes], None], stopping: threading.Event) -> None:
    """Write the body; ends early, in the middle, when the server stops.

    Raises:
        OSError: the client is gone. The stream is closed then, too.
    """
    if answer.stream is None:
        for piece in _paced(answer.body, answer.bytes_per_second, stopping):
            write(piece)
        return
    with closing(answer.stream) as stream:
        for part in stream:
            for piece in _paced(part, answer.bytes_per_second, stopping):
                write(b"%x\r\n%s\r\n" % (len(piece), piece))
    if not stopping.is_set():
        write(b"0\r\n\r\n")


def _paced(whole: bytes, pace: float | None, stopping: threading.Event) -> Iterator[bytes]:
    if pace is None:
        yield from [whole] if whole else []  # an empty chunk would end the answer
        return
    size = max(1, int(pace / _DRIPS))
    for at in range(0, len(whole), size):
        if stopping.wait(size / pace):
            return
        yield whole[at : at + size]
