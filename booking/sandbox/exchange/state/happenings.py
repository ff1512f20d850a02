"""What the store tells its listeners: an item came, changed, went, or moved to another folder."""

from collections.abc import Callable
from dataclasses import dataclass

from booking.sandbox.exchange.state.model import Item


@dataclass(frozen=True, slots=True)
class Happening:
    """One item before and after. Without `before` it is new, without `after` it is gone; two ids: it moved."""

    before: Item | None
    after: Item | None


Listener = Callable[[Happening], None]
