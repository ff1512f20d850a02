"""A remedy of SYNC.md, how it is switched off, and who must notice."""

from dataclasses import dataclass

from tests.mutants.planting import Mutant
from tests.mutants.table import MUTANTS

STORM = "tests/remedies/bounded.py"
_KNOWN = {mutant.name: mutant for mutant in MUTANTS}


@dataclass(frozen=True)
class Remedy:
    """What sync does against one kind of loss; `off` switches it off."""

    name: str
    off: Mutant


def known(name: str, mutant: str) -> Remedy:
    """Return a remedy that `make mutants` switches off as well."""
    return Remedy(name, _KNOWN[mutant])


def switched_off(name: str, *, file: str, old: str, new: str, by: str) -> Remedy:
    """Return a remedy with the change that switches it off, and the test that must notice."""
    return Remedy(name, Mutant(f"without {name}", f"booking/{file}", old, new, (f"tests/{by}",)))
