"""`python -m tests.support.nursery FOLDER`: starts workers within moments, for a test that kills dozens of them.

All that a worker loads, which takes seconds, is loaded once. For each line on standard input, the name of a log, a
process is forked that does what `booking worker` does from there on; its number is the answer.
"""

import os
import signal
import sys

from booking.cli import main


def serve(instance: str) -> None:
    """Start a worker for each line, until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            _work(instance, line.strip())
        print(number, flush=True)


def _work(instance: str, log: str) -> None:
    """Be a worker, in a session of its own, until it ends."""
    status: object = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        main(["--instance", instance, "worker"])
    except SystemExit as end:
        status = end.code
    finally:
        os._exit(int(status) if isinstance(status, int) else 0)


if __name__ == "__main__":
    serve(sys.argv[1])
