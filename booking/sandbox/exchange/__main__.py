"""`python -m booking.sandbox.exchange`: run the stand-in by itself until it is interrupted."""

import argparse
import threading
from pathlib import Path

from booking.sandbox.exchange.ews.sign_in import WAYS
from booking.sandbox.exchange.personalities import EXCHANGE_2016, PERSONALITIES
from booking.sandbox.exchange.sandbox import ExchangeSandbox


def main() -> None:
    """Listen until interrupted."""
    options = _parser().parse_args()
    personality = PERSONALITIES[options.personality]
    with ExchangeSandbox(
        options.data,
        host=options.host,
        port=options.port,
        personality=personality,
        sign_in=tuple(options.sign_in),
        tls=options.authority is not None,
        names=() if options.host in {"0.0.0.0", "::"} else (options.host,),  # noqa: S104  (told not to be a name)
    ) as sandbox:
        if options.authority is not None:
            options.authority.write_text(sandbox.ca_pem, encoding="ascii")
        print(f"Sandbox Exchange: {sandbox.url}  EWS: {sandbox.ews_url}", flush=True)  # noqa: T201  (its only word)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="booking.sandbox.exchange", description="A stand-in Exchange server.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; only this machine by default")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--data", type=Path, help="file that keeps what it holds; in memory only without it")
    parser.add_argument(
        "--personality", choices=sorted(PERSONALITIES), default=EXCHANGE_2016.name, help="which Exchange it is"
    )
    parser.add_argument("--sign-in", nargs="+", choices=WAYS, default=WAYS, help="the ways to sign in that it offers")
    parser.add_argument(
        "--tls", type=Path, dest="authority", metavar="FILE", help="answer over HTTPS; FILE gets the authority to trust"
    )
    return parser


if __name__ == "__main__":
    main()
