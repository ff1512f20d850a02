"""The installation's own row: made on the first start, checked on every other."""

import secrets
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


def ensure(session: Session, *, key_fingerprint: str, name: str, now: datetime) -> Installation:
    """Return the installation's row, made with a new id on the first start.

    Raises:
        WrongKeys: the database was made with other keys.
    """
    found = queries.installation.installation(session)
    if found is None:
        found = Installation(
            install_id=secrets.token_hex(8), key_fingerprint=key_fingerprint, name=name, created_at=now
        )
        session.add(found)
        session.flush()
    if not secrets.compare_digest(found.key_fingerprint, key_fingerprint):
        raise WrongKeys
    found.name = name
    return found
