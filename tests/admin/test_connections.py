import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from booking.domain.permissions import Role
from booking.domain.states import TitleOption
from booking.sandbox.exchange import ExchangeSandbox
from booking.services import profiles
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.connections import ConnectionRow
from tests.admin.staff import SECRET, SERVICE, Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]


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


def address(library: Library) -> str:
    return f"/admin/locations/{library.location}/exchange"


def stored(staff: Staff, library: Library) -> ConnectionRow | None:
    """Return the connection of the location, without its password."""
    location = staff.location(library.location)
    with staff.app.app_context(), reading() as session:
        return queries.connections.row_of_location(session, location.id)


class TestSaveAndTest:
    def test_stores_what_works_and_says_each_step(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(address(library), entered(exchange))

        page = words(answer.text)
        assert answer.status_code == 200
        assert "Saved. The connection works." in page
        assert "signs in" in page
        assert (row := stored(staff, library)) is not None
        assert row.username == SERVICE

    def test_stores_nothing_when_the_password_is_wrong(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(address(library), entered(exchange, password="not-it-at-all"))

        page = words(answer.text)
        assert answer.status_code == 422
        assert "Not saved. The test failed. Nothing was stored." in page
        assert "other form" in page
        assert stored(staff, library) is None

    def test_keeps_the_old_settings_when_the_new_fail(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(address(library), entered(exchange))

        answer = staff.sends(address(library), entered(exchange, password="not-it-at-all", name="Renamed"))

        assert "The settings as they were before still hold." in words(answer.text)
        assert 'value="Renamed"' in answer.text
        assert (row := stored(staff, library)) is not None
        assert row.name == "City Exchange"

    def test_asks_for_the_password_again_when_the_user_name_changes(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(address(library), entered(exchange))

        answer = staff.sends(address(library), entered(exchange, password="", username="WEXCOMBE\\svc-rooms"))

        assert answer.status_code == 422
        assert "enter the password again" in words(answer.text)

    def test_keeps_the_password_when_it_is_left_empty(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(address(library), entered(exchange))

        answer = staff.sends(address(library), entered(exchange, password="", name="Renamed"))

        assert answer.status_code == 200
        assert "Saved. The connection works." in words(answer.text)

    def test_names_what_is_missing_beside_each_field(self, at_work: AtWork, library: Library) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(address(library), {"email": "rooms at example"})

        page = words(answer.text)
        assert answer.status_code == 422
        assert "Write the name of the server." in page
        assert "Write the user name of the service account." in page
        assert "This is not an e-mail address." in page

    def test_says_that_a_server_cannot_be_found(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(address(library), entered(exchange, server="mail.wexcombe.invalid"))

        assert answer.status_code == 422
        assert "Not saved. The test failed." in words(answer.text)
        assert stored(staff, library) is None


class TestSignInAndVersion:
    def test_are_stored_and_kept_when_the_page_is_saved_again(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        chosen = {"sign_in": "ntlm", "version": "Exchange2013_SP1", "do": "paused"}

        staff.sends(address(library), entered(exchange, **chosen))
        page = staff.opens(address(library)).text

        assert (row := stored(staff, library)) is not None
        assert (row.sign_in, row.version) == ("ntlm", "Exchange2013_SP1")
        assert re.search(r'<input[^>]*checked[^>]*value="ntlm"', page)
        assert re.search(r'<option selected value="Exchange2013_SP1">', page)

    def test_are_tried_as_they_are_chosen(self, at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        page = words(staff.sends(address(library), entered(exchange, sign_in="ntlm")).text)

        assert "Saved. The connection works." in page
        assert f"Signed in as {SERVICE} with NTLM. The server offers Basic and NTLM." in page
        assert "Version in use, found out: Exchange2016." in page
        assert {each.sign_in for each in exchange.sign_ins()} == {"ntlm"}

    @pytest.mark.parametrize("nonsense", [{"sign_in": "kerberos"}, {"version": "Exchange2099"}])
    def test_that_are_none_are_refused(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox, nonsense: dict[str, str]
    ) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(address(library), entered(exchange, **nonsense))

        assert answer.status_code == 422
        assert exchange.requests() == []


class TestFindMyServer:
    """No name server knows these names; what is found where is tried in tests/connectors and by the browser."""

    @pytest.fixture(autouse=True)
    def no_network(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Know no name, and note what was asked for."""
        asked: list[str] = []

        def unknown(host: str, *_: object, **__: object) -> list[object]:
            asked.append(host)
            raise OSError("no such name")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        return asked

    def test_asks_nothing_when_a_server_is_written_already(
        self, at_work: AtWork, library: Library, no_network: list[str]
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        typed = {"server": "mail.example.org", "username": SERVICE}

        answer = staff.sends(f"{address(library)}/propose", typed, form_on=address(library))

        assert answer.status_code == 204
        assert no_network == []

    @pytest.mark.parametrize("username", ["", "STAFF\\svc-rooms"])
    def test_asks_nothing_without_an_address(
        self, at_work: AtWork, library: Library, no_network: list[str], username: str
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(f"{address(library)}/propose", {"username": username}, form_on=address(library))

        assert answer.status_code == 204
        assert no_network == []

    def test_says_in_a_word_that_it_found_nothing_by_itself(
        self, at_work: AtWork, library: Library, no_network: list[str]
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(f"{address(library)}/propose", {"username": SERVICE}, form_on=address(library))

        assert "No server was found from this name by itself." in answer.text
        assert "autodiscover.wexcombe.example" in no_network
        assert "<html" not in answer.text

    def test_says_what_it_tried_when_the_button_was_pressed(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        typed = {"username": SERVICE, "email": SERVICE, "password": SECRET}

        answer = staff.sends(f"{address(library)}/find", typed, form_on=address(library))

        page = words(answer.text)
        assert answer.status_code == 422
        assert "No Exchange server was found for wexcombe.example." in page
        assert "autodiscover.wexcombe.example: The server cannot be reached." in page
        assert SECRET not in answer.text

    def test_needs_an_address_to_start_from(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(f"{address(library)}/find", {"username": "svc"}, form_on=address(library))

        assert "starts from an e-mail address" in words(answer.text)

    def test_is_for_administrators(self, at_work: AtWork, library: Library, no_network: list[str]) -> None:
        staff = at_work(Role.MANAGER)

        for step in ("find", "propose"):
            answer = staff.sends(f"{address(library)}/{step}", {"username": SERVICE}, form_on="/")
            assert answer.status_code == 403
        assert no_network == []


class TestSavingPaused:
    def test_asks_the_server_nothing_and_waits_to_be_resumed(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        staff.sends(address(library), entered(exchange, do="paused", password="never-tried"))
        page = words(staff.opens(address(library)).text)

        assert exchange.requests() == []
        assert "The connection is paused" in page
        assert (row := stored(staff, library)) is not None
        assert row.paused

    def test_ends_with_resume(self, at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(address(library), entered(exchange, do="paused"))

        staff.sends(f"{address(library)}/resume", form_on=address(library))

        assert (row := stored(staff, library)) is not None
        assert not row.paused


class TestThePassword:
    def test_stands_on_no_page(self, at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answers = [
            staff.sends(address(library), entered(exchange)),
            staff.sends(address(library), entered(exchange, server="")),
            staff.opens(address(library)),
            staff.sends(f"{address(library)}/test", form_on=address(library)),
            staff.opens(f"/admin/spaces/{library.room}/exchange"),
            staff.opens("/admin/sync"),
        ]

        assert [SECRET in answer.text for answer in answers] == [False] * len(answers)

    def test_and_a_private_key_pasted_by_mistake_is_not_shown_again(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        key = "-----BEGIN PRIVATE KEY-----\nQUJDREVG\n-----END PRIVATE KEY-----"

        answer = at_work(Role.ADMINISTRATOR).sends(address(library), entered(exchange, ca_pem=key))

        assert answer.status_code == 422
        assert "This holds a private key" in words(answer.text)
        assert "QUJDREVG" not in answer.text

    def test_is_kept_encrypted(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox, instance: Path
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        staff.sends(address(library), entered(exchange))

        kept = b"".join(each.read_bytes() for each in instance.iterdir() if each.is_file())
        assert exchange.url.encode() in kept
        assert SECRET.encode() not in kept


class TestAConnectionThatStands:
    def test_can_serve_a_second_location_which_is_named(
        self, at_work: AtWork, library: Library, exchange: ExchangeSandbox
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(address(library), entered(exchange))
        other = f"/admin/locations/{library.elsewhere}/exchange"

        answer = staff.sends(f"{other}/use", {"connection_id": "1"}, form_on=other)

        assert answer.status_code == 303
        assert "This password also serves Harbour Branch" in words(staff.opens(address(library)).text)

    def test_must_be_one_of_the_list(self, at_work: AtWork, library: Library) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(
            f"{address(library)}/use", {"connection_id": "99"}, form_on=address(library)
        )

        assert answer.status_code == 422

    def test_is_tested_again_as_it_is(self, at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(address(library), entered(exchange))

        answer = staff.sends(f"{address(library)}/test", form_on=address(library))

        assert "The connection, tested just now" in words(answer.text)


class TestTheEventTitle:
    @pytest.mark.parametrize("option", TitleOption)
    def test_is_what_was_chosen(self, at_work: AtWork, library: Library, option: TitleOption) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        values = {"title_option": option.value, "keep_organizers": "y", "tentative_blocks": "y"}

        staff.sends(f"{address(library)}/titles", values, form_on=address(library))

        location = staff.location(library.location)
        with staff.app.app_context(), reading() as session:
            profile = profiles.of_location(session, location.id)
        assert profile.title_option is option
        assert profile.keep_organizers
        assert profile.tentative_blocks

    def test_is_shown_with_an_example_of_each_choice(self, at_work: AtWork, library: Library) -> None:
        page = words(at_work(Role.ADMINISTRATOR).opens(address(library)).text)

        assert "Use patron name Priya Raman" in page
        assert "Use patron name and email Priya Raman, priya.raman@example.org" in page
        assert "Use public nickname Thesis group; no title when none was given" in page
        assert "A public nickname can be given in: Meeting rooms." in page

    def test_must_be_one_of_the_three(self, at_work: AtWork, library: Library) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends(
            f"{address(library)}/titles", {"title_option": "surprise"}, form_on=address(library)
        )

        assert answer.status_code == 422


class TestTheHelp:
    def test_says_why_not_office_365_any_more(self, at_work: AtWork, library: Library) -> None:
        page = words(at_work(Role.ADMINISTRATOR).opens(address(library)).text)

        assert "outlook.office365.com" in page
        assert "1 October 2026" in page
        assert "1 April 2027" in page
