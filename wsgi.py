"""For WSGI servers: `gunicorn wsgi:app`. Starts no background work; `booking worker` does that."""

import os
from pathlib import Path

from booking import config
from booking.app import create_app
from booking.http import logs

settings = config.load(Path(os.environ.get("BOOKING_INSTANCE", "instance")), os.environ)
logs.prepare(settings.log_file, log_format=settings.log_format, level=settings.log_level, secrets=settings.secrets)
app = create_app(settings)
