"""References, secrets and keys: made here, so that their strength is decided in one place."""

import secrets

from booking.store import queries
from booking.store.database import Session

#: Without the letters and figures that people take for one another when they read aloud or write down.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_HALF = 4


def new_ref(session: Session) -> str:
    """Return a reference that no booking has, such as 7KQ2-F9XM. It is no secret."""
    while True:
        letters = [secrets.choice(ALPHABET) for _ in range(2 * _HALF)]
        ref = f"{''.join(letters[:_HALF])}-{''.join(letters[_HALF:])}"
        if not queries.bookings.is_ref_taken(session, ref):
            return ref


def new_secret() -> str:
    """Return what stands in a patron's link: 192 random bits, safe in addresses."""
    return secrets.token_urlsafe(24)


def new_key() -> str:
    """Return the key of an occurrence: random, for row numbers are given out again after a restore."""
    return secrets.token_hex(12)
