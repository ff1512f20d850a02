"""One room after the other: a fault of ours with one of them does not keep those after it waiting."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from booking.store import database

Room = TypeVar("Room")
log = logging.getLogger(__name__)


def each(rooms: Iterable[Room], do: Callable[[Room], object]) -> None:
    """Do something for every room, whatever happens with one.

    Raises:
        Exception: the first fault that nobody foresaw, when all rooms have had their turn; what says that the
            database is away at once, as the rooms after it would meet the same.
    """
    faults = []
    for room in rooms:
        try:
            do(room)
        except database.AWAY:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told below, once the others had their turn
            faults.append(fault)
    if faults:
        log.error("%s of the rooms met a fault that nobody foresaw", len(faults))
        raise faults[0]
