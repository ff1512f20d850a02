"""Honest columns: times that are always aware and UTC, text that is encrypted on disk."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; comes back aware and in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; on SQLite, which keeps no zone, store the UTC wall time."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a naive time cannot be stored: {value}"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the time back aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class KeyRing:
    """The installation's encryption keys: the first encrypts, all decrypt."""

    def __init__(self) -> None:
        """Start locked."""
        self._fernet: MultiFernet | None = None
        self._keys: tuple[str, ...] = ()
        self._again: Callable[[], Sequence[str]] = tuple

    def unlock(self, keys: Sequence[str], *, again: Callable[[], Sequence[str]] | None = None) -> None:
        """Take the keys (Fernet, URL-safe base64), newest first.

        Args:
            keys: at least one.
            again: where to look for keys that were added since; asked before something is encrypted, and when
                something does not open.

        Raises:
            ValueError: a key is not a Fernet key.
        """
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._keys = tuple(keys)
        self._again = again or (lambda: keys)

    def sealed(self, plain: bytes) -> bytes:
        """Return something encrypted with the newest key there is, also one that was put there while we ran.

        For the older ones may be forgotten as soon as all that is stored is encrypted with it.
        """
        with contextlib.suppress(OSError, ValueError):  # a file that cannot be used now changes nothing
            keys = tuple(self._again())
            if keys != self._keys:
                self.unlock(keys, again=self._again)
        return self.fernet.encrypt(plain)

    def opened(self, secret: bytes) -> bytes:
        """Return what was encrypted, also with a key that was put into the files while we ran.

        Raises:
            InvalidToken: no key fits.
        """
        try:
            return self.fernet.decrypt(secret)
        except InvalidToken:
            self.unlock(self._again(), again=self._again)
            return self.fernet.decrypt(secret)

    def opens(self, secret: str) -> bool:
        """Tell whether one of these keys fits, without looking for others."""
        try:
            self.fernet.decrypt(secret)
        except InvalidToken:
            return False
        return True

    @property
    def fernet(self) -> MultiFernet:
        """Return the unlocked keys.

        Raises:
            RuntimeError: `unlock` was never called: a fault of start-up.
        """
        if self._fernet is None:
            msg = "the key ring is locked; create_app() unlocks it"
            raise RuntimeError(msg)
        return self._fernet


#: One per process, as the keys are the installation's.
KEY_RING = KeyRing()


class EncryptedText(TypeDecorator[str]):
    """Text that stands encrypted in the database (Fernet, keys in `instance/`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Encrypt."""
        return None if value is None else KEY_RING.sealed(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Decrypt.

        Raises:
            ValueError: no key of this installation fits; says what to restore.
        """
        if value is None:
            return None
        try:
            return KEY_RING.opened(value.encode()).decode()
        except InvalidToken:
            msg = "a stored secret does not open with the keys in instance/; restore the keys of this database"
            raise ValueError(msg) from None
