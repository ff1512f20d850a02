"""Locations, categories and spaces as they are stored: as drafts to change, and in words to compare."""

from dataclasses import fields
from datetime import timedelta

from booking.admin.forms import rules as rule_words
from booking.cli.applying import keys
from booking.cli.applying.working import View
from booking.domain.rules import OwnRules
from booking.services.places import CategoryDraft, LocationDraft, SpaceDraft
from booking.store.queries.places import CategoryRow, LocationRow, SpaceRow

Row = LocationRow | CategoryRow | SpaceRow
#: What the file calls each rule.
RULES = {name: f"rules.{key}" for key, (name, _) in keys.RULES.items()}
_DAYS = frozenset({"window_days"})
_NOT_SHOWN = frozenset({"id", "own", "image", "location_id"})


def location(row: LocationRow) -> LocationDraft:
    """Return a draft that changes nothing."""
    return LocationDraft(
        name=row.name,
        zone=row.zone,
        is_public=row.is_public,
        address=row.address,
        phone=row.phone,
        contact_name=row.contact_name,
        contact_email=row.contact_email,
        slug=row.slug,
        position=row.position,
        id=row.id,
    )


def category(row: CategoryRow) -> CategoryDraft:
    """Return a draft that changes nothing."""
    return CategoryDraft(
        location_id=row.location_id,
        name=row.name,
        description=row.description,
        nickname_allowed=row.nickname_allowed,
        slug=row.slug,
        position=row.position,
        own=row.own,
        id=row.id,
    )


def space(row: SpaceRow) -> SpaceDraft:
    """Return a draft that changes nothing."""
    return SpaceDraft(
        category_id=row.category_id,
        name=row.name,
        capacity=row.capacity,
        description=row.description,
        directions=row.directions,
        image=row.image,
        accessible=row.accessible,
        powered=row.powered,
        zone_id=row.zone_id,
        slug=row.slug,
        position=row.position,
        own=row.own,
        id=row.id,
    )


def view(row: Row | None) -> View:
    """Return a place in words, by the fields of its draft; nothing where there is no place."""
    match row:
        case None:
            return {}
        case LocationRow():
            return _view(location(row), row)
        case CategoryRow():
            return _view(category(row), row) | rules(row.own)
        case SpaceRow():
            names = {"category_id": row.category_slug, "zone_id": row.zone_name or "none"}
            return _view(space(row), row) | names | rules(row.own)


def rules(own: OwnRules) -> dict[str, str]:
    """Return the rules that a place sets itself, in words, by field."""
    found = {}
    for name in RULES:
        value = getattr(own, name)
        length = timedelta(days=value or 0) if name in _DAYS else timedelta(minutes=value or 0)
        found[name] = "default" if value is None else rule_words.words(length)
    return found


def _view(draft: LocationDraft | CategoryDraft | SpaceDraft, row: Row) -> dict[str, str]:
    shown = [each.name for each in fields(draft) if each.name not in _NOT_SHOWN]
    return {name: _in_words(getattr(draft, name)) for name in shown} | {"retired": _in_words(row.retired)}


def _in_words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case _:
            return str(value)
