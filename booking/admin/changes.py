"""What pages of sync profiles share: the profile asked for, and whether what follows from a change has been read."""

import hashlib

from flask import request

from booking.domain.errors import NotFound
from booking.services import profiles
from booking.services.assigning import Preview
from booking.services.profiles import Profile
from booking.store.database import Session


def found(session: Session, profile_id: int) -> Profile:
    """Return a profile.

    Raises:
        NotFound: there is none of that number.
    """
    profile = profiles.get(session, profile_id)
    if profile is None:
        raise NotFound(what="sync profile")
    return profile


def digest(follows: Preview) -> str:
    """Return a short name for what follows: a page sends it back once somebody has read that."""
    return hashlib.sha256("\n".join(follows.sentences).encode()).hexdigest()[:16]


def is_seen(follows: Preview) -> bool:
    """Tell whether nothing follows, or the person was shown exactly this."""
    return not follows.sentences or request.form.get("seen", "") == digest(follows)
