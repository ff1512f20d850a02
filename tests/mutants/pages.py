"""Faults in what people may see and do, and in what they are told."""

from tests.mutants.planting import Mutant

FAULTS = (
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
        old="    if (draft.server.lower(), entered.lower()) != (stored.server.lower(), known.lower()):",
        new="    if entered.lower() != known.lower():",
        tests=(
            "tests/sync/test_connections.py::TestSaving::test_wants_the_password_again_for_another_server_or_account",
        ),
    ),
    Mutant(
        name="numbers in names do not count when rooms are proposed",
        file="booking/sync/matching.py",
        old="    if ours.numbers != theirs.numbers or not (ours.words or ours.numbers):",
        new="    if not (ours.words or ours.numbers):",
        tests=("tests/sync/test_matching.py::TestProposals::test_never_pair_room_1_with_room_11",),
    ),
    Mutant(
        name="an outage is told of spaces that fail for different reasons",
        file="booking/sync/outages.py",
        old="    if len(codes) == 1 and first.code in _STOPPED:",
        new="    if first.code in _STOPPED:",
        tests=("tests/sync/test_outages.py::TestOutages::test_are_none_while_one_space_is_otherwise",),
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
        name="a search shows the password to hosts outside the domain",
        file="booking/connectors/ews/autodiscover.py",
        old="        if self._is_own(host):\n            self._waiting.append(host)",
        new="        self._waiting.append(host)",
        tests=(
            "tests/connectors/ews/test_autodiscover.py::TestWithAPassword::test_is_never_shown_to_a_host_outside_the_domain",
        ),
    ),
    Mutant(
        name="a 401 in mid-session begins NTLM again, and sends a change twice",
        file="booking/connectors/ews/ntlm.py",
        old=" or self._signed_in == self._door.connections:",
        new=":",
        tests=("tests/connectors/ews/test_ntlm.py::TestMidSession::test_a_401_leaves_a_write_ambiguous_and_sent_once",),
    ),
    Mutant(
        name="an unknown version hides any refusal of a request",
        file="booking/connectors/ews/services.py",
        old="            raise AsItIs(refusal) from None",
        new="            raise refusal",
        tests=("tests/connectors/ews/test_versions.py::TestDetection::test_does_not_take_other_failures_for_it",),
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
                "::test_answers_a_wrong_secret_like_an_unknown_reference[sqlite-wrong]"
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
)
