import re
from collections.abc import Callable
from html import unescape

import pytest

from booking.domain.permissions import Role
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.connections import ConnectionRow
from tests.admin.staff import READ_ONLY, ROOM, SECRET, SERVICE, Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]
NEW = "/admin/exchange/new"
ONE = "/admin/exchange/1"


def entered(exchange: ExchangeSandbox, **other: str) -> dict[str, str]:
    """Return the form of a connection, filled in as it is right."""
    return {
        "name": "City Exchange",
        "server": exchange.url,
        "username": SERVICE,
        "email": SERVICE,
        "password": SECRET,
        "sign_in": "basic",
        "version": "",
        "rights": "impersonation",
        "do": "test",
    } | other


def stored(staff: Staff) -> ConnectionRow:
    """Return the only connection that there is."""
    with staff.app.app_context(), reading() as session:
        (row,) = queries.connections.rows(session)
    return row


@pytest.fixture
def connected(at_work: AtWork, exchange: ExchangeSandbox) -> Staff:
    """Give an administrator whose connection stands, paused."""
    staff = at_work(Role.ADMINISTRATOR)
    assert staff.sends(NEW, entered(exchange, do="paused")).status_code == 303
    return staff


def result_of(staff: Staff, **where: str) -> str:
    """Return what the page says after a test."""
    return words(staff.sends(f"{ONE}/test", where, form_on=ONE).text)


class TestTheList:
    def test_says_how_to_begin_where_there_is_none(self, at_work: AtWork) -> None:
        page = words(at_work(Role.ADMINISTRATOR).opens("/admin/exchange").text)

        assert "No connection yet" in page
        assert "Add a connection" in page

    def test_names_server_account_state_and_users(self, connected: Staff, library: Library) -> None:
        use = f"/admin/locations/{library.location}/exchange"
        connected.sends(f"{use}/use", {"connection_id": "1"}, form_on=use)

        page = words(connected.opens("/admin/exchange").text)

        assert "One connection" in page
        assert f"City Exchange {stored(connected).server} Paused" in page
        assert f"{SERVICE} Not tested yet {connected.location(library.location).name}" in page

    def test_stands_under_one_entry_of_the_staff_menu(self, connected: Staff) -> None:
        page = connected.opens("/admin/exchange").text

        assert re.search(r'href="/admin/exchange" aria-current="page">Outlook/Exchange', page)
        assert re.search(r'<a href="/admin/exchange" aria-current="page">Connections</a>', page)
        assert '<a href="/admin/sync">Health</a>' in page

    def test_sends_who_may_not_see_connections_to_sync_health(self, at_work: AtWork) -> None:
        page = at_work(Role.LIBRARIAN).opens("/admin/sync").text

        assert re.search(r'href="/admin/sync" aria-current="page">Outlook/Exchange', page)
        assert "/admin/exchange" not in page


class TestANewConnection:
    def test_is_kept_after_a_good_test(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(NEW, entered(exchange))

        assert answer.status_code == 303
        assert answer.location == ONE
        assert "City Exchange was added." in words(staff.opens(ONE).text)

    def test_is_not_kept_after_a_bad_one(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(NEW, entered(exchange, password="wrong"))

        page = words(answer.text)
        assert answer.status_code == 422
        assert "Not saved. The test failed. Nothing was stored." in page
        assert "DOMAIN\\svc-rooms" in page
        assert len(exchange.sign_ins()) == 1

    def test_takes_an_address_as_user_name_for_that_of_the_account(
        self, at_work: AtWork, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        staff.sends(NEW, entered(exchange, email="", do="paused"))

        assert stored(staff).email == SERVICE

    def test_wants_the_address_of_an_account_beside_a_name(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(NEW, entered(exchange, email="", username="STAFF\\svc"))

        assert answer.status_code == 422
        assert "Write the e-mail address of the account." in words(answer.text)

    def test_signs_in_with_the_domain_of_its_own_field(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(NEW, entered(exchange, username="svc-rooms", netbios="WEXCOMBE", sign_in="ntlm"))

        assert answer.status_code == 303
        assert (stored(staff).username, stored(staff).netbios) == ("svc-rooms", "WEXCOMBE")
        assert {each.sign_in for each in exchange.sign_ins()} == {"ntlm"}

    def test_may_not_name_two_domains(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        wrong = entered(exchange, username="STAFF\\svc-rooms", netbios="WEXCOMBE")

        answer = at_work(Role.ADMINISTRATOR).sends(NEW, wrong)

        assert answer.status_code == 422
        assert "The user name says STAFF already." in words(answer.text)
        assert exchange.requests() == []

    def test_keeps_what_else_was_entered(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        more = {"email_domains": "@Harbour.example; dev.wexcombe.example", "default_owner": "Exchange"}

        staff.sends(NEW, entered(exchange, do="paused", password_expires_on="2027-03-14", **more))

        row = stored(staff)
        assert row.email_domains == "harbour.example, dev.wexcombe.example"
        assert row.default_owner == "Exchange"
        assert str(row.password_expires_on) == "2027-03-14"
        assert 'value="harbour.example, dev.wexcombe.example"' in staff.opens(ONE).text

    def test_refuses_what_is_no_domain(self, at_work: AtWork, exchange: ExchangeSandbox) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(NEW, entered(exchange, email_domains="harbour.example, not a/one"))

        assert answer.status_code == 422
        assert "Not a domain" in words(answer.text)


class TestTheTest:
    def test_goes_to_the_folder_and_ends_with_a_verdict(self, connected: Staff, exchange: ExchangeSandbox) -> None:
        exchange.add_calendar(ROOM, "Repairs")
        exchange.grant(SERVICE, ROOM, "impersonate")

        page = result_of(connected, mailbox=ROOM, folder="repairs")

        assert "Successful with warnings, after" in page
        assert "Autodiscover names the server" in page
        assert f"Gaskell Room ({ROOM})." in page
        assert "Repairs." in page
        assert "Last test" in words(connected.opens(ONE).text)

    def test_names_the_folders_there_are(self, connected: Staff, exchange: ExchangeSandbox) -> None:
        exchange.add_calendar(ROOM, "Repairs")

        page = result_of(connected, mailbox=ROOM, folder="Repair")

        assert "Failed, after" in page
        assert "There is no calendar folder Repair. Those that the account sees: Calendar, Repairs." in page

    def test_finds_a_public_folder_without_a_mailbox(self, connected: Staff, exchange: ExchangeSandbox) -> None:
        exchange.add_public_folder("Events")

        page = result_of(connected, folder="Events")

        assert "Failed" not in page
        assert "The folder is found Events." in page

    def test_says_that_fresh_rights_need_minutes(self, connected: Staff) -> None:
        page = result_of(connected, mailbox=READ_ONLY)

        assert "Failed, after" in page
        assert "Fresh rights may take some minutes" in page

    def test_names_a_missing_mailbox_of_the_account(self, connected: Staff, exchange: ExchangeSandbox) -> None:
        exchange.fault(operation="GetFolder", error="ErrorNonExistentMailbox", count=1)

        page = result_of(connected)

        assert "Successful with warnings" in page
        assert f"The server shows no mailbox of {SERVICE} itself." in page

    def test_tries_a_wrong_password_once_and_names_the_other_form_and_logon_hours(
        self, at_work: AtWork, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(NEW, entered(exchange, do="paused", password="wrong"))

        page = result_of(staff, mailbox=ROOM)

        assert "Failed, after" in page
        assert "try DOMAIN\\svc-rooms" in page
        assert "Logon Hours" in page
        assert len(exchange.sign_ins()) == 1
        assert "wrong" not in page

    def test_keeps_what_was_typed_and_refuses_what_is_no_address(self, connected: Staff) -> None:
        answer = connected.sends(f"{ONE}/test", {"mailbox": "gaskell"}, form_on=ONE)

        assert answer.status_code == 422
        assert 'value="gaskell"' in answer.text


class TestItsName:
    def test_heads_its_column_in_the_list_of_spaces(self, connected: Staff, library: Library) -> None:
        spaces, use = (f"/admin/locations/{library.location}/{each}" for each in ("spaces", "exchange"))
        assert '<th scope="col" class="text-break">Outlook/Exchange</th>' in connected.opens(spaces).text

        connected.sends(f"{use}/use", {"connection_id": "1"}, form_on=use)

        assert '<th scope="col" class="text-break">City Exchange</th>' in connected.opens(spaces).text


class TestAnAddressOutsideItsDomains:
    def test_is_warned_of_and_paired_until_its_domain_is_added(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff, use = at_work(Role.ADMINISTRATOR), f"/admin/locations/{library.location}/exchange"
        exchange.add_room("hall@annexe.example", "Annexe Hall")
        exchange.grant(SERVICE, "hall@annexe.example", "impersonate")
        staff.sends(use, entered(exchange))
        tab = f"/admin/spaces/{library.room}/exchange"

        before = words(staff.sends(tab, {"address": "hall@annexe.example"}).text)
        staff.sends(use, entered(exchange, email_domains="annexe.example"))
        after = words(staff.sends(tab, {"address": "hall@annexe.example"}).text)

        assert "lies in none of the e-mail domains of this connection: wexcombe.example." in before
        assert "The mailbox exists" in after
        assert "lies in none" not in after


class TestTheLocationsThatUseIt:
    def test_are_added_on_its_page(self, connected: Staff, library: Library) -> None:
        place = connected.location(library.location)

        answer = connected.sends(f"{ONE}/use", {"location_id": str(place.id)}, form_on=ONE)

        assert answer.status_code == 303
        with connected.app.app_context(), reading() as session:
            row = queries.connections.row_of_location(session, place.id)
        assert row is not None
        assert row.name == "City Exchange"

    def test_must_be_of_the_list(self, connected: Staff) -> None:
        assert connected.sends(f"{ONE}/use", {"location_id": "4711"}, form_on=ONE).status_code == 422


class TestPausing:
    def test_and_enabling_are_one_press_each(self, connected: Staff) -> None:
        connected.sends(f"{ONE}/resume", form_on=ONE)
        assert not stored(connected).paused

        connected.sends(f"{ONE}/pause", form_on=ONE)

        assert stored(connected).paused
        assert "The connection is paused" in words(connected.opens(ONE).text)


class TestRights:
    def test_are_lines_filled_in_with_the_account(self, connected: Staff) -> None:
        page = unescape(words(connected.opens(f"{ONE}/rights").text))

        assert "Impersonation, Exchange 2010" in page
        assert "-RecipientRestrictionFilter" in page
        assert f"-User '{SERVICE}' -CustomRecipientWriteScope 'Booking room mailboxes'" in page
        assert "Add-MailboxFolderPermission" in page
        assert "FullAccess" in page

    def test_can_be_filled_in_before_a_connection_stands(self, at_work: AtWork) -> None:
        answer = at_work(Role.ADMINISTRATOR).opens("/admin/exchange/rights?account=o'neil@example.org")

        page = unescape(words(answer.text))
        assert "-User 'o''neil@example.org'" in page

    def test_are_for_administrators(self, at_work: AtWork) -> None:
        staff = at_work(Role.MANAGER)

        for page in ("/admin/exchange", NEW, "/admin/exchange/rights", f"{ONE}/rights", f"{ONE}/analyzer", ONE):
            assert staff.opens(page).status_code == 403


class TestTheAnalyzer:
    def test_is_told_what_to_type_but_never_the_password(self, connected: Staff) -> None:
        answer = connected.opens(f"{ONE}/analyzer?mailbox={ROOM}")

        page = words(answer.text)
        assert "Service Account Access (Developers)" in page
        assert f"Target mailbox email address {ROOM}" in page
        assert "Test predefined folder: Calendar" in page
        assert f"Impersonated user {ROOM}" in page
        assert SECRET not in answer.text
