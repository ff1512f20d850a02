"""Faults by which one slot would be booked twice, or booked against the rules."""

from tests.mutants.planting import Mutant

FAULTS = (
    Mutant(
        name="no space lock",
        file="booking/store/queries/places.py",
        old=".with_for_update(of=Space, key_share=True)",
        new="",
        tests=(
            "tests/services/test_races.py::TestOutsideEvent::test_and_a_booking_never_pass_each_other_unseen[postgresql]",
        ),
    ),
    Mutant(
        name="writers do not queue from the beginning",
        file="booking/store/database.py",
        old='"BEGIN IMMEDIATE" if writes else "BEGIN"',
        new='"BEGIN"',
        tests=("tests/store/test_writing.py::TestAWriter::test_has_the_database_to_itself_from_the_beginning[sqlite]",),
    ),
    Mutant(
        name="no trigger",
        file="migrations/versions/0001_first_tables.py",
        old="WHEN NEW.holds AND EXISTS",
        new="WHEN NEW.id IS NULL AND NEW.holds AND EXISTS",
        tests=("tests/store/test_double_bookings.py::TestTables::test_refuse_an_overlap[sqlite-0.5]",),
    ),
    Mutant(
        name="no exclusion constraint",
        file="migrations/versions/0001_first_tables.py",
        old="WHERE (holds)",
        new="WHERE (holds AND id IS NULL)",
        tests=("tests/store/test_double_bookings.py::TestTables::test_refuse_an_overlap[postgresql-0.5]",),
    ),
    Mutant(
        name="servers migrate without waiting for each other",
        file="migrations/env.py",
        old='    if connection.dialect.name == "postgresql":\n',
        new='    return\n    if connection.dialect.name == "postgresql":\n',
        tests=("tests/migrations/test_upgrade.py::TestTheMigrations::test_can_be_started_by_four_servers_at_once",),
    ),
    Mutant(
        name="writers do not stand in line",
        file="booking/store/database.py",
        old='    if engine.dialect.name != "sqlite":\n        yield\n        return\n    with',
        new="    if engine.dialect.name:\n        yield\n        return\n    with",
        tests=("tests/store/test_queue.py::TestAWriter",),
    ),
    Mutant(
        name="the rules are not asked",
        file="booking/services/bookings.py",
        old="    for when in wish.times:\n        surroundings.check",
        new="    for when in ():\n        surroundings.check",
        tests=("tests/services/test_bookings.py::TestPlace::test_refuses_what_outlook_blocks[sqlite]",),
    ),
    Mutant(
        name="a form that is sent twice books twice",
        file="booking/services/bookings.py",
        old="        if made is not None:\n            return made",
        new="        if made is None:\n            pass",
        tests=(
            (
                "tests/services/test_bookings.py::TestPlace"
                "::test_returns_the_same_booking_for_a_form_that_is_sent_twice[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="an end that touches a start overlaps",
        file="booking/domain/intervals.py",
        old="        return self.start < other.end and other.start < self.end",
        new="        return self.start <= other.end and other.start <= self.end",
        tests=("tests/domain/test_intervals.py::TestInterval::test_does_not_overlap_what_it_touches",),
    ),
)
