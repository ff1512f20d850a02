"""The faults that `make mutants` plants, and the tests that must notice them."""

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

MUTANTS = (
    # ---------------------------------------------------------------- double bookings
    Mutant(
        name="no space lock",
        file="booking/store/queries/places.py",
        old=".with_for_update(of=Space)",
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
    # ---------------------------------------------------------------- what is read
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
        tests=("tests/sync/test_guards.py::TestASnapshot::test_that_is_not_complete_changes_nothing[sqlite]",),
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
        old="    ERRORS_TO_CATCH_IN_RESPONSE = (errors.ResponseMessageError,)\n",
        new="    ERRORS_TO_CATCH_IN_RESPONSE = ()\n",
        tests=(
            "tests/connectors/ews/test_connector.py::TestRequests::test_are_one_more_for_each_further_hundred_rooms",
        ),
    ),
    Mutant(
        name="one bad mailbox spoils the batch",
        file="booking/connectors/ews/connector.py",
        old="            if not _about_a_mailbox(failure):\n                raise",
        new="            if failure.kind:\n                raise",
        tests=(
            "tests/connectors/ews/test_patience.py::TestABatchThatFailsAsAWhole::test_is_halved_until_the_bad_mailbox_is_alone",
        ),
    ),
    # ---------------------------------------------------------------- what is written
    Mutant(
        name="FaultTolerance on",
        file="booking/connectors/ews/services.py",
        old="from exchangelib.protocol import FailFast",
        new="from exchangelib.protocol import FaultTolerance as FailFast",
        tests=(
            "tests/connectors/ews/test_patience.py::TestABusyServer::test_is_not_asked_again_when_the_wait_is_over",
        ),
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
        name="all threads sign in at once",
        file="booking/sync/lines.py",
        old="            return self._dialling.setdefault(connection_id, threading.Lock())",
        new="            return threading.Lock()",
        tests=(
            ("tests/sync/test_calls.py::TestTheFirstSignIn::test_is_made_by_one_thread_while_the_others_wait[sqlite]"),
        ),
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
        file="booking/domain/titles.py",
        old='        f"E-mail: {email}",\n',
        new="",
        tests=("tests/domain/test_titles.py::TestBody::test_says_who_booked_and_links_back",),
    ),
    Mutant(
        name="no name in the body",
        file="booking/domain/titles.py",
        old='        f"Booked by: {full_name(first_name, last_name)}",\n',
        new="",
        tests=("tests/domain/test_titles.py::TestBody::test_says_who_booked_and_links_back",),
    ),
    # ---------------------------------------------------------------- pages and people
    Mutant(
        name="names in the grid for patrons",
        file="booking/store/queries/grid.py",
        old="    marks = [*_marks_for_patrons(session, found, mine),",
        new="    marks = [*_marks_for_staff(session, found),",
        tests=(
            "tests/store/queries/test_grid.py::TestPatronDay::test_holds_no_name_title_organiser_or_reference[sqlite]",
        ),
    ),
    Mutant(
        name="titles of meetings in the grid for patrons",
        file="booking/store/queries/grid.py",
        old=" *_outside_for_patrons(session, found)]",
        new=" *_outside_for_staff(session, found)]",
        tests=(
            "tests/store/queries/test_grid.py::TestPatronDay::test_holds_no_name_title_organiser_or_reference[sqlite]",
        ),
    ),
    Mutant(
        name="a stored password goes to another server",
        file="booking/services/connections.py",
        old=(
            "    if (draft.server.lower(), draft.username.lower()) != (stored.server.lower(), stored.username.lower()):"
        ),
        new="    if draft.username.lower() != stored.username.lower():",
        tests=(
            "tests/sync/test_connections.py::TestSaving::test_wants_the_password_again_for_another_server_or_account",
        ),
    ),
    Mutant(
        name="connections may lead to this machine",
        file="booking/connectors/hosts.py",
        old="    if not allow_local:",
        new="    if not addresses:",
        tests=("tests/connectors/test_hosts.py::TestAllowed",),
    ),
    Mutant(
        name="only the first address of a name is judged",
        file="booking/connectors/hosts.py",
        old="        for address in addresses:",
        new="        for address in addresses[:1]:",
        tests=("tests/connectors/test_hosts.py::TestAllowed::test_judges_every_address_of_a_name",),
    ),
    Mutant(
        name="a mail is queued twice",
        file="booking/services/outbox.py",
        old="    if queries.outbox.is_queued(session, once):\n        return\n",
        new="",
        tests=("tests/services/test_outbox.py::TestTell::test_queues_a_message_once[sqlite]",),
    ),
    Mutant(
        name="a right is not asked for",
        file="booking/http/identity.py",
        old="    if not asked.is_met(actor, dict(request.view_args or {})):",
        new="    if not asked:",
        tests=("tests/http/test_permissions.py::TestEveryPage::test_opens_for_whom_the_map_says_and_for_nobody_else",),
    ),
    Mutant(
        name="a page that says nothing opens",
        file="booking/http/identity.py",
        old="        abort(403)  # a view that says nothing opens for nobody",
        new="        return None",
        tests=("tests/http/test_permissions.py::TestAPageThatSaysNothing::test_is_refused_to_everybody",),
    ),
    Mutant(
        name="forms without a token are taken",
        file="booking/http/security.py",
        old="    CSRFProtect(app)\n",
        new='    app.config["WTF_CSRF_ENABLED"] = bool(CSRFProtect is None)\n',
        tests=("tests/web/test_bookings.py::TestBooking::test_without_the_token_of_the_form_does_nothing",),
    ),
    Mutant(
        name="any secret opens a booking",
        file="booking/store/queries/bookings.py",
        old="if found is not None and right else None",
        new="if found is not None else None",
        tests=(
            (
                "tests/store/queries/test_bookings.py::TestByRefAndSecret"
                "::test_answers_a_wrong_secret_like_an_unknown_reference"
            ),
        ),
    ),
    Mutant(
        name="the hour that summer time skips is taken",
        file="booking/domain/rules.py",
        old="    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:",
        new="    if moment.tzinfo is None:",
        tests=("tests/domain/test_rules.py::TestWallTime::test_refuses_the_hour_that_summer_time_skips",),
    ),
    Mutant(
        name="a mail is sent twice",
        file="booking/mail/worker.py",
        old="        message.claimed_until = claims_now + claim",
        new="        message.claimed_until = claims_now - claim",
        tests=("tests/mail/test_worker.py::TestACrash::test_leaves_the_message_alone_while_its_claim_runs[sqlite]",),
    ),
    Mutant(
        name="a mail whose sender died is lost",
        file="booking/mail/worker.py",
        old="        message.claimed_until = claims_now + claim",
        new="        message.claimed_until = None",
        tests=("tests/mail/test_worker.py::TestACrash::test_between_claim_and_send_loses_nothing[sqlite]",),
    ),
    # ---------------------------------------------------------------- the tests themselves
    Mutant(
        name="skipped tests count as good",
        file="tests/support/no_skips.py",
        old="    report = yield\n    if report.skipped:\n        vars(report)",
        new="    report = yield\n    if False:\n        vars(report)",
        tests=("tests/house/test_tree.py::TestASkippedTest",),
    ),
)
