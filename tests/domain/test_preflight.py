"""What two sets of rules do together, row by row; the lines of PowerShell; and when a room is our account's alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking.domain import exclusivity, preflight, traces
from booking.domain.effects import Kind, OurRules
from booking.domain.exclusivity import Verdict
from booking.domain.mailbox_rules import MORE, Automation, MailboxRules, with_values
from booking.domain.preflight import Line
from booking.domain.traces import Traces

HARMLESS, WARNING, CLASH, UNKNOWN = Kind
ACCOUNTS = ("svc-rooms@library.example", "LIBRARY\\svc-rooms")
OURS = OurRules(
    longest=timedelta(hours=4), window=timedelta(days=90), capacity=8, mailbox="lab@library.example", accounts=ACCOUNTS
)
KEEPING = replace(OURS, keeps_titles=True)
ALONE = MailboxRules(
    automate_processing=Automation.AUTO_ACCEPT,
    all_book_in_policy=False,
    book_in_policy=("svc-rooms@library.example",),
    all_request_in_policy=False,
    request_in_policy=(),
    all_request_out_of_policy=False,
    request_out_of_policy=(),
)
NOW = datetime(2026, 10, 23, 8, 0, tzinfo=UTC)


def line(setting: str, theirs: MailboxRules, ours: OurRules = OURS, seen: Traces | None = None) -> Line:
    """Return one row of the table."""
    (found,) = [each for each in preflight.table(ours, theirs, seen) if each.setting == setting]
    return found


class TestARow:
    @pytest.mark.parametrize(
        ("setting", "values", "ours", "kind", "words"),
        [
            ("AutomateProcessing", {"automate_processing": Automation.AUTO_ACCEPT}, OURS, HARMLESS, "it declines"),
            ("AutomateProcessing", {"automate_processing": Automation.AUTO_ACCEPT}, replace(OURS, writes=False), CLASH,
             "not written"),
            ("AutomateProcessing", {"automate_processing": Automation.AUTO_ACCEPT}, replace(OURS, reads=False), WARNING,
             "does not show here"),
            ("AutomateProcessing", {"automate_processing": Automation.AUTO_UPDATE}, OURS, CLASH, "until a delegate"),
            ("AutomateProcessing", {"automate_processing": Automation.AUTO_UPDATE},
             replace(OURS, tentative_blocks=True), WARNING, "nobody books over"),
            ("AutomateProcessing", {"automate_processing": Automation.NONE}, OURS, WARNING, "unanswered"),
            ("AllowConflicts", {"allow_conflicts": True}, OURS, CLASH, "on top of bookings"),
            ("AllowConflicts", {"allow_conflicts": False}, OURS, HARMLESS, "declines what meets"),
            ("BookingWindowInDays", {"booking_window_in_days": 90}, OURS, HARMLESS, "equally far"),
            ("BookingWindowInDays", {"booking_window_in_days": 1}, OURS, WARNING, "one day ahead, here 90 days"),
            ("BookingWindowInDays", {"booking_window_in_days": 180}, OURS, WARNING, "180 days ahead, here 90 days"),
            ("MaximumDurationInMinutes", {"maximum_duration_in_minutes": 240}, OURS, HARMLESS, "same length"),
            ("MaximumDurationInMinutes", {"maximum_duration_in_minutes": 0}, OURS, WARNING, "of any length"),
            ("MaximumDurationInMinutes", {"maximum_duration_in_minutes": 1440}, OURS, WARNING, "of up to 24 hours"),
            ("MaximumDurationInMinutes", {"maximum_duration_in_minutes": 90}, OURS, WARNING, "longer than 90 minutes"),
            ("AllowRecurringMeetings", {"allow_recurring_meetings": True}, OURS, HARMLESS, "Each date"),
            ("AllowRecurringMeetings", {"allow_recurring_meetings": False}, OURS, HARMLESS, "date by date"),
            ("DeleteSubject", {"delete_subject": True}, OURS, HARMLESS, "not kept here anyway"),
            ("DeleteSubject", {"delete_subject": True}, KEEPING, WARNING, "none to show"),
            ("DeleteSubject", {"delete_subject": False}, KEEPING, HARMLESS, "stay"),
            ("AddOrganizerToSubject", {"add_organizer_to_subject": True}, KEEPING, WARNING, "person's name"),
            ("AddOrganizerToSubject", {"add_organizer_to_subject": True}, OURS, HARMLESS, "not kept"),
            ("RemovePrivateProperty", {"remove_private_property": True}, KEEPING, CLASH, "their titles are shown"),
            ("RemovePrivateProperty", {"remove_private_property": True}, OURS, WARNING, "whoever opens"),
            ("RemovePrivateProperty", {"remove_private_property": False}, OURS, HARMLESS, "stay private"),
            ("RemoveCanceledMeetings", {"remove_canceled_meetings": False}, OURS, HARMLESS, "They free the room"),
            ("EnforceCapacity", {"enforce_capacity": True}, OURS, WARNING, "says 8 too"),
            ("EnforceCapacity", {"enforce_capacity": False}, OURS, HARMLESS, "Neither side"),
            ("EnableAutoRelease", {"enable_auto_release": True}, OURS, CLASH, "the booker is told"),
            ("EnableAutoRelease", {"enable_auto_release": False}, OURS, HARMLESS, "nothing back"),
            ("BookInPolicy", {"all_book_in_policy": True}, OURS, HARMLESS, "We look before and after"),
            ("BookInPolicy", {"all_book_in_policy": True}, replace(OURS, exclusive=True), CLASH, "Everybody may book"),
        ],
    )  # fmt: skip
    def test_says_what_the_two_do(
        self, setting: str, values: dict[str, Any], ours: OurRules, kind: Kind, words: str
    ) -> None:
        found = line(setting, with_values(MailboxRules(), values), ours)

        assert found.kind is kind
        assert words in found.effect

    def test_that_is_not_known_says_why_it_matters_and_has_its_line(self) -> None:
        rows = preflight.table(OURS, MailboxRules())

        assert {each.kind for each in rows} == {UNKNOWN}
        assert len(rows) == 12
        assert all(
            each.effect and each.powershell.startswith("Set-CalendarProcessing -Identity 'lab@") for each in rows
        )

    def test_asks_for_what_goes_with_our_rule(self) -> None:
        window = line("BookingWindowInDays", MailboxRules())
        longest = line("MaximumDurationInMinutes", MailboxRules())

        assert window.powershell.endswith("-BookingWindowInDays 90")
        assert longest.powershell.endswith("-MaximumDurationInMinutes 240")

    def test_that_the_calendar_contradicts_is_looked_at(self) -> None:
        seen = Traces(NOW, overlapping=2, tentative=1)
        theirs = MailboxRules(allow_conflicts=False, automate_processing=Automation.AUTO_ACCEPT)

        conflicts, requests = line("AllowConflicts", theirs, seen=seen), line("AutomateProcessing", theirs, seen=seen)

        assert (conflicts.kind, requests.kind) == (WARNING, WARNING)
        assert conflicts.seen.startswith("2 entries of others that overlap there.")
        assert requests.seen == "One tentative entry there."


class TestPowerShell:
    @pytest.mark.parametrize(
        ("text", "quoted"),
        [
            ("lab@library.example", "'lab@library.example'"),
            ("o'neill@x.example", "'o''neill@x.example'"),
            ("a\u2019; Remove-Mailbox b", "'a\u2019\u2019; Remove-Mailbox b'"),
            ('$(whoami)`"', "'$(whoami)`\"'"),
            ("", "<e-mail address of the room>"),
        ],
    )
    def test_takes_any_address_literally(self, text: str, quoted: str) -> None:
        assert preflight.quoted(text) == quoted

    def test_shows_the_rights_that_no_rule_tells_of(self) -> None:
        folder, mailbox = preflight.to_see_rights(OURS)

        assert "Get-MailboxFolderPermission -Identity $_.Identity.ToString().Replace('\\', ':\\')" in folder
        assert mailbox.startswith("Get-MailboxPermission -Identity 'lab@library.example'")


class TestExclusive:
    def test_is_a_room_that_nobody_else_gets(self) -> None:
        assert exclusivity.judge(ALONE, ACCOUNTS).verdict is Verdict.ALONE

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"all_book_in_policy": True}, "AllBookInPolicy"),
            ({"all_request_in_policy": True}, "AllRequestInPolicy"),
            ({"all_request_out_of_policy": True}, "AllRequestOutOfPolicy"),
            ({"automate_processing": Automation.AUTO_UPDATE}, "AutoUpdate"),
            ({"automate_processing": Automation.NONE}, "AutomateProcessing None"),
            ({"book_in_policy": ("maya@library.example",)}, "maya@library.example may get it too (BookInPolicy)"),
            ({"request_in_policy": ("maya@library.example",)}, "RequestInPolicy"),
            ({"request_out_of_policy": ("maya@library.example",)}, "RequestOutOfPolicy"),
            ({"book_in_policy": (ACCOUNTS[0], MORE)}, "may get it too"),
        ],
    )
    def test_is_not_one_that_somebody_else_gets(self, values: dict[str, Any], reason: str) -> None:
        found = exclusivity.judge(with_values(ALONE, values), ACCOUNTS)

        assert found.verdict is Verdict.OPEN
        assert reason in found.reasons[0]

    @pytest.mark.parametrize(
        "name",
        [
            "SVC-Rooms@Library.example",
            "library.example/Users/svc-rooms",
            "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=0a1b2c-svc-rooms",
        ],
    )
    def test_knows_our_account_by_any_of_its_names(self, name: str) -> None:
        assert exclusivity.judge(replace(ALONE, book_in_policy=(name,)), ACCOUNTS).verdict is Verdict.ALONE

    def test_asks_about_names_that_only_exchange_knows(self) -> None:
        found = exclusivity.judge(replace(ALONE, book_in_policy=("library.example/Users/Room Service",)), ACCOUNTS)

        assert (found.verdict, found.unsure) == (Verdict.UNSURE, ("library.example/Users/Room Service",))

    def test_is_unknown_until_all_is_known(self) -> None:
        found = exclusivity.judge(replace(ALONE, request_in_policy=None), ACCOUNTS)

        assert (found.verdict, found.missing) == (Verdict.UNKNOWN, ("RequestInPolicy",))


class TestTraces:
    def test_are_kept_and_read_again(self) -> None:
        seen = Traces(NOW, reach=366, entries=3, series=1)

        assert traces.from_plain(traces.to_plain(seen)) == seen

    @pytest.mark.parametrize("stored", [{}, {"at": "yesterday"}, {"at": NOW.isoformat(), "entries": "many"}])
    def test_that_cannot_be_read_are_none(self, stored: dict[str, object]) -> None:
        assert traces.from_plain(stored) is None
