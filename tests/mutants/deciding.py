"""Faults in what is decided about conflicts, and in undoing what sync cancelled."""

from tests.mutants.planting import Mutant

_SETTLING = "tests/sync/test_settling.py"
_CONFLICTS = "tests/sync/test_conflicts.py"
_UNDOING = "tests/services/test_undoing.py::TestUndoCancel"

FAULTS = (
    Mutant(
        name="that both may stay is forgotten",
        file="booking/sync/conflicts.py",
        old="    return any(\n        (each.external_uid == uid",
        new="    return False and any(\n        (each.external_uid == uid",
        tests=(f"{_SETTLING}::TestKeepingBoth::test_is_remembered[sqlite]",),
    ),
    Mutant(
        name="that both may stay is remembered for any time",
        file="booking/sync/conflicts.py",
        old="        and (each.theirs_starts_at, each.theirs_ends_at) == (event.when.start, event.when.end)\n",
        new="",
        tests=(f"{_SETTLING}::TestKeepingBoth::test_is_forgotten_when_their_time_changes[sqlite]",),
    ),
    Mutant(
        name="a decline without an answer is repeated at once",
        file="booking/store/queries/conflicts.py",
        old="        or_(Conflict.tried_at.is_(None), Conflict.tried_at <= tried_before),\n",
        new="",
        tests=(f"{_SETTLING}::TestKeepingOurs::test_that_could_not_be_asked_for_is_asked_for_again_by_itself[sqlite]",),
    ),
    Mutant(
        name="the entry of another booking is cleared away",
        file="booking/sync/clearing.py",
        old="        if queries.conflicts.is_an_entry_of_ours(session, link.id, event.ref.id):",
        new="        if False:",
        tests=(f"{_SETTLING}::TestKeepingOurs::test_never_deletes_the_entry_of_another_booking_of_ours[sqlite]",),
    ),
    Mutant(
        name="the second of two who decide is heard too",
        file="booking/sync/settling.py",
        old="    _require_as_shown(session, row, chosen, now=now)\n",
        new="",
        tests=(f"{_SETTLING}::TestTwoWhoDecideAtOnce::test_the_second_is_told_who_was_first[sqlite]",),
    ),
    Mutant(
        name="whatever is covered is cancelled at once",
        file="booking/sync/clashes.py",
        old="        careful = len(found) > MOST_AT_ONCE",
        new="        careful = False",
        tests=(
            f"{_CONFLICTS}::TestTheProfile::test_that_lets_the_outside_win_asks_when_too_much_would_go_at_once[sqlite]",
        ),
    ),
    Mutant(
        name="what Exchange released is put back",
        file="booking/domain/reconcile.py",
        old="        return Decision.CANCEL_OURS if begun else Decision.PUT_BACK",
        new="        return Decision.PUT_BACK",
        tests=(f"{_CONFLICTS}::TestTheProfile::test_that_puts_back_does_not_put_back_what_exchange_released[sqlite]",),
    ),
    Mutant(
        name="a cancel is undone where somebody else is by now",
        file="booking/services/undoing.py",
        old="    surroundings.check_room(here.when)\n",
        new="",
        tests=(f"{_UNDOING}::test_is_refused_when_an_entry_in_outlook_has_the_space[sqlite]",),
    ),
)
