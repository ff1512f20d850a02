"""After the storm: what is late arrives, everybody has their rights, time turns, and sync runs until nothing moves."""

from datetime import timedelta

from sqlalchemy import select

from booking.domain.errors import Refused
from booking.domain.states import Direction, LinkState
from booking.services import profiles
from booking.services.profiles import EffectiveProfile, ProfilePlace
from booking.store.database import reading, transaction
from booking.store.models import PushItem
from booking.sync import imports, leaving, links, over, preview, pull, worker
from tests.build import ADMINISTRATOR
from tests.storm.deciding import say_server
from tests.storm.far import PASSWORD
from tests.storm.strikes import FAIR
from tests.storm.throws import Acts
from tests.storm.world import World

#: Longer than any pause of sync.
_LONG = timedelta(minutes=70)
_ROUND = timedelta(minutes=6)
_MOST_ROUNDS = 10


def calm(world: World) -> None:
    """Let it all come to rest.

    Raises:
        AssertionError: it does not.
    """
    world.weather = FAIR
    world.meanwhile = None
    world.far.blind(on=False)
    world.far.rename(away=False)
    world.far.set_password(PASSWORD)
    world.die()
    _staff(world)
    world.turn(max(world.memory.latest - world.clock.now, timedelta()) + _LONG)
    world.land()
    before: object = None
    for _ in range(_MOST_ROUNDS):
        _round(world)
        _decide(world)
        now_there = _picture(world)
        if now_there == before:
            return
        before = now_there
        world.turn(_ROUND)
    raise AssertionError("sync does not come to rest")


def _staff(world: World) -> None:
    """Resume what is paused, and have sync go both ways."""
    now = world.clock.now
    for link in world.links():
        if link.state is LinkState.PAUSED:
            links.resume(world.engine, link.id, actor=ADMINISTRATOR, now=now)
    for space_id in world.spaces[:2]:
        place = ProfilePlace("A room", world.location_id, world.category_id, space_id)
        with reading() as session:
            way = profiles.effective(session, space_id).direction
        if way is not Direction.BOTH:
            preview.carry_out(world.engine, place, EffectiveProfile(), actor=ADMINISTRATOR, now=now)


def _round(world: World) -> None:
    """Do all that runs by itself, once."""
    engine = world.engine
    worker.push_due(engine)
    leaving.go_on_with_all(engine)
    for link in world.links():
        pull.read_link(engine, link.id)
    pull.second_looks(engine)
    over.let_go(engine)
    worker.push_due(engine)


def _decide(world: World) -> None:
    """Have staff answer what they are asked, truly."""
    now = world.clock.now
    say_server(Acts(world))
    for link in world.links():
        if link.state is LinkState.FROZEN:
            links.accept_vanished(world.engine, link.id, actor=ADMINISTRATOR, now=now)
        elif link.state is not LinkState.LEAVING:
            with reading() as session:
                missing = imports.count(session, link.id, now=now)
            if missing:
                _import(world, link.id)


def _import(world: World, link_id: int) -> None:
    try:
        imports.run(world.engine, link_id, actor=ADMINISTRATOR, now=world.clock.now)
    except Refused:
        return


def _picture(world: World) -> object:
    """Return what both sides look like: two the same, and nothing moves any more."""
    with transaction() as session:
        rows = [
            (row.id, row.state, row.want_version, row.acked_version, row.remote_id)
            for row in session.scalars(select(PushItem).order_by(PushItem.id))
        ]
    there = [(room, each.id, each.change) for room in world.mailboxes() for each in world.far.things(room)]
    dates = [(each.key, each.state, each.when) for each in world.occurrences()]
    return rows, there, dates
