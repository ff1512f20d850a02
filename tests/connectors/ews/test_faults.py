"""What went wrong on the wire, in the port's words."""

from datetime import timedelta

import pytest

from booking.connectors.ews import faults
from booking.connectors.ews.faults import Call, Fault, Wire
from booking.connectors.port import Ambiguous, Definite, Kind

ROOM = "room@library.example"


def kind(fault: Fault, call: Call) -> Kind | None:
    """The kind, or None for ambiguous."""
    error = faults.error(fault, call)
    if isinstance(error, Definite):
        return error.kind
    assert isinstance(error, Ambiguous)
    return None


class TestError:
    @pytest.mark.parametrize(
        ("code", "read", "write"),
        [
            ("ErrorServerBusy", Kind.THROTTLED, Kind.THROTTLED),
            ("ErrorExceededConnectionCount", Kind.THROTTLED, Kind.THROTTLED),
            ("ErrorItemNotFound", Kind.NOT_FOUND, Kind.NOT_FOUND),
            ("ErrorIrresolvableConflict", Kind.CONFLICT, Kind.CONFLICT),
            ("ErrorStaleObject", Kind.CONFLICT, Kind.CONFLICT),
            ("ErrorChangeKeyRequiredForWriteOperations", Kind.CONFLICT, Kind.CONFLICT),
            ("ErrorNonExistentMailbox", Kind.MAILBOX_GONE, Kind.MAILBOX_GONE),
            ("ErrorAccessDenied", Kind.FORBIDDEN, Kind.FORBIDDEN),
            ("ErrorImpersonateUserDenied", Kind.FORBIDDEN, Kind.FORBIDDEN),
            ("ErrorFolderNotFound", Kind.FORBIDDEN, Kind.FORBIDDEN),
            ("ErrorPasswordExpired", Kind.SIGN_IN, Kind.SIGN_IN),
            ("ErrorMailboxMoveInProgress", Kind.TRANSIENT, Kind.TRANSIENT),
            ("ErrorTimeoutExpired", Kind.TRANSIENT, None),
            ("ErrorInternalServerError", Kind.TRANSIENT, None),
            ("ErrorInternalServerTransientError", Kind.TRANSIENT, None),
            ("ErrorMailboxFailover", Kind.TRANSIENT, None),
            ("ErrorSchemaValidation", Kind.PERMANENT, Kind.PERMANENT),
            ("ErrorNobodyHasHeardOf", Kind.PERMANENT, Kind.PERMANENT),
            (Wire.NOT_CONNECTED, Kind.TRANSIENT, Kind.TRANSIENT),
            (Wire.NOT_TRUSTED, Kind.TRANSIENT, Kind.TRANSIENT),
            (Wire.HOST_REFUSED, Kind.PERMANENT, Kind.PERMANENT),
            (Wire.NO_ANSWER, Kind.TRANSIENT, None),
            (Wire.OVERDUE, Kind.TRANSIENT, None),
            (Wire.UNREADABLE, Kind.TRANSIENT, None),
        ],
    )
    def test_is_definite_only_where_nothing_can_have_been_done(self, code: str, read: Kind, write: Kind | None) -> None:
        assert kind(Fault(code), Call(mailbox=ROOM)) is read
        assert kind(Fault(code), Call(mailbox=ROOM, writes=True)) is write

    @pytest.mark.parametrize("status", [401, 500, 502, 503, 504, 507])
    def test_is_ambiguous_for_a_status_in_the_middle_of_a_write(self, status: int) -> None:
        assert kind(Fault(Wire.HTTP, status=status), Call(writes=True, signed_in=True)) is None

    def test_names_the_wait_that_the_server_asked_for(self) -> None:
        error = faults.error(Fault("ErrorServerBusy", wait=timedelta(seconds=9)), Call(writes=True))

        assert isinstance(error, Definite)
        assert error.wait == timedelta(seconds=9)

    def test_names_the_role_that_an_impersonating_account_lacks(self) -> None:
        call = Call(mailbox=ROOM, account="svc@library.example", impersonate=True)

        words = str(faults.error(Fault("ErrorImpersonateUserDenied"), call))

        assert "ApplicationImpersonation" in words
        assert "svc@library.example" in words
        assert ROOM in words

    def test_names_the_right_that_a_delegate_lacks(self) -> None:
        call = Call(mailbox=ROOM, account="svc", impersonate=False, writes=True)

        words = str(faults.error(Fault("ErrorAccessDenied"), call))

        assert words.startswith("svc may read this calendar but not write in it: it needs the Author right")
        assert f"(Set-MailboxFolderPermission {ROOM}:\\Calendar -User svc -AccessRights Author)" in words

    def test_names_the_right_to_write_in_one_go_where_a_delegate_may_not_even_read(self) -> None:
        call = Call(mailbox=ROOM, account="svc", impersonate=False, about_folder=True)

        words = str(faults.error(Fault("ErrorItemNotFound"), call))

        assert words.startswith("svc may not read this calendar: it needs the Author right, or Reviewer")
        assert f"(Add-MailboxFolderPermission {ROOM}:\\Calendar -User svc -AccessRights Author)" in words

    def test_takes_a_missing_item_in_a_folder_question_for_a_missing_right(self) -> None:
        assert kind(Fault("ErrorItemNotFound"), Call(mailbox=ROOM, about_folder=True)) is Kind.FORBIDDEN

    def test_never_repeats_xml(self) -> None:
        words = str(faults.error(Fault("ErrorSchemaValidation", "<t:Subject>Ada</t:Subject>"), Call(mailbox=ROOM)))

        assert "<" not in words
        assert "ErrorSchemaValidation" in words
