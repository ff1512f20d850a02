"""Locations, zones, categories and spaces as the file says: made, changed, retired, brought back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from booking.cli.applying import keys, stored
from booking.cli.applying.lines import Path
from booking.cli.applying.said import CategorySaid, LocationSaid, SpaceSaid
from booking.cli.applying.stored import Row
from booking.cli.applying.tables import Keys, Said
from booking.cli.applying.working import Subject, View, Work
from booking.domain.rules import OwnRules
from booking.services import places
from booking.services.places import CategoryDraft, LocationDraft, SpaceDraft, ZoneDraft
from booking.store import queries
from booking.store.queries.places import CategoryRow, LocationRow, SpaceRow, ZoneRow


def _labels(kind: Keys) -> dict[str, str]:
    return (
        {name: key for key, (name, _) in kind.items()} | stored.RULES | {"category_id": "category", "zone_id": "zone"}
    )


_OF_LOCATION, _OF_CATEGORY, _OF_SPACE = _labels(keys.LOCATION), _labels(keys.CATEGORY), _labels(keys.SPACE)


def location(work: Work, said: LocationSaid) -> LocationRow | None:
    """Settle a location itself; return it, or None when nothing in it is to be looked at."""

    def look() -> LocationRow | None:
        return queries.places.location_by_slug(work.session, said.slug)

    row = look()
    subject = Subject(f"location {said.slug}", said.said, _OF_LOCATION)
    draft = LocationDraft(_name_of(said.slug), "", slug=said.slug) if row is None else stored.location(row)

    def act(values: Mapping[str, Any]) -> None:
        wanted = {name: value for name, value in values.items() if name not in {"connection", "retired"}}
        saved = places.save_location(work.session, replace(draft, **wanted), actor=work.actor, now=work.now)
        if saved.retired:
            places.bring_back_location(work.session, saved.id, actor=work.actor, now=work.now)

    stands = _settle(work, subject, row, look, act, retire=places.retire_location, needed={"zone": "UTC"})
    return look() if stands else None


def zones(work: Work, said: LocationSaid, location_id: int) -> None:
    """Settle the zones of a location; their order is that of the file."""
    for position, (name, path) in enumerate(said.zones):
        _zone(work, Subject(f"zone {said.slug}/{name}", Said(path)), ZoneDraft(location_id, name, position))


def _zone(work: Work, subject: Subject, draft: ZoneDraft) -> None:
    def look() -> ZoneRow | None:
        rows = queries.places.zones(work.session, draft.location_id)
        return next((row for row in rows if row.name == draft.name), None)

    def view() -> View:
        row = look()
        return {"name": row.name, "order": f"{row.position + 1}"} if row else {}

    row = look()
    wanted = replace(draft, id=row.id if row else None)
    work.settle(
        subject,
        view=view,
        act=lambda _values: places.save_zone(work.session, wanted, actor=work.actor, now=work.now),
    )


def category(work: Work, said: CategorySaid, *, where: LocationRow) -> CategoryRow | None:
    """Settle a category itself; return it, or None when nothing in it is to be looked at."""

    def look() -> CategoryRow | None:
        return queries.places.category_by_slug(work.session, where.id, said.slug)

    row = look()
    subject = Subject(f"category {where.slug}/{said.slug}", _with_rules(said.said, said.rules), _OF_CATEGORY)
    new = CategoryDraft(where.id, _name_of(said.slug), slug=said.slug)
    draft = new if row is None else stored.category(row)

    def act(values: Mapping[str, Any]) -> None:
        wanted, own = _parted(values, draft.own, without={"retired"})
        saved = places.save_category(work.session, replace(draft, own=own, **wanted), actor=work.actor, now=work.now)
        if saved.retired:
            places.bring_back_category(work.session, saved.id, actor=work.actor, now=work.now)

    return look() if _settle(work, subject, row, look, act, retire=places.retire_category) else None


def space(work: Work, said: SpaceSaid, *, within: CategoryRow) -> SpaceRow | None:
    """Settle a space itself; return it, or None when nothing of it is to be looked at."""

    def look() -> SpaceRow | None:
        return queries.places.space_by_slug(work.session, said.slug)

    row = look()
    own_said = _in_zone(work, said.said, within)
    subject = Subject(f"space {said.slug}", _with_rules(own_said, said.rules), _OF_SPACE)
    new = SpaceDraft(within.id, _name_of(said.slug), slug=said.slug)
    draft = new if row is None else replace(stored.space(row), category_id=within.id)

    def act(values: Mapping[str, Any]) -> None:
        wanted, own = _parted(values, draft.own, without={"retired", "zone", "mailbox"})
        saved = places.save_space(work.session, replace(draft, own=own, **wanted), actor=work.actor, now=work.now)
        if saved.retired:
            places.bring_back_space(work.session, saved.id, actor=work.actor, now=work.now)

    return look() if _settle(work, subject, row, look, act, retire=places.retire_space) else None


def _settle(
    work: Work,
    subject: Subject,
    row: Row | None,
    look: Callable[[], Row | None],
    act: Callable[[Mapping[str, Any]], object],
    *,
    retire: Callable[..., None],
    needed: Mapping[str, Any] = {},
) -> bool:
    """Save a place, or take it out of use; tell whether it stands and is in use."""
    wished = subject.said.values.get("retired")
    if wished:
        if row is not None and not row.retired:
            work.settle(
                Subject(subject.what, Said(subject.said.path, {}, subject.said.places), subject.labels),
                view=lambda: stored.view(look()),
                act=lambda _values: retire(work.session, row.id, actor=work.actor, now=work.now),
            )
        return False
    if row is not None and row.retired and wished is None:
        hint = "Write retired = true here, or retired = false to bring it back."
        work.refuse(subject.said.path, f"This place was taken out of use. {hint}")
        return False
    return work.settle(subject, view=lambda: stored.view(look()), act=act, needed=needed)


def _in_zone(work: Work, said: Said, within: CategoryRow) -> Said:
    """Return what is said of a space with its zone's id in place of the name."""
    if "zone" not in said.values:
        return said
    name = said.values["zone"]
    known = {row.name: row.id for row in queries.places.zones(work.session, within.location_id)}
    if name and name not in known:
        if work.mistakes.about(("locations", within.location_slug, "zones")):
            return said
        near = get_close_matches(name, known, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Name it in the zones of {within.location_slug}."
        work.refuse(said.place("zone"), f'{within.location_name} has no zone "{name}". {hint}')
        return said
    places_: dict[str, Path] = {**said.places, "zone_id": said.place("zone")}
    return Said(said.path, {**said.values, "zone_id": known.get(name)}, places_)


def _with_rules(said: Said, rules: Said) -> Said:
    """Return both as one; what is wrong with rules together stands where the rules do."""
    beside = dict.fromkeys(stored.RULES, rules.path) if rules.places else {}
    return Said(said.path, {**said.values, **rules.values}, {**said.places, **beside, **rules.places})


def _parted(values: Mapping[str, Any], own: OwnRules, *, without: set[str]) -> tuple[dict[str, Any], OwnRules]:
    """Return values without those named, and without the rules, which come beside them."""
    rules = {name: value for name, value in values.items() if name in stored.RULES}
    others = {name: value for name, value in values.items() if name not in stored.RULES and name not in without}
    return others, replace(own, **rules)


def _name_of(slug: str) -> str:
    """Return a name for a place that the file only gives a short one: group-room-1 becomes "Group room 1"."""
    words = slug.replace("-", " ").strip()
    return words[:1].upper() + words[1:]
