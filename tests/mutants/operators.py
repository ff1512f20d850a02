"""Faults that an operator would meet: in what a file describes, in keys and health checks, in what is free to offer."""

from tests.mutants.planting import Mutant

FAULTS = (
    Mutant(
        name="a file that is applied again is written again",
        file="booking/cli/applying/working.py",
        old="        if after == before:",
        new="        if not after:",
        tests=("tests/cli/test_apply_places.py::TestApplying::test_twice_changes_nothing[sqlite]",),
    ),
    Mutant(
        name="apply --check keeps what it compared",
        file="booking/cli/applying/whole.py",
        old="        session.rollback()\n    return plan",
        new="    return plan",
        tests=("tests/cli/test_apply_places.py::TestApplying::test_checking_keeps_nothing[sqlite]",),
    ),
    Mutant(
        name="a file with a mistake is applied without it",
        file="booking/cli/applying/whole.py",
        old="        if mistakes:\n            session.rollback()\n",
        new="",
        tests=("tests/cli/test_apply_mistakes.py::TestAMistake::test_keeps_everything_from_being_done[sqlite]",),
    ),
    Mutant(
        name="what is wrong with a file is told of another line",
        file="booking/cli/applying/lines.py",
        old='        line += found.count("\\n")',
        new='        line += found == "\\n"',
        tests=("tests/cli/test_apply_lines.py::TestLines::test_are_those_of_each_key",),
    ),
    Mutant(
        name="another password behind the same variable is no difference",
        file="booking/cli/applying/servers.py",
        old="        if old != new:",
        new='        if old != new and name != "password":',
        tests=(
            (
                "tests/cli/test_apply_servers.py::TestConnections"
                "::test_whose_password_changed_are_tried_again_and_it_is_never_shown[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="the plan of a file shows the passwords",
        file="booking/cli/applying/servers.py",
        old='        case "password":',
        new='        case "secret":',
        tests=(
            (
                "tests/cli/test_apply_servers.py::TestConnections"
                "::test_whose_password_changed_are_tried_again_and_it_is_never_shown[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="one success hides every failure of a file",
        file="booking/cli/apply.py",
        old="    if not all(each.ok for each in results):",
        new="    if not any(each.ok for each in results):",
        tests=("tests/cli/test_apply_servers.py::TestPairings::test_that_fail_do_not_stop_the_others[sqlite]",),
    ),
    Mutant(
        name="the first of two rooms that would do is proposed",
        file="booking/sync/matching.py",
        old="    return found[0] if len(found) == 1 else None",
        new="    return found[0]",
        tests=("tests/sync/test_matching.py::TestProposals::test_are_not_made_when_two_rooms_would_do",),
    ),
    Mutant(
        name="a space is offered in the time that its changeover takes",
        file="booking/store/queries/vacancies.py",
        old="    busy = bookings.busy_by_space(session, space_ids=list(changing), during=around)",
        new="    busy = bookings.busy_by_space(session, space_ids=list(changing), during=when)",
        tests=(
            "tests/store/queries/test_vacancies.py::TestVacantSpaces::test_leave_out_what_needs_the_time_for_a_changeover[sqlite]",
        ),
    ),
    Mutant(
        name="a space is offered that somebody took in Outlook",
        file="booking/store/queries/vacancies.py",
        old="~Category.retired, ~taken, ~blocked)",
        new="~Category.retired, ~taken)",
        tests=("tests/store/queries/test_vacancies.py::TestVacantSpaces::test_are_those_that_nobody_has_then[sqlite]",),
    ),
    Mutant(
        name="a calendar that was not read lately counts as known",
        file="booking/store/queries/vacancies.py",
        old="    return not availability.unsure_times(known, when, now=now, cadence=cadence)",
        new="    return True",
        tests=(
            (
                "tests/store/queries/test_vacancies.py::TestVacantSpaces"
                "::test_are_not_certain_where_the_calendar_was_not_read_lately[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="a space with hours of its own is judged by those of its neighbours",
        file="booking/store/queries/vacancies.py",
        old="        alone = space_id in self.of_space or space_id in self.plans",
        new="        alone = space_id in self.of_space",
        tests=(
            (
                "tests/store/queries/test_vacancies.py::TestVacantSpaces"
                "::test_follow_a_week_of_their_own_before_that_of_the_place[sqlite]"
            ),
        ),
    ),
    Mutant(
        name="another day is offered at another time of the clock",
        file="booking/domain/offers.py",
        old="            start = space_rules.wall_time(wall.date() + timedelta(days=number), wall.time(), here.zone)",
        new="            start = wish.start + timedelta(days=number)",
        tests=("tests/domain/test_offers.py::TestOffers::test_keep_the_wall_time_on_another_day_when_clocks_change",),
    ),
    Mutant(
        name="an entry stays in the calendar of a space that the booking left",
        file="booking/services/calendars.py",
        old="    if not link_ids:  # no calendar has it, and none shall",
        new="    if link is None:",
        tests=(
            "tests/sync/test_links.py::TestARowOnTwoLinks::test_is_removed_for_a_space_without_a_calendar_too[sqlite]",
        ),
    ),
    Mutant(
        name="a path that only begins like ours is taken for ours",
        file="booking/http/mounting.py",
        old='path.startswith(f"{self._prefix}/")',
        new="path.startswith(self._prefix)",
        tests=("tests/api/test_health.py::TestASiteBelowAPath::test_is_not_met_by_a_path_that_only_begins_like_it",),
    ),
    Mutant(
        name="a site with tables of another version is ready",
        file="booking/api/health.py",
        old="200 if condition is Condition.READY else 503",
        new="503 if condition is Condition.AWAY else 200",
        tests=(
            "tests/api/test_health.py::TestAHealthCheck::test_finds_a_site_with_tables_of_another_version_not_ready",
        ),
    ),
    Mutant(
        name="old keys go before everything is encrypted with the new one",
        file="booking/cli/keys.py",
        old="        passwords, links = _renew()\n",
        new=(
            "        if forget_old:\n"
            "            config.keep_encryption_keys(folder, known[:1])\n"
            "        passwords, links = _renew()\n"
        ),
        tests=("tests/cli/test_keys.py::TestKeysRotate::test_forgets_no_key_when_it_is_stopped_half_way[sqlite]",),
    ),
)
