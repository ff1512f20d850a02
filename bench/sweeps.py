"""Sweeps of one process, one for each line that comes in; after each it says how much memory it has.

Started as `python -m bench.sweeps INSTANCE DATABASE`; each line is what time it is.
"""

import gc
import json
import sys
from datetime import datetime
from pathlib import Path

from booking import config
from booking.app import create_app
from booking.connectors import registry
from booking.sync import pull
from booking.sync.engine import Engine
from tests.sync.library import Clock


def main(instance: str, database: str) -> None:
    """Sweep until nobody says the time any more."""
    environ = {"BOOKING_DATABASE_URL": database, "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true"}
    app = create_app(config.load(Path(instance), environ))
    clock = Clock()
    engine = Engine(connect=registry.connect, now=clock, allow_local=True)
    read = 0
    with app.app_context():
        for line in sys.stdin:
            clock.now = datetime.fromisoformat(line.strip())
            read += pull.sweep_near(engine) + pull.sweep_far(engine) + pull.read_due(engine)
            gc.collect()
            print(json.dumps({"kb": _resident(), "read": read}), flush=True)
        engine.lines.close()


def _resident() -> int:
    """Return the kilobytes of memory that are this process's share."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
