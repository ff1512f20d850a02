"""What people paste from PowerShell: wrapped, indented, translated, quoted, cut off, as JSON; and each mistake told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain import mailbox_rules, pasted
from booking.domain.mailbox_rules import SETTINGS, Automation, MailboxRules, Shape
from booking.domain.pasted import Pasted

#: As Windows PowerShell shows it in a window of 100 signs, the prompt above it.
CONSOLE = """\
[PS] C:\\>Get-CalendarProcessing gaskell | Format-List


RunspaceId                          : 0b1c4d0e-6a5f-4d0e-9b1c-0b1c4d0e6a5f
AutomateProcessing                  : AutoAccept
AllowConflicts                      : False
BookingWindowInDays                 : 180
MaximumDurationInMinutes            : 1440
AllowRecurringMeetings              : True
EnforceSchedulingHorizon            : True
DeleteSubject                       : True
AddOrganizerToSubject               : True
RemovePrivateProperty               : True
ResourceDelegates                   : {}
RequestOutOfPolicy                  : {}
AllRequestOutOfPolicy               : False
BookInPolicy                        : {wexcombe.example/Company/Head Office/Users/Maya Patel, wexcombe.example/Com
                                      pany/Head Office/Users/Tom Okafor}
AllBookInPolicy                     : False
RequestInPolicy                     :
AllRequestInPolicy                  : False
AdditionalResponse                  : Ask at the desk: the key is there. Then go to the second floor and wait at t
                                      he door: AllowConflicts : True
Identity                            : wexcombe.example/Rooms/Gaskell Room
IsValid                             : True

[PS] C:\\>
"""


def one(text: str) -> Pasted:
    """Read it; nothing in it may be wrong."""
    found = pasted.read(text)
    assert found.mistakes == ()
    return found


def why(text: str) -> list[str]:
    """Return what is said about each mistake."""
    return [each.why for each in pasted.read(text).mistakes]


class TestFormatList:
    def test_is_read_whole(self) -> None:
        found = one(CONSOLE)

        assert found.rules == MailboxRules(
            automate_processing=Automation.AUTO_ACCEPT,
            allow_conflicts=False,
            booking_window_in_days=180,
            maximum_duration_in_minutes=1440,
            allow_recurring_meetings=True,
            delete_subject=True,
            add_organizer_to_subject=True,
            remove_private_property=True,
            all_book_in_policy=False,
            book_in_policy=(
                "wexcombe.example/Company/Head Office/Users/Maya Patel",
                "wexcombe.example/Company/Head Office/Users/Tom Okafor",
            ),
            all_request_in_policy=False,
            request_in_policy=(),
            all_request_out_of_policy=False,
            request_out_of_policy=(),
        )
        assert found.identity == "wexcombe.example/Rooms/Gaskell Room"
        assert "AdditionalResponse" in found.others

    @pytest.mark.parametrize(
        "text",
        [
            "\ufeffAllowConflicts : True",
            "AllowConflicts:True",
            "allowconflicts\t:\ttrue",
            "Allow Conflicts : True",
            "AllowConflicts\u00a0:\u00a0True",
            "AllowConflicts \uff1a True",
            "> AllowConflicts : True",
            "    AllowConflicts : True\n    RunspaceId : x",
            "AllowConflicts : Wahr",
            "AllowConflicts = $true",
            "AllowConflicts : Vrai\r\n",
            "\r\rAllowConflicts : 'True'\r",
            "PS C:\\Users\\ada> Get-CalendarProcessing gaskell | fl\nAllowConflicts : True\n\nPS C:\\Users\\ada>",
        ],
    )
    def test_may_have_been_through_anything(self, text: str) -> None:
        assert one(text).rules.allow_conflicts is True

    @pytest.mark.parametrize("number", ["1080", "1.080", "1,080", "1\u202f080", "1'080", " 1080 "])
    def test_may_group_digits(self, number: str) -> None:
        assert one(f"BookingWindowInDays : {number}").rules.booking_window_in_days == 1080

    def test_may_be_wrapped_by_people_between_words(self) -> None:
        found = one("RunspaceId : a line much longer than the others here\nBookInPolicy : {Maya\n   Patel,\n   Tom}")

        assert found.rules.book_in_policy == ("Maya Patel", "Tom")

    def test_that_was_cut_off_says_so_and_counts_as_more_people(self) -> None:
        found = one("BookInPolicy : {a@x.example, b@x.example, c@x.example, d@x.example...}")

        assert found.rules.book_in_policy == (
            "a@x.example", "b@x.example", "c@x.example", "d@x.example", mailbox_rules.MORE,
        )  # fmt: skip
        assert "$FormatEnumerationLimit = -1" in found.notes[0]

    def test_of_the_same_value_twice_is_no_mistake(self) -> None:
        assert one("AllowConflicts : True\nAllowConflicts : true").rules.allow_conflicts is True


class TestAMistake:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("AllowConflicts : maybe", "True or False belongs there, not “maybe”."),
            ("AllowConflicts :", "There is no value behind it."),
            ("BookingWindowInDays : 1081", "A whole number from 0 to 1080 belongs there, not “1081”."),
            ("BookingWindowInDays : -1", "A whole number from 0 to 1080 belongs there, not “-1”."),
            ("BookingWindowInDays : 18O", "A whole number from 0 to 1080 belongs there, not “18O”."),
            ("BookingWindowInDays : ٣٠", "A whole number from 0 to 1080 belongs there, not “٣٠”."),
            ("AutomateProcessing : Auto", "One of None, AutoUpdate and AutoAccept belongs there, not “Auto”."),
            ("AllowConflicts : True\nAllowConflicts : False", "It stands twice: line 1 says “True”."),
            ("Hello\nAllowConflicts : True", "This is no setting with a value"),
            ("{", "This looks like JSON and breaks here, at sign 2."),
            ("[]", "It should hold the settings of one room, and holds 0."),
            ("[{}, {}]", "It should hold the settings of one room, and holds 2."),
            ('{"AllowConflicts": []}', "True or False belongs there, not “[]”."),
            ('{"Name": 1}', "None of the settings stands in it."),
            ('{"AllowConflicts": true} and more', "Something follows the end"),
            ("[" * 100_000, "This is no document that ConvertTo-Json writes."),
            (f'{{"BookingWindowInDays": {"9" * 5000}}}', "This is no document that ConvertTo-Json writes."),
            (f"BookingWindowInDays : {'0' * 5000}1", "A whole number from 0 to 1080 belongs there"),
            ("", "There is nothing in it."),
            ("\ufeff \n", "There is nothing in it."),
            ("Name : Gaskell", "None of the settings stands in it."),
            ("Identity  AutomateProcessing  AllowConflicts\n----- ---\ngaskell AutoAccept False", "This is a table"),
            ("x" * 200_001, "This is longer than a room's settings ever are."),
        ],
    )
    def test_is_explained(self, text: str, said: str) -> None:
        (told,) = why(text)

        assert said in told

    def test_names_its_line_and_loses_nothing_else(self) -> None:
        found = pasted.read(
            "AllowConflicts : True\nDeleteSubject : maybe\nEnforceCapacity : no\nBookingWindowInDays : x"
        )

        assert [(each.line, each.said) for each in found.mistakes] == [
            (2, "DeleteSubject : maybe"),
            (4, "BookingWindowInDays : x"),
        ]
        assert found.rules == MailboxRules(allow_conflicts=True, enforce_capacity=False)

    @given(text=st.text())
    def test_is_all_that_any_text_can_do(self, text: str) -> None:
        found = pasted.read(text)

        assert found.mistakes or found.rules.number_known

    @given(text=st.lists(st.sampled_from([*CONSOLE.splitlines(), "{", "}", "[", " : ", "...", '"x"']), max_size=8))
    def test_is_all_that_shuffled_lines_can_do(self, text: list[str]) -> None:
        found = pasted.read("\n".join(text))

        assert found.mistakes or found.rules.number_known


class TestJson:
    def test_is_read_with_the_numbers_and_objects_of_convertto_json(self) -> None:
        room = {
            "AutomateProcessing": 2,
            "AllowConflicts": False,
            "BookingWindowInDays": 30,
            "BookInPolicy": [{"Name": "Maya Patel", "Depth": 5}, "tom@x.example"],
            "RequestInPolicy": {"value": ["ann@x.example"], "Count": 1},
            "RequestOutOfPolicy": None,
            "EnforceCapacity": None,
            "Identity": "Gaskell Room",
        }

        found = one(f"PS> Get-CalendarProcessing gaskell | ConvertTo-Json\n{json.dumps([room], indent=2)}\n\nPS C:\\> ")

        assert found.rules == MailboxRules(
            automate_processing=Automation.AUTO_ACCEPT,
            allow_conflicts=False,
            booking_window_in_days=30,
            book_in_policy=("Maya Patel", "tom@x.example"),
            request_in_policy=("ann@x.example",),
            request_out_of_policy=(),
        )
        assert found.identity == "Gaskell Room"

    def test_has_no_half_characters_and_turned_names(self) -> None:
        found = one('{"BookInPolicy": ["\\ud800Ann\\u202e"], "Identity": "\\udfffLab"}')

        assert found.rules.book_in_policy == ("Ann",)
        assert found.identity == "Lab"


class TestAFile:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_is_read_in_whatever_powershell_writes(self, encoding: str) -> None:
        text = "BookInPolicy : {Zoë Quill}\nAllowConflicts : True"

        assert one(pasted.decoded(text.encode(encoding))).rules.book_in_policy == ("Zoë Quill",)


class TestKeeping:
    def test_gives_back_what_was_known(self) -> None:
        rules = one(CONSOLE).rules

        assert mailbox_rules.from_plain(json.loads(json.dumps(mailbox_rules.to_plain(rules)))) == rules

    def test_leaves_out_what_it_does_not_understand_any_more(self) -> None:
        kept = {"AllowConflicts": "perhaps", "DeleteSubject": True, "Gone": 1}

        assert mailbox_rules.from_plain(kept) == MailboxRules(delete_subject=True)

    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: each.name)
    def test_knows_a_field_for_each_setting(self, setting: mailbox_rules.Setting) -> None:
        value = {Shape.WORD: "None", Shape.YES_NO: "True", Shape.NUMBER: "7", Shape.PEOPLE: "ann"}[setting.shape]

        assert one(f"{setting.name} : {value}").rules.number_known == 1
