"""The only place in the sandbox that asks what time it is; the rest is handed this function."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC, without microseconds: Exchange keeps none in a calendar."""
    return datetime.now(UTC).replace(microsecond=0)
