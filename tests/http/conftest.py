"""Pages are the same on both databases, so SQLite is enough here."""

from tests.support.pages import database_url, desk, library

__all__ = ["database_url", "desk", "library"]
