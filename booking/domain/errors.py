"""What people are told when the rules forbid what they asked for."""

from datetime import datetime, timedelta
from typing import ClassVar

from booking.domain.intervals import Interval


class Refused(Exception):
    """The rules do not allow what the person asked for.

    Expected: shown to the person who asked, never sent to the error log.
    `code` is stable: pages choose their words by it, API clients what to do next.
    """

    code: ClassVar[str] = "refused"


class Taken(Refused):
    """Somebody else has the space for some of that time."""

    code = "taken"

    def __init__(self, *, wished: Interval | None = None) -> None:
        """Remember the time that was wished for, where it is known."""
        super().__init__("that time was taken meanwhile")
        self.wished = wished


class Closed(Refused):
    """The space is not open for all of that time."""

    code = "closed"

    def __init__(self, *, wished: Interval, reason: str = "") -> None:
        """Remember the wish and, for a closure, why."""
        super().__init__("the space is not open for all of that time")
        self.wished = wished
        self.reason = reason


class NotCertain(Refused):
    """The calendar could not be asked whether the time is free; unknown is not free."""

    code = "not_certain"

    def __init__(self, *, wished: Interval) -> None:
        """Remember the wish."""
        super().__init__("whether that time is free could not be checked just now")
        self.wished = wished


class InThePast(Refused):
    """The time has already begun or gone."""

    code = "in_the_past"

    def __init__(self, *, start: datetime) -> None:
        """Remember the start that was asked for."""
        super().__init__("that time has already begun")
        self.start = start


class EndsBeforeItStarts(Refused):
    """The end does not come after the start."""

    code = "ends_before_it_starts"

    def __init__(self) -> None:
        """There is nothing to remember."""
        super().__init__("the end must come after the start")


class NoSuchTime(Refused):
    """The wall clock skips that time: summer time begins there."""

    code = "no_such_time"

    def __init__(self, *, wall: datetime, zone: str) -> None:
        """Remember the wall-clock time (naive) and its zone."""
        super().__init__(f"{wall:%H:%M} does not exist on that day: clocks go forward")
        self.wall = wall
        self.zone = zone


class TooShort(Refused):
    """The booking lasts less than its space asks for."""

    code = "too_short"

    def __init__(self, *, asked: timedelta, limit: timedelta) -> None:
        """Remember what was asked and the limit."""
        super().__init__(f"asked for {asked}, at least {limit} is needed")
        self.asked = asked
        self.limit = limit


class TooLong(Refused):
    """The booking lasts longer than its space allows."""

    code = "too_long"

    def __init__(self, *, asked: timedelta, limit: timedelta) -> None:
        """Remember what was asked and the limit."""
        super().__init__(f"asked for {asked}, at most {limit} is allowed")
        self.asked = asked
        self.limit = limit


class OffStep(Refused):
    """The start or the length does not fit the space's step."""

    code = "off_step"

    def __init__(self, *, step: timedelta) -> None:
        """Remember the step."""
        super().__init__(f"times go in steps of {step}")
        self.step = step


class TooSoon(Refused):
    """The start is nearer than the space's lead time."""

    code = "too_soon"

    def __init__(self, *, earliest: datetime) -> None:
        """Remember the earliest start that would do."""
        super().__init__(f"the earliest start is {earliest}")
        self.earliest = earliest


class TooFar(Refused):
    """The start lies beyond how far ahead the space may be booked."""

    code = "too_far"

    def __init__(self, *, latest: datetime) -> None:
        """Remember the moment by which the booking must end."""
        super().__init__(f"bookings are open until {latest}")
        self.latest = latest


class Forbidden(Refused):
    """This person may not do that here."""

    code = "forbidden"

    def __init__(self, *, permission: str) -> None:
        """Remember which permission was missing."""
        super().__init__("you may not do that here")
        self.permission = permission


class NotFound(Refused):
    """There is no such thing, or the secret is wrong: the answer is the same."""

    code = "not_found"

    def __init__(self, *, what: str) -> None:
        """Remember what kind of thing was looked for."""
        super().__init__(f"there is no such {what}")
        self.what = what


class NotPossible(Refused):
    """The thing is in a state in which that cannot be done; the message says why and what to do."""

    code = "not_possible"


class Invalid(Refused):
    """What was entered cannot be right; `fields` says where and why."""

    code = "invalid"

    def __init__(self, fields: dict[str, str]) -> None:
        """Remember, for each field, the sentence to show beside it."""
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items()))
        self.fields = fields
