"""A storm in shares: each on one kind of server and one kind of database, from a seed of its own."""

import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from booking.sandbox.exchange import ExchangeSandbox
from tests.storm import machine
from tests.storm.far import Far, MemoryFar
from tests.storm.stand_in import ExchangeFar
from tests.storm.world import world
from tests.support import postgres, quick
from tests.support.databases import PostgresDatabases, SqliteFiles


@dataclass(frozen=True, slots=True)
class Share:
    """So many examples of so many steps."""

    server: str  # "memory" or "exchange"
    database: str  # "sqlite" or "postgresql"
    examples: int
    seed: int = 0
    steps: int = 30

    @property
    def name(self) -> str:
        """Return what it is called in reports."""
        return f"{self.server} {self.database} seed {self.seed} x {self.examples}"


#: How a storm is shared out: of a hundred examples, so many are on these.
MIX = {("memory", "sqlite"): 56, ("exchange", "sqlite"): 36, ("memory", "postgresql"): 8}


def shares(examples: int, *, seed: int, longest: int) -> list[Share]:
    """Return the shares of a storm, none longer than that, each with a seed of its own; slow ones first."""
    found = []
    for (server, database), percent in MIX.items():
        left = round(examples * percent / 100)
        while left > 0:
            found.append(Share(server, database, min(left, longest)))
            left -= longest
    found.sort(key=lambda each: (each.server, each.database))
    return [replace(each, seed=seed + number) for number, each in enumerate(found)]


def blow(share: Share, *, shrink: bool = False) -> None:
    """Run a share; whatever is wrong is raised, with the steps that led to it."""
    with _quickly(), _database(share.database) as url, _far(share.server) as far, world(url, far) as made:
        machine.blow(made, seed=share.seed, examples=share.examples, steps=share.steps, shrink=shrink)


@contextmanager
def _quickly() -> Iterator[None]:
    """Look for garbage seldom: a storm makes and drops millions of small things, and is over soon."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _database(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=quick.folder()) as name:
        folder = Path(name)
        if kind == "sqlite":
            copy = folder / "copy"
            copy.mkdir()
            with SqliteFiles(folder).fresh(copy) as url:
                yield url
            return
        with postgres.cluster() as cluster, PostgresDatabases(cluster).fresh() as url:
            yield url


@contextmanager
def _far(kind: str) -> Iterator[Far]:
    if kind == "memory":
        yield MemoryFar("storm")
        return
    with ExchangeSandbox() as sandbox:
        yield ExchangeFar(sandbox)
