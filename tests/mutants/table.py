"""The faults that `make mutants` plants, and the tests that must notice them."""

from tests.mutants import bookings, connecting, deciding, operators, pages, reading, writing
from tests.mutants.planting import Mutant

#: The tests themselves.
HOUSE = (
    Mutant(
        name="skipped tests count as good",
        file="tests/support/no_skips.py",
        old="    report = yield\n    if report.skipped:\n        vars(report)",
        new="    report = yield\n    if False:\n        vars(report)",
        tests=("tests/house/test_tree.py::TestASkippedTest",),
    ),
)
MUTANTS = (
    *bookings.FAULTS,
    *reading.FAULTS,
    *deciding.FAULTS,
    *writing.FAULTS,
    *pages.FAULTS,
    *operators.FAULTS,
    *connecting.FAULTS,
    *HOUSE,
)
