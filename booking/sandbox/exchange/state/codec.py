"""Frozen values to what JSON can hold, and back."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
Json = Any  # what JSON can hold has no type of its own, nor has a type that is looked into


def encode(value: object) -> Json:
    """The value as dicts, lists and plain values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: encode(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def decode(kind: type[Value], data: Json) -> Value:
    """The value of that type that `encode` wrote; fields that are newer than the data keep their default."""
    result: Value = _decode(kind, data)
    return result


def _decode(kind: Json, data: Json) -> Json:
    origin: Json = get_origin(kind)
    if origin in {Union, UnionType}:
        return None if data is None else _decode(_not_none(kind), data)
    if origin is tuple:
        return tuple(_decode(get_args(kind)[0], inner) for inner in data)
    if origin is dict:
        return {key: _decode(get_args(kind)[1], inner) for key, inner in data.items()}
    if hasattr(kind, "__dataclass_fields__"):
        hints = _hints(kind)
        return kind(**{name: _decode(hints[name], inner) for name, inner in data.items() if name in hints})
    if kind in {datetime, date}:
        return kind.fromisoformat(data)
    return kind(data) if issubclass(kind, Enum) else data


@cache
def _hints(kind: Json) -> dict[str, Any]:
    return get_type_hints(kind)


def _not_none(kind: Json) -> Json:
    return next(inner for inner in get_args(kind) if inner is not NoneType)
