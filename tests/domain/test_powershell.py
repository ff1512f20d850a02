import pytest

from booking.domain import powershell
from booking.domain.powershell import Right, Script

ACCOUNT = "svc-rooms@example.org"


def script(right: Right, *rooms: str, account: str = ACCOUNT) -> Script:
    return next(each for each in powershell.scripts(account, rooms) if each.right is right)


class TestScripts:
    @pytest.mark.parametrize("right", [Right.IMPERSONATION_2010, Right.IMPERSONATION_2013])
    def test_limit_impersonation_to_rooms_and_give_it_to_the_account(self, right: Right) -> None:
        text = script(right).text

        assert "RecipientTypeDetails -eq 'RoomMailbox'" in text
        assert "ApplicationImpersonation" in text
        assert f"'{ACCOUNT}'" in text
        assert text.count("'Booking room mailboxes'") == 2

    def test_write_the_filter_in_braces_for_2010(self) -> None:
        text = script(Right.IMPERSONATION_2010).text

        assert "-RecipientRestrictionFilter:{RecipientTypeDetails -eq 'RoomMailbox'}" in text

    @pytest.mark.parametrize("right", [Right.DELEGATE_CALENDAR, Right.DELEGATE_MAILBOX])
    def test_have_one_line_for_each_room_of_a_delegate(self, right: Right) -> None:
        first, second = script(right, "a@example.org", "b@example.org").lines

        assert "a@example.org" in first
        assert "b@example.org" in second

    def test_show_a_made_up_account_and_room_where_none_is_known(self) -> None:
        (first, *_, last) = powershell.scripts("")

        assert powershell.ACCOUNT in first.text
        assert powershell.ROOM in last.text


class TestQuoted:
    @pytest.mark.parametrize(
        ("text", "literally"),
        [
            ("plain", "'plain'"),
            ("o'neil", "'o''neil'"),
            ("o’neil", "'o’’neil'"),
            ("a\nRemove-Mailbox b", "'aRemove-Mailbox b'"),
            ('$(bad) `"', "'$(bad) `\"'"),
        ],
    )
    def test_is_taken_literally_whatever_it_holds(self, text: str, literally: str) -> None:
        assert powershell.quoted(text) == literally
