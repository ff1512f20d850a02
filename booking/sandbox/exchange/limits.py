"""How much one request may ask for.

Sources: EXCHANGE-FACTS.md sections 1.1 to 1.4 and 1.7; learn.microsoft.com, EWS reference, ResponseCode.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one kind of server; `hanging` and `concurrency` are counted for each account."""

    free_busy_mailboxes: int = 100
    free_busy_window: timedelta = timedelta(days=42)
    free_busy_entries: int = 1000
    view_items: int = 1000
    view_window: timedelta = timedelta(days=732)
    sync_changes: int = 512
    subscriptions_in_one_stream: int = 200
    hanging: int = 10
    concurrency: int = 27
