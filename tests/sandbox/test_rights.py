"""Who may sign in, act as whom, and read or write where."""

import pytest
import requests
from exchangelib import DELEGATE, IMPERSONATION
from exchangelib.errors import (
    ErrorAccessDenied,
    ErrorImpersonateUserDenied,
    ErrorItemNotFound,
    ErrorNonExistentMailbox,
    UnauthorizedError,
)

from tests.sandbox.exchange import ANN, CLOSED_ROOM, OTHER_ROOM, PASSWORD, ROOM, SERVICE, Exchange, london, utc
from tests.sandbox.wire import calendar_view, post


class TestSignIn:
    @pytest.mark.parametrize("username", [SERVICE, "WEXCOMBE\\svc-rooms", "wexcombe\\SVC-ROOMS"])
    def test_works_with_either_form_of_the_user_name(self, exchange: Exchange, username: str) -> None:
        assert exchange.account(username=username).calendar.name == "Calendar"

    @pytest.mark.parametrize(
        ("username", "password"),
        [(SERVICE, "wrong"), ("nobody@wexcombe.example", PASSWORD), ("OTHER\\svc-rooms", PASSWORD)],
    )
    def test_is_refused_after_one_try(self, exchange: Exchange, username: str, password: str) -> None:
        with pytest.raises(UnauthorizedError):
            _ = exchange.account(username=username, password=password).calendar

        assert [each.outcome for each in exchange.sandbox.requests()] == ["401"]
        assert exchange.sandbox.requests()[0].account == username

    def test_says_how_to_sign_in(self, exchange: Exchange) -> None:
        answer = requests.get(exchange.sandbox.ews_url, timeout=10)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'NTLM, Basic realm="Sandbox Exchange"'

    def test_follows_a_changed_password(self, exchange: Exchange) -> None:
        exchange.sandbox.set_password(SERVICE, "new")

        assert exchange.account(password="new").calendar.name == "Calendar"
        with pytest.raises(UnauthorizedError):
            _ = exchange.account().calendar


class TestImpersonation:
    def test_needs_the_right_for_that_mailbox(self, exchange: Exchange) -> None:
        with pytest.raises(ErrorImpersonateUserDenied):
            _ = exchange.account(OTHER_ROOM, access=IMPERSONATION).calendar

    def test_needs_a_mailbox(self, exchange: Exchange) -> None:
        with pytest.raises(ErrorNonExistentMailbox):
            _ = exchange.account("nowhere@wexcombe.example", access=IMPERSONATION).calendar

    def test_stops_when_the_right_is_taken_back(self, exchange: Exchange) -> None:
        exchange.sandbox.grant(SERVICE, ROOM, "none")

        with pytest.raises(ErrorImpersonateUserDenied):
            _ = exchange.account(access=IMPERSONATION).calendar

    def test_gives_every_right_in_that_mailbox(self, exchange: Exchange) -> None:
        rights = exchange.account(access=IMPERSONATION).calendar.effective_rights

        assert (rights.read, rights.create_contents, rights.modify, rights.delete) == (True, True, True, True)


class TestDelegate:
    def test_with_author_rights_may_write(self, exchange: Exchange) -> None:
        account = exchange.account(ROOM, access=DELEGATE)

        item = exchange.event(account)
        item.subject = "Changed"
        item.save(update_fields=["subject"], send_meeting_invitations="SendToNone")
        item.move_to_trash(send_meeting_cancellations="SendToNone")

        assert account.calendar.effective_rights.create_contents
        assert exchange.sandbox.items(ROOM) == []

    def test_with_reviewer_rights_may_only_read(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(OTHER_ROOM, subject="Theirs", start=utc(27, 10), end=utc(27, 11))
        account = exchange.account(OTHER_ROOM, access=DELEGATE)
        (item,) = account.calendar.view(london(27, 0), london(28, 0), max_items=10)

        with pytest.raises(ErrorAccessDenied):
            exchange.event(account)
        with pytest.raises(ErrorAccessDenied):
            item.save(update_fields=["subject"], send_meeting_invitations="SendToNone")
        with pytest.raises(ErrorAccessDenied):
            item.delete(send_meeting_cancellations="SendToNone")

        rights = account.calendar.effective_rights
        assert (rights.read, rights.create_contents, rights.modify, rights.delete) == (True, False, False, False)

    def test_without_rights_finds_nothing(self, exchange: Exchange) -> None:
        item_id = exchange.sandbox.add_event(CLOSED_ROOM, subject="Secret", start=utc(27, 10), end=utc(27, 11))
        account = exchange.account(ROOM, access=DELEGATE)

        with pytest.raises(ErrorItemNotFound):
            account.calendar.get(id=item_id)

    def test_of_a_mailbox_that_is_gone_hears_so(self, exchange: Exchange) -> None:
        exchange.sandbox.remove_mailbox(ROOM)

        answer = post(exchange.sandbox, calendar_view(ROOM, utc(27, 0), utc(28, 0), most=1))

        assert "ErrorNonExistentMailbox" in answer.text


class TestPrivateItem:
    def test_shows_a_delegate_only_when_and_how_busy(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(
            ROOM, subject="Illness", location="Ward", body="x", start=utc(27, 10), end=utc(27, 11), private=True
        )
        calendar = exchange.account(ROOM, access=DELEGATE).calendar

        (item,) = calendar.view(london(27, 0), london(28, 0), max_items=10)
        read = calendar.get(id=item.id)

        assert not calendar.effective_rights.view_private_items
        for seen in (item, read):
            assert (seen.subject, seen.location, seen.sensitivity) == (None, None, "Private")
            assert (seen.start, seen.legacy_free_busy_status) == (utc(27, 10), "Busy")
        assert not read.body

    def test_shows_all_to_a_delegate_with_the_right_for_it(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Illness", start=utc(27, 10), end=utc(27, 11), private=True)
        exchange.sandbox.grant(SERVICE, ROOM, "private")
        calendar = exchange.account(ROOM, access=DELEGATE).calendar

        (item,) = calendar.view(london(27, 0), london(28, 0), max_items=10)

        assert calendar.effective_rights.view_private_items
        assert item.subject == "Illness"

    def test_shows_all_to_who_impersonates(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Illness", start=utc(27, 10), end=utc(27, 11), private=True)

        (item,) = exchange.account(access=IMPERSONATION).calendar.view(london(27, 0), london(28, 0), max_items=10)

        assert item.subject == "Illness"


class TestPerson:
    def test_with_a_password_uses_their_own_calendar(self, exchange: Exchange) -> None:
        account = exchange.account(ANN, access=DELEGATE, username=ANN, password="ann's own")

        exchange.event(account, subject="Dentist")

        assert [item.subject for item in exchange.sandbox.items(ANN)] == ["Dentist"]
