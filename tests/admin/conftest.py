"""Pages are the same on both databases, so SQLite is enough here; queries of these pages have tests on both."""

from tests.admin.staff import at_work, exchange
from tests.support.pages import database_url, desk, library

__all__ = ["at_work", "database_url", "desk", "exchange", "library"]
