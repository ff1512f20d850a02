"""The installation's own row: made on the first start, checked on every other."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from booking.store import queries
from booking.store.database import Session
from booking.store.models import Installation


class WrongKeys(Exception):
    """The keys in `instance/` are not those of this database; starting would lose its secrets."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "The keys in the instance folder do not belong to this database, so what it keeps encrypted "
            "cannot be read. Put back the files session.key and encryption.keys that belong to it, from the backup "
            "or from another machine, and start again. Nothing was changed.",
        )


def ensure(session: Session, *, key_fingerprints: Sequence[str], name: str, now: datetime) -> Installation:
    """Return the installation's row, made with a new id on the first start.

    Args:
        session: of a transaction.
        key_fingerprints: of the keys in the instance folder, newest first; the newest is remembered.
        name: the library's.
        now: the present moment.

    Raises:
        WrongKeys: the database was made with other keys.
    """
    found = queries.installation.installation(session)
    if found is None:
        made = Installation(
            install_id=secrets.token_hex(8), key_fingerprint=key_fingerprints[0], name=name, created_at=now
        )
        found = queries.installation.first(session, made)
    if found.key_fingerprint not in key_fingerprints:
        raise WrongKeys
    found.key_fingerprint = key_fingerprints[0]
    found.name = name
    return found
