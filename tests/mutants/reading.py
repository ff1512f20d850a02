"""Faults in what is read from a calendar, believed of it, and kept."""

from tests.mutants.planting import Mutant

FAULTS = (
    Mutant(
        name="stamp check off",
        file="booking/sync/judging.py",
        old="    if stamp is None or not bears_our_stamp(event, install_id=install_id, ours=ours):",
        new="    if True or stamp is None:",
        tests=("tests/sync/test_following.py::TestOurEntry::test_does_not_come_back_as_somebody_elses[sqlite]",),
    ),
    Mutant(
        name="copies of our entries pass for ours",
        file="booking/sync/judging.py",
        old="    return ours is not None and ours.here and ours.remote_id == event.ref.id",
        new="    return True",
        tests=("tests/sync/test_judging.py::TestJudge::test_says_what_an_item_is",),
    ),
    Mutant(
        name="guard off",
        file="booking/sync/absences.py",
        old="    return gone > _MOST_AT_ONCE or (known >= _MANY and gone * 2 > known)",
        new="    return False",
        tests=("tests/sync/test_guards.py::TestTheGuards::test_freeze_a_room_from_which_too_much_vanished[sqlite]",),
    ),
    Mutant(
        name="an absence is believed without asking",
        file="booking/sync/absences.py",
        old="        events = _look_for(engine, link, each)",
        new="        events: tuple[RemoteEvent, ...] = ()",
        tests=("tests/sync/test_guards.py::TestTheGuards::test_do_not_free_what_a_listing_falsely_leaves_out[sqlite]",),
    ),
    Mutant(
        name="not found is believed without the right to read",
        file="booking/sync/absences.py",
        old="    if not rights.read:",
        new="    if not rights:",
        tests=(
            "tests/sync/test_guards.py::TestTheGuards::test_do_not_believe_not_found_without_the_right_to_read[sqlite]",
        ),
    ),
    Mutant(
        name="snapshot counter off",
        file="booking/sync/applying.py",
        old="        if (link.writes, link.fence) != (reading.link.writes, reading.link.fence):",
        new="        if link.fence < 0:",
        tests=("tests/sync/test_guards.py::TestASnapshot::test_from_before_a_claim_is_dropped[sqlite]",),
    ),
    Mutant(
        name="half a calendar is believed",
        file="booking/sync/pull.py",
        old="    if not snapshot.complete:",
        new="    if not snapshot:",
        tests=(
            (
                "tests/sync/test_found_by_the_storm.py::TestAListing"
                "::test_that_says_it_is_not_whole_counts_for_nothing_although_nothing_known_is_missing[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="Tentative blocks",
        file="booking/domain/reconcile.py",
        old="            return tentative_blocks",
        new="            return True",
        tests=("tests/domain/test_reconcile.py::TestBusyClass::test_lets_the_profile_decide_about_tentative",),
    ),
    Mutant(
        name="private title stored",
        file="booking/sync/outside.py",
        old="        open_book = not event.private",
        new="        open_book = True",
        tests=("tests/sync/test_privacy.py::TestAPrivateEvent::test_keeps_only_its_time[sqlite-True-kept0]",),
    ),
    Mutant(
        name="private subject leaves the connector",
        file="booking/connectors/ews/mapping.py",
        old='        subject="" if private else item.subject,',
        new="        subject=item.subject,",
        tests=(
            "tests/connectors/ews/test_mapping.py::TestEvent::test_hides_the_details_of_all_that_is_not_plainly_open",
        ),
    ),
    Mutant(
        name="Free blocks",
        file="booking/domain/reconcile.py",
        old="        return self is not BusyClass.FREE",
        new="        return True",
        tests=("tests/domain/test_reconcile.py::TestBusyClass::test_leaves_the_room_free_when_the_entry_says_free",),
    ),
    Mutant(
        name="WorkingElsewhere does not block",
        file="booking/domain/reconcile.py",
        old="        return self is not BusyClass.FREE",
        new="        return self not in {BusyClass.FREE, BusyClass.WORKING_ELSEWHERE}",
        tests=("tests/domain/test_reconcile.py::TestBusyClass::test_blocks_whatever_is_not_known_to_be_free",),
    ),
    Mutant(
        name="cancelled meetings block",
        file="booking/connectors/port.py",
        old="        if self.cancelled:\n            return False\n",
        new="",
        tests=("tests/sync/test_outside.py::TestAnOutsideEvent::test_that_is_cancelled_never_blocks[sqlite]",),
    ),
    Mutant(
        name="a private entry that shows as free does not block",
        file="booking/connectors/port.py",
        old="        return self.private or self.busy.blocks(",
        new="        return self.busy.blocks(",
        tests=(
            (
                "tests/sync/test_outside.py::TestAnOutsideEvent"
                "::test_that_is_private_blocks_even_if_it_is_free_and_tells_nothing[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="an error of one mailbox counts for its whole batch",
        file="booking/connectors/ews/services.py",
        old="    ERRORS_TO_CATCH_IN_RESPONSE = (errors.ResponseMessageError, errors.TransportError)\n",
        new="    ERRORS_TO_CATCH_IN_RESPONSE = ()\n",
        tests=(
            "tests/connectors/ews/test_connector.py::TestRequests::test_are_one_more_for_each_further_hundred_rooms",
        ),
    ),
    Mutant(
        name="one bad mailbox spoils the batch",
        file="booking/connectors/ews/connector.py",
        old="            if not _about_a_mailbox(failure) or halving.is_hopeless:\n                raise",
        new="            if failure.kind:\n                raise",
        tests=(
            "tests/connectors/ews/test_patience.py::TestABatchThatFailsAsAWhole::test_is_halved_until_the_bad_mailbox_is_alone",
        ),
    ),
)
