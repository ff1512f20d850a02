"""The dry run: what sync would do, room by room, as a page that grows. Nothing is written, and nothing is kept.

It goes in steps of a second or two, each an answer of its own that carries on the sums so far. So it needs no table
and no thread, shows how far it is, runs in any process, and works without script: then a button leads on.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from booking.admin import pages
from booking.admin.forms.pairings import EVERYTHING, DryRunForm
from booking.domain.permissions import Permission
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import engine_itself
from booking.store import queries
from booking.store.database import Session, reading
from booking.sync import dry_run
from booking.sync.dry_run import HEADINGS, Kind, Place, SpaceRehearsal, Target

blueprint = Blueprint("admin_dry_runs", __name__, url_prefix="/admin/exchange/dry-run")

#: Seconds after which a step looks at no further room.
STEP_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Sums:
    """What all steps so far came to."""

    read: int = 0
    failed: int = 0
    items: int = 0
    counts: tuple[int, ...] = (0,) * len(Kind)

    def with_room(self, room: SpaceRehearsal) -> "Sums":
        """Return the sums with one more room."""
        counts = tuple(old + room.counts.get(kind, 0) for old, kind in zip(self.counts, Kind, strict=True))
        return replace(
            self,
            read=self.read + room.looked,
            failed=self.failed + (not room.looked),
            items=self.items + room.items,
            counts=counts,
        )

    @property
    def figures(self) -> tuple[tuple[str, int], ...]:
        """Return each count with its heading."""
        return tuple((HEADINGS[kind], number) for kind, number in zip(Kind, self.counts, strict=True))

    @property
    def total(self) -> int:
        """Return how many things would happen."""
        return sum(self.counts)

    @property
    def words(self) -> str:
        """Return the confirmation, for people."""
        return dry_run.confirmation(read=self.read, failed=self.failed, items=self.items, total=self.total)

    @property
    def carried(self) -> str:
        """Return them as a form carries them to the next step."""
        return ",".join(map(str, (self.read, self.failed, self.items, *self.counts)))


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: the rooms that it looked at, and how far the whole is."""

    rooms: tuple[SpaceRehearsal, ...]
    done: int
    total: int
    sums: Sums
    first: bool

    @property
    def finished(self) -> bool:
        """Tell whether every room has been looked at."""
        return self.done >= self.total


@blueprint.get("")
@needs(Permission.PAIR_SPACES, on=somewhere)
def index() -> ResponseReturnValue:
    """Say what a dry run does, and ask what to look at."""
    with reading() as session:
        form, links = _form(session)
    wanted = request.args.get("target", "")
    form.target.data = wanted if wanted in _offered(form) else EVERYTHING
    return pages.show("admin/dry_runs/index.html", run_form=form, rooms=len(links), step=None)


@blueprint.post("")
@needs(Permission.PAIR_SPACES, on=somewhere)
def run() -> ResponseReturnValue:
    """Look at the next rooms: a page with what was found, or the part of it that htmx asks for."""
    with reading() as session:
        form, links = _form(session)
    if not form.validate_on_submit():
        return pages.show("admin/dry_runs/index.html", form=form, run_form=form, rooms=len(links), step=None)
    target = _target(form)
    step = _step(form, tuple(each for each in links if target.includes(each)))
    form.begin.data, form.so_far.data = str(step.done), step.sums.carried
    template = "admin/dry_runs/_step.html" if request.headers.get("HX-Request") else "admin/dry_runs/index.html"
    return pages.show(template, run_form=form, rooms=len(links), step=step)


def _step(form: DryRunForm, links: tuple[Place, ...]) -> Step:
    first = min(form.first, len(links))
    sums, rooms = _sums(form.sums) if first else Sums(), []
    begun = time.monotonic()
    for link in links[first:]:
        room = dry_run.rehearse_place(engine_itself(), link)
        rooms.append(room)
        sums = sums.with_room(room)
        if time.monotonic() - begun >= STEP_SECONDS:
            break
    return Step(tuple(rooms), first + len(rooms), len(links), sums, first=not first)


def _sums(numbers: list[int]) -> Sums:
    if len(numbers) != len(Kind) + 3:
        return Sums()
    read, failed, items, *counts = numbers
    return Sums(read, failed, items, tuple(counts))


def _form(session: Session) -> tuple[DryRunForm, tuple[Place, ...]]:
    """Return the form with what may be looked at, and all rooms that it may be about."""
    links = dry_run.places(session, Target(), actor=current_actor())
    form = DryRunForm()
    form.offer(_choices(session, links))
    return form, links


def _choices(session: Session, links: tuple[Place, ...]) -> Mapping[str, Mapping[str, str]]:
    actor = current_actor()
    connections = {}
    if actor.may_somewhere(Permission.EDIT_CONNECTIONS):
        used = {link.connection_id for link in links}
        rows = queries.connections.rows(session)
        connections = {f"connection:{each.id}": each.name for each in rows if each.id in used}
    of_space = [link for link in links if link.space_id]
    return {
        "Connections": connections,
        "Locations": {f"location:{link.location_id}": link.location_name for link in of_space},
        "Spaces": {f"space:{link.space_id}": f"{link.space_name}, {link.location_name}" for link in of_space},
    }


def _offered(form: DryRunForm) -> set[str]:
    return {str(choice.data) for choice in form.target}


def _target(form: DryRunForm) -> Target:
    kind, _, number = str(form.target.data).partition(":")
    if not number:
        return Target()
    match kind:
        case "connection":
            return Target(connection_id=int(number))
        case "location":
            return Target(location_id=int(number))
        case _:
            return Target(space_ids=frozenset({int(number)}))
