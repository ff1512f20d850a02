"""`python -m booking.sandbox.exchange`: run the stand-in by itself until it is interrupted."""

import argparse
import threading
from pathlib import Path

from booking.sandbox.exchange.sandbox import ExchangeSandbox


def main() -> None:
    """Listen until interrupted."""
    parser = argparse.ArgumentParser(prog="booking.sandbox.exchange", description="A stand-in Exchange server.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; only this machine by default")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--data", type=Path, help="file that keeps what it holds; in memory only without it")
    options = parser.parse_args()
    with ExchangeSandbox(options.data, host=options.host, port=options.port) as sandbox:
        print(f"Sandbox Exchange: {sandbox.url}  EWS: {sandbox.ews_url}", flush=True)  # noqa: T201  (its only word)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
