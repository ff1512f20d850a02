"""Faults in what is written to a calendar: how often, by whom, and what."""

from tests.mutants.planting import Mutant

_INTEND_THEN_SEND = """
    if not push.intend(engine, claim, job, seen):
        yield Step.BLOCKED
        return True
    yield Step.INTENDED
    if not claim.live:
        raise claims.Lost  # frozen meanwhile: whoever has the link now finds the intent, and finds out
    answer = asking.send(engine, job)
    yield Step.SENT
"""
_SEND_THEN_INTEND = """
    answer = asking.send(engine, job)
    yield Step.SENT
    if not push.intend(engine, claim, job, seen):
        yield Step.BLOCKED
        return True
    yield Step.INTENDED
"""

FAULTS = (
    Mutant(
        name="exchangelib calls a server busy that stumbled over a change",
        file="booking/connectors/ews/services.py",
        old="        yield from self._response_generator(payload=payload)",
        new="        yield from super()._get_elements(payload)",
        tests=("tests/connectors/ews/test_doubt.py::TestAWrite",),
    ),
    Mutant(
        name="an unanswered create does not settle",
        file="booking/sync/rows.py",
        old="        item.next_at = (item.intent_until or now) + engine.timing.settle",
        new="        item.next_at = now",
        tests=("tests/sync/test_creating.py::TestACreate::test_is_not_sent_again_before_it_has_settled[sqlite]",),
    ),
    Mutant(
        name="a write that got no answer is repeated",
        file="booking/sync/rows.py",
        old="    turn(item, PushState.UNKNOWN, now=now)",
        new="    turn(item, PushState.DIRTY, now=now)",
        tests=("tests/sync/test_creating.py::TestACreate::test_that_was_applied_without_an_answer_is_adopted[sqlite]",),
    ),
    Mutant(
        name="a write that got no answer is not searched for by its stamp",
        file="booking/sync/asking.py",
        old="    return Absent(ours)\n",
        new="    return Absent(())\n",
        tests=("tests/sync/test_creating.py::TestACreate::test_that_was_applied_without_an_answer_is_adopted[sqlite]",),
    ),
    Mutant(
        name="the intent is committed after the request",
        file="booking/sync/worker.py",
        old=_INTEND_THEN_SEND,
        new=_SEND_THEN_INTEND,
        tests=(
            "tests/sync/test_creating.py::TestACreate::test_survives_a_crash[sqlite-7-answer-received-not-recorded]",
        ),
    ),
    Mutant(
        name="the room is not looked at before it is written to",
        file="booking/sync/worker.py",
        old="    if job.moves and job.op is not PushOp.DELETE:",
        new="    if job.moves and job.op is PushOp.DELETE:",
        tests=("tests/sync/test_looking.py::TestARoomThatIsTaken::test_is_never_written_to[sqlite]",),
    ),
    Mutant(
        name="two workers claim one link",
        file="booking/store/queries/links.py",
        old="            or_(CalendarLink.claimed_until.is_(None), CalendarLink.claimed_until <= now),\n",
        new="",
        tests=("tests/sync/test_trouble.py::TestTwoWorkers::test_never_hold_one_link_together[sqlite]",),
    ),
    Mutant(
        name="a worker sends after its claim has run out",
        file="booking/sync/worker.py",
        old="    if not claim.live:",
        new="    if claim.fence < 0:",
        tests=(
            (
                "tests/sync/test_creating.py::TestACreate"
                "::test_is_not_sent_by_a_worker_that_knows_its_claim_has_run_out[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="the breaker stays closed after a wrong password",
        file="booking/sync/troubles.py",
        old="        connection.breaker_until = now + engine.timing.sign_in_again",
        new="        connection.breaker_until = now",
        tests=("tests/sync/test_calls.py::TestAWrongPassword::test_is_tried_once_by_eight_threads_together[sqlite]",),
    ),
    Mutant(
        name="an edit in Outlook is overwritten unseen",
        file="booking/connectors/ews/client.py",
        old='conflict_resolution="NeverOverwrite"',
        new='conflict_resolution="AlwaysOverwrite"',
        tests=("tests/connectors/ews/test_client.py::TestWrites::test_invite_nobody_and_overwrite_nothing",),
    ),
    Mutant(
        name="a claim that was taken over is renewed",
        file="booking/sync/claims.py",
        old="    if link.fence != claim.fence:",
        new="    if link.fence < claim.fence:",
        tests=("tests/sync/test_trouble.py::TestTwoWorkers::test_do_not_renew_a_claim_that_was_taken_over[sqlite]",),
    ),
    Mutant(
        name="title option ignored",
        file="booking/domain/titles.py",
        old="    match option:",
        new="    match TitleOption.NAME:",
        tests=("tests/domain/test_titles.py::TestSubject::test_says_what_the_option_asks_for",),
    ),
    Mutant(
        name="nickname shown where it is not allowed",
        file="booking/domain/titles.py",
        old='            return nickname if nickname_allowed else ""',
        new="            return nickname",
        tests=("tests/domain/test_titles.py::TestSubject::test_is_empty_where_the_category_allows_no_nickname",),
    ),
    Mutant(
        name="no e-mail in the body",
        file="booking/domain/mapping.py",
        old='    Field.EMAIL: "E-mail",\n',
        new="",
        tests=("tests/domain/test_mapping.py::TestTheBuiltInMapping::test_writes_what_was_always_written",),
    ),
    Mutant(
        name="no name in the body",
        file="booking/domain/mapping.py",
        old='    Field.NAME: "Booked by",\n',
        new="",
        tests=("tests/domain/test_mapping.py::TestTheBuiltInMapping::test_writes_what_was_always_written",),
    ),
)
