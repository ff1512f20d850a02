"""Which of our fields go to which of Exchange's, as the file says: the key `fields` of a profile."""

from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Any

from booking.cli.applying import words
from booking.cli.applying.words import DEFAULT, WrongValue
from booking.domain import mapping
from booking.domain.errors import Invalid
from booking.domain.mapping import BUILT_IN, OFFERED, Field, Mapping, Separator, Target
from booking.domain.reconcile import BusyClass

_BUSY = {"busy": BusyClass.BUSY, "tentative": BusyClass.TENTATIVE, "away": BusyClass.OOF}
_NONE = "none"


def fields(value: object) -> Mapping:
    """Return the mapping that a table says; what it leaves out is as built in, and "default" is all of that."""
    if value == DEFAULT:
        return BUILT_IN
    if not isinstance(value, dict):
        raise WrongValue('This must be a table, such as { subject = ["name", "title"] }, or "default".')
    strange = value.keys() - _READERS.keys()
    if strange:
        raise WrongValue(f'There is no key "{min(strange)}" here. Known here are {", ".join(_READERS)}.')
    said = {_READERS[key][0]: _read(key, each) for key, each in value.items()}
    try:
        return mapping.checked(Mapping(**said))
    except Invalid as refusal:
        raise WrongValue(" ".join(f"{name}: {why}" for name, why in refusal.fields.items())) from refusal


def _read(key: str, value: object) -> Any:  # noqa: ANN401 - whatever that part of a mapping is
    try:
        return _READERS[key][1](value)
    except WrongValue as error:
        raise WrongValue(f"{key}: {error}") from error


def _several(target: Target) -> Callable[[object], tuple[Field, ...]]:
    """Return a reader of a list of our fields."""
    offered = {field.value: field for field in OFFERED[target]}

    def read(value: object) -> tuple[Field, ...]:
        names = _texts(value)
        if not set(names) <= offered.keys():
            raise WrongValue(f"This must be a list of some of {', '.join(offered)}.")
        return tuple(offered[name] for name in names)

    return read


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise WrongValue("This must be a list, in brackets.")
    return tuple(words.text(each) for each in value)


def _reminder(value: object) -> int | None:
    return None if value == _NONE else words.minutes(value)


def _busy(value: object) -> BusyClass:
    found = _BUSY.get(words.text(value))
    if found is None:
        raise WrongValue(f"This must be one of {', '.join(_BUSY)}.")
    return found


_READERS: Table[str, tuple[str, Callable[[object], object]]] = {
    "subject": ("subject", _several(Target.SUBJECT)),
    "separator": ("separator", words.choice(Separator)),
    "text": ("body", _several(Target.BODY)),
    "location": ("location", _several(Target.LOCATION)),
    "categories": ("categories", _several(Target.CATEGORIES)),
    "always": ("words", _texts),
    "reminder": ("reminder_minutes", _reminder),
    "show_as": ("busy", _busy),
}
