"""Refusals in words: what happened, what was kept, what to do now."""

from booking.domain import errors
from booking.domain.errors import Refused
from booking.http import filters

HEADINGS = {
    "taken": "Somebody was faster",
    "closed": "Closed at that time",
    "not_certain": "We cannot see the calendar right now",
    "forbidden": "You may not do that here",
    "not_found": "There is nothing here",
    "not_possible": "That is not possible now",
}
STATUS = {"taken": 409, "closed": 409, "not_possible": 409, "not_certain": 503, "forbidden": 403, "not_found": 404}


def heading(refusal: Refused) -> str:
    """Return a finding of a few words."""
    return HEADINGS.get(refusal.code, "That was not possible")


def status(refusal: Refused) -> int:
    """Return the HTTP status that says the same."""
    return STATUS.get(refusal.code, 422)


def sentence(refusal: Refused, *, zone: str | None = None) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each kind; a table could not reach their facts
    """Return the reason as a person reads it; times on the wall clock of `zone`."""
    match refusal:
        case errors.Taken():
            return "That time was taken meanwhile. Nothing was booked for you, and what you typed is kept."
        case errors.Closed(reason=reason):
            return f"The room is closed then: {reason}." if reason else "The room is not open for all of that time."
        case errors.NotCertain():
            return (
                "Whether that time is free could not be checked just now, so nothing was booked. "
                "Try again in a minute, or choose another room."
            )
        case errors.InThePast():
            return "That time has already begun. Choose a later one."
        case errors.EndsBeforeItStarts():
            return "The end must come after the start."
        case errors.NoSuchTime(wall=wall):
            return f"{wall:%H:%M} does not exist on that day: the clocks go forward. Choose an hour earlier or later."
        case errors.TooShort(limit=limit):
            return f"This room is booked for {filters.duration_words(limit)} or more."
        case errors.TooLong(limit=limit):
            return f"This room is booked for {filters.duration_words(limit)} at most."
        case errors.OffStep(step=step):
            return f"Times go in steps of {filters.duration_words(step)}, counted from midnight."
        case errors.TooSoon(earliest=earliest):
            return f"The earliest start is {filters.stamp(earliest, zone)}."
        case errors.TooFar(latest=latest):
            return f"Bookings are open until {filters.date_words(latest, zone)}."
        case errors.Forbidden():
            return "Your account does not have that right in this place. Ask an administrator of your library."
        case errors.NotFound():
            return "The address is wrong, or what was here is gone."
        case _:
            return _as_sentence(str(refusal))


def _as_sentence(text: str) -> str:
    text = text.strip() or "that was not possible"
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
