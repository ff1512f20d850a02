"""The sample's sync profile: what it says is what holds without one, so that staff can see and change it."""

from datetime import datetime

from booking.cli.sample import library
from booking.domain.permissions import SYSTEM
from booking.services import assigning
from booking.services.assigning import ProfileWish
from booking.store import queries
from booking.store.database import Session

NAME = "All rooms"


def give(session: Session, *, now: datetime) -> None:
    """Make the profile, and give it to both locations."""
    wish = ProfileWish(NAME, "Both ways, for every room of Wexcombe Libraries.")
    made = assigning.save(session, None, wish, actor=SYSTEM, now=now)
    ours = {each.slug for each in library.LOCATIONS}
    wanted = [(each.id, None, None) for each in queries.places.locations(session) if each.slug in ours]
    assigning.attach(session, made.profile_id, assigning.places(session, wanted), actor=SYSTEM, now=now)
