"""Every page of the product as an address that can be opened: from the routes themselves, so that none is forgotten."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from booking.domain.permissions import Role

ARGUMENT = re.compile(r"<(?:[^:<>]+:)?(?P<name>[^<>]+)>")

#: What stands for an argument of a route, by the last fixed word before it: asked of the sample library's database.
SAMPLES = {
    "locations/slug": "SELECT slug FROM location ORDER BY id",
    "spaces/slug": "SELECT space.slug FROM calendar_link JOIN space ON space.id = space_id ORDER BY space.id",
    "categories/category": "SELECT slug FROM category WHERE location_id = (SELECT min(id) FROM location) ORDER BY id",
    "messages/message_id": "SELECT id FROM outbox_message ORDER BY id",
    "exchange/connection_id": "SELECT id FROM connection ORDER BY id",
    "profiles/profile_id": "SELECT id FROM sync_profile ORDER BY id",
    "why/space_id": "SELECT space_id FROM calendar_link ORDER BY space_id",
    "conflicts/conflict_id": "SELECT id FROM conflict ORDER BY id",
    "cancelled/occurrence_id": "SELECT id FROM occurrence ORDER BY cancelled_by IS NULL, id",
    "zones/zone_id": "SELECT id FROM zone WHERE location_id = (SELECT min(id) FROM location) ORDER BY id",
}
#: Answers without a page of their own, and why nobody needs a picture of them.
WITHOUT_PICTURE = {
    "static": "files",
    "images.show": "files",
    "health.live": "for machines",
    "health.ready": "for machines",
    "metrics.show": "for machines",
    "admin_errors.report": "a file for a spreadsheet",
    "admin_folders.progress": "a part of the page with the folders",
    "bookings.check": "a part of the page with the form",
    "bookings.progress": "a part of the booking's page",
}
#: Further faces of a page: name, endpoint, and what follows the address.
FACES = (
    ("grid", "spaces.day", "?view=grid"),
    ("list", "spaces.day", "?view=list"),
    ("choice", "admin_conflicts.decide", "?choice=theirs"),
)


@dataclass(frozen=True)
class Picture:
    """A page to look at: what its file is called, who opens it, and where it is."""

    name: str
    role: Role
    address: str


class UnknownArgumentError(AssertionError):
    """A route has an argument that nothing stands for: `SAMPLES` needs a line."""


def samples(database: Path, **known: str) -> Mapping[str, str]:
    """Ask the sample library what stands for each argument; `known` adds what only a test can know."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        found = {key: connection.execute(question).fetchone() for key, question in SAMPLES.items()}
    return {key: str(row[0]) for key, row in found.items() if row} | known


def pages(app: Flask) -> list[Rule]:
    """Return each route that a browser can open, in order of its address."""
    opened = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return sorted(opened, key=lambda rule: rule.rule)


def pictures(app: Flask, values: Mapping[str, str]) -> Iterator[Picture]:
    """Yield every page of `app`, and its further faces.

    Raises:
        UnknownArgumentError: for a route that cannot be opened, because nobody said what stands for an argument.
    """
    for rule in pages(app):
        if rule.endpoint in WITHOUT_PICTURE:
            continue
        address, role = _address(rule, values), _role(rule)
        yield Picture(rule.endpoint, role, address)
        for name, endpoint, question in FACES:
            if endpoint == rule.endpoint:
                yield Picture(f"{endpoint}-{name}", role, address + question)


def _address(rule: Rule, values: Mapping[str, str]) -> str:
    word, parts = "", []
    for part in rule.rule.split("/"):
        argument = ARGUMENT.fullmatch(part)
        if not argument:
            word = part
            parts.append(part)
            continue
        key = f"{word}/{argument['name']}"
        if key not in values:
            msg = f"nothing stands for {key} in {rule.rule} ({rule.endpoint})"
            raise UnknownArgumentError(msg)
        parts.append(values[key])
    return "/".join(parts)


def _role(rule: Rule) -> Role:
    return Role.ADMINISTRATOR if rule.rule.startswith("/admin") else Role.EVERYBODY
