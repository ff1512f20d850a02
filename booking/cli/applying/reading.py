"""From the text of a file to what it says; whatever is wrong with it by itself is remembered on the way."""

import codecs
import re
import tomllib
from pathlib import Path

from booking.cli.applying import hours, keys, lines, words
from booking.cli.applying.mistakes import Mistakes
from booking.cli.applying.said import CategorySaid, ConnectionSaid, FileSaid, LocationSaid, ProfileSaid, SpaceSaid
from booking.cli.applying.tables import Said, Table

_SLUG = "{slug}"
#: Where the message of `tomllib` says that it is; before Python 3.14 the error has no line of its own.
_AT_LINE = re.compile(r"at line (\d+)")


def file(path: Path) -> tuple[FileSaid, Mistakes]:
    """Return what a file says, and what is wrong with it.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)  # which editors on Windows put in front
    try:
        return read(content.decode())
    except UnicodeDecodeError as error:
        return _nothing(content.count(b"\n", 0, error.start) + 1, "This is not UTF-8 text; save the file as UTF-8.")


def read(text: str) -> tuple[FileSaid, Mistakes]:
    """Return what the text of a file says, and what is wrong with it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        return _nothing(line, f"This is not TOML: {error}.")
    mistakes = Mistakes(lines.of(text))
    whole = Table((), data, mistakes)
    whole.said({}, also=frozenset({"connections", "locations", "defaults"}))
    defaults = whole.table("defaults").said(keys.FOR_SPACES)
    said = FileSaid(
        connections=tuple(_connection(key, table) for key, table in whole.named("connections")),
        locations=tuple(_location(slug, table, defaults) for slug, table in whole.named("locations")),
    )
    _check_once(said, mistakes)
    return said, mistakes


def _nothing(line: int, why: str) -> tuple[FileSaid, Mistakes]:
    """Return a file of which nothing can be read."""
    mistakes = Mistakes({(): line})
    mistakes.wrong((), why)
    return FileSaid(), mistakes


def _connection(key: str, table: Table) -> ConnectionSaid:
    said = table.said(keys.CONNECTION)
    return ConnectionSaid(key, said.values.get("name", key), said)


def _location(slug: str, table: Table, defaults: Said) -> LocationSaid:
    also = frozenset({"zones", "profile", "categories", "defaults"}) | hours.KEYS
    said = table.said(keys.LOCATION, also=also)
    nearer = table.table("defaults").said(keys.FOR_SPACES).over(defaults)
    return LocationSaid(
        slug=slug,
        said=said,
        zones=_zones(table),
        opening=hours.read(table, wider=False),
        profile=_profile(table),
        categories=tuple(_category(name, inner, nearer) for name, inner in table.named("categories")),
    )


def _zones(table: Table) -> tuple[tuple[str, lines.Path], ...]:
    found = table.data.get("zones", [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        table.wrong("zones", 'This must be a list of names: zones = ["Ground floor", "First floor"].')
        return ()
    zones: dict[str, lines.Path] = {}
    for position, each in enumerate(found):
        path = (*table.path, "zones", position)
        name = words.text(each)
        if name in zones:
            table.mistakes.wrong(path, f'"{name}" is in this list already.')
        zones.setdefault(name, path)
    return tuple(zones.items())


def _category(slug: str, table: Table, defaults: Said) -> CategorySaid:
    said = table.said(keys.CATEGORY, also=frozenset({"rules", "profile", "spaces", "defaults"}))
    nearer = table.table("defaults").said(keys.FOR_SPACES).over(defaults)
    return CategorySaid(
        slug=slug,
        said=said,
        rules=table.table("rules").said(keys.RULES),
        profile=_profile(table),
        spaces=tuple(_space(name, inner, nearer) for name, inner in table.named("spaces")),
    )


def _space(slug: str, table: Table, defaults: Said) -> SpaceSaid:
    said = table.said(keys.SPACE, also=frozenset({"rules", "profile"}) | hours.KEYS).over(defaults)
    mailbox = said.values.get("mailbox")
    if mailbox is not None:
        values = {**said.values, "mailbox": mailbox.replace(_SLUG, slug)}
        said = Said(said.path, values, said.places)
    return SpaceSaid(
        slug=slug,
        said=said,
        rules=table.table("rules").said(keys.RULES),
        opening=hours.read(table, wider=True),
        profile=_profile(table),
    )


def _profile(place: Table) -> ProfileSaid | None:
    if "profile" not in place.data:
        return None
    path = (*place.path, "profile")
    if place.data["profile"] == words.DEFAULT:
        return ProfileSaid(path, None)
    if isinstance(place.data["profile"], str):
        return ProfileSaid(path, None, place.data["profile"].strip())
    return ProfileSaid(path, place.table("profile").said(keys.PROFILE))


def _check_once(whole: FileSaid, mistakes: Mistakes) -> None:
    """Remember what stands twice though there is only one of it: short names, mailboxes, connections' names."""
    spaces = [space for location in whole.locations for space in location.spaces]
    slugs: dict[str, lines.Path] = {}
    mailboxes: dict[str, SpaceSaid] = {}
    names: dict[str, lines.Path] = {}
    for space in spaces:
        if space.slug in slugs:
            line = mistakes.line(slugs[space.slug])
            mistakes.wrong(space.said.path, f"There is a space {space.slug} in line {line} already.")
        slugs.setdefault(space.slug, space.said.path)
        _check_mailbox(space, mailboxes, mistakes)
    for each in whole.connections:
        if each.name in names:
            mistakes.wrong(each.said.place("name"), f'Another connection is named "{each.name}" already.')
        names.setdefault(each.name, each.said.path)


def _check_mailbox(space: SpaceSaid, seen: dict[str, SpaceSaid], mistakes: Mistakes) -> None:
    mailbox = space.mailbox
    if not mailbox or space.said.values.get("retired"):
        return
    place = space.said.place("mailbox")
    name, at, domain = mailbox.partition("@")
    if not (name and at and domain) or " " in mailbox or "{" in mailbox:
        words_ = "is no address of a mailbox. Write one like room-101@library.example;"
        mistakes.wrong(place, f'"{mailbox}" {words_} {_SLUG} in it stands for the short name of the space.')
    elif mailbox in seen:
        other = seen[mailbox]
        own = place if place[: len(space.said.path)] == space.said.path else space.said.path
        mistakes.wrong(own, f"{mailbox} is the mailbox of {other.slug} already; a mailbox belongs to one space.")
    seen.setdefault(mailbox, space)
