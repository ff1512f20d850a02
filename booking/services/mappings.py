"""Which of a profile's fields go to which of Exchange's: changed by staff, for what is written from then on."""

from datetime import datetime

from booking.domain import mapping
from booking.domain.errors import NotFound
from booking.domain.mapping import Mapping
from booking.domain.permissions import INSTALLATION, Actor, Permission, require
from booking.domain.states import Channel
from booking.services import audit
from booking.store import queries
from booking.store.database import Session


def save(session: Session, profile_id: int, wanted: Mapping, *, actor: Actor, now: datetime) -> Mapping:
    """Store a profile's mapping; entries that stand in Outlook stay as they are.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    queries.installation.lock(session)  # nobody stores a profile as it was read before this
    found = queries.profiles.get(session, profile_id)
    if found is None:
        raise NotFound(what="sync profile")
    checked = mapping.checked(wanted)
    found.field_mapping = mapping.as_text(checked)
    found.updated_at = now
    session.flush()
    audit.note(
        session,
        "profile.mapped",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        subject=found.name,
        detail=f"{checked}",
    )
    return checked
