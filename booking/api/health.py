"""Whether the site lives and is ready: for load balancers, systemd and monitors.

Neither answer names anything that is secret; `booking sync status --json` is the place to ask how calendars are.
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from booking.domain.permissions import Permission
from booking.http.identity import needs
from booking.store import database
from booking.store.database import Condition

blueprint = Blueprint("health", __name__, url_prefix="/health")

_WORDS = {
    Condition.READY: "ready",
    Condition.AWAY: "the database does not answer",
    Condition.OUTDATED: "the database belongs to another version of Booking; run `booking db upgrade` with this one",
}


@blueprint.get("/live")
@needs(Permission.SEE_PUBLIC_PAGES)
def live() -> ResponseReturnValue:
    """Say that this process answers; asks nothing else, so a database that is away gets nobody restarted."""
    return {"status": "alive"}


@blueprint.get("/ready")
@needs(Permission.SEE_PUBLIC_PAGES)
def ready() -> ResponseReturnValue:
    """Say whether pages can be served: the database answers, and its tables are this version's."""
    condition = database.condition()
    return {"status": _WORDS[condition]}, 200 if condition is Condition.READY else 503
