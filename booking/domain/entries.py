"""What people type into forms: trimmed, bounded, and every mistake told at once."""

import unicodedata
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking.domain.errors import Invalid

#: Turn the reading direction of what follows; in a name they only deceive. Source: Unicode TR 36, section 2.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Entries:
    """Takes fields one by one, gives them back clean, and remembers what is wrong with each."""

    def __init__(self) -> None:
        """Start without mistakes."""
        self.mistakes: dict[str, str] = {}

    def line(self, field: str, value: str, *, longest: int, required: bool = False) -> str:
        """Return one line of text, trimmed."""
        return self._text(field, value, longest=longest, required=required, allowed="")

    def text(self, field: str, value: str, *, longest: int) -> str:
        """Return text that may have several lines, trimmed."""
        return self._text(field, value.replace("\r\n", "\n"), longest=longest, required=False, allowed="\n\t")

    def number(self, field: str, value: int | None, *, least: int, most: int) -> int | None:
        """Return the number if it lies from `least` to `most`; None stays None."""
        if value is not None and not least <= value <= most:
            self.mistakes[field] = f"Give a whole number from {least} to {most}."
        return value

    def zone(self, field: str, value: str) -> str:
        """Return the name of a time zone that exists."""
        if not is_zone(value):
            self.mistakes[field] = "Choose a time zone from the list, for example Europe/London."
        return value

    def wrong(self, field: str, why: str) -> None:
        """Remember a mistake that was found elsewhere."""
        self.mistakes[field] = why

    def check(self) -> None:
        """Pass if nothing was wrong.

        Raises:
            Invalid: with every mistake, by field.
        """
        if self.mistakes:
            raise Invalid(self.mistakes)

    def _text(self, field: str, value: str, *, longest: int, required: bool, allowed: str) -> str:
        clean = unicodedata.normalize("NFC", value).strip()
        if required and not clean:
            self.mistakes[field] = "This is needed."
        elif len(clean) > longest:
            self.mistakes[field] = f"At most {longest} characters, please."
        elif any(_unprintable(sign) and sign not in allowed for sign in clean):
            self.mistakes[field] = "Remove the characters that cannot be printed."
        return clean


def _unprintable(sign: str) -> bool:
    return sign in _BIDI or unicodedata.category(sign) in {"Cc", "Cs"}


def is_zone(name: str) -> bool:
    """Tell whether there is such an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as "Europe"
        return False
    return "/" in name or name == "UTC"


def minutes(value: timedelta) -> int:
    """Return a length as whole minutes, as tables keep it."""
    return int(value.total_seconds() // 60)
