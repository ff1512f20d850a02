"""The application as the runners of background work see it: a context for each thread, and faults that end nothing."""

import logging
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from booking.scheduler.tasks import Context

log = logging.getLogger(__name__)


class Application(Protocol):
    """What is needed of a Flask application here: a context for each thread, and what it was joined from."""

    extensions: dict[str, Any]

    def app_context(self) -> AbstractContextManager[Any]: ...


def context(app: Application) -> Context:
    """Return what its tasks are given."""
    wiring = app.extensions["booking"]
    site = wiring.settings
    return Context(engine=wiring.engine, post=wiring.post, base_url=site.base_url, mail_from=site.mail_from)


def do(app: Application, what: str, work: Callable[[], object], *, is_ending: Callable[[], bool]) -> None:
    """Do some work with a context of its own. A fault is logged and goes no further, unless all ends anyway."""
    try:
        with app.app_context():
            work()
    except Exception as error:  # noqa: BLE001 - a bug in one task must not end the others
        if not is_ending():
            # Only its kind and place: its words may quote what stands in a calendar or a row.
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s failed: %s\n%s", what, type(error).__name__, place)  # noqa: TRY400 - no message, see above
