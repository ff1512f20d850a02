"""The fixtures of pages, on SQLite; what depends on the database says so."""

from tests.support.pages import database_url, desk, library

__all__ = ["database_url", "desk", "library"]
