"""For WSGI servers: `gunicorn wsgi:app`. Starts no background work; `booking worker` does that."""

import os
from pathlib import Path

from booking import config
from booking.app import create_app

app = create_app(config.load(Path(os.environ.get("BOOKING_INSTANCE", "instance")), os.environ))
