"""Connecting a server in a browser, on a real process beside a stand-in Exchange whose request log judges it too.

First as Coconut's administrators do it: UPN, NTLM, a version, impersonation, and then the server is another one. Then
as SysAid's: the NetBIOS form, the account's own address, additional e-mail domains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2010, EXCHANGE_2016, Personality
from tests.cli import house as houses
from tests.cli.house import ACCOUNT, PASSWORD, House, address
from tests.support import processes
from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

STAFF, STAFF_PASSWORD = "mina@library.example", "a long enough password"
NAME = "Coconut’s Exchange"
OUTSIDE = "hall@annexe.example"
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem"}
#: A whole test, and what a page needs besides.
PATIENCE_MS = 35_000


@dataclass
class Desk:
    """An administrator before a browser, and a server that can be replaced by another one."""

    page: Page
    site: str
    house: House
    exchange: ExchangeSandbox
    folder: Path

    def opens(self, address: str) -> None:
        self.page.goto(f"{self.site}{address}")

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, words: str) -> None:
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)

    def becomes(self, personality: Personality) -> None:
        """Let another kind of Exchange answer at the same address, with the same mailboxes."""
        self.exchange.close()
        self.exchange = server(self.folder, self.exchange.port, personality)
        self.exchange.start()

    def faults(self) -> list[str]:
        """Return what axe finds on the page, and whether it is too wide for a phone."""
        found = Axe().run(self.page).response["violations"]
        self.page.set_viewport_size(PHONE)
        wide = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        self.page.set_viewport_size(DESKTOP)
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]] + ["too wide"] * wide


def server(folder: Path, port: int, personality: Personality) -> ExchangeSandbox:
    return ExchangeSandbox(folder / "exchange", port=port, personality=personality)


@pytest.fixture
def desk(page: Page, settings: Settings, tmp_path: Path) -> Iterator[Desk]:
    """Give an administrator, signed in, of two libraries with nothing connected."""
    exchange = server(tmp_path, processes.free_port(), EXCHANGE_2016)
    exchange.start()
    house = houses.furnished(settings, exchange)
    exchange.add_account(
        username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service", domain_login="LIBRARY\\svc-rooms"
    )
    exchange.add_room(OUTSIDE, "Annexe Hall")
    exchange.grant(ACCOUNT, OUTSIDE, "impersonate")
    who = ["--first", "Mina", "--last", "Okafor", "--role", "administrator", "--password-stdin"]
    assert house.runs("staff", "add", STAFF, *who, typed=f"{STAFF_PASSWORD}\n").exit_code == 0
    port = processes.free_port()
    command = [processes.BOOKING, "--instance", str(settings.instance), "serve", "--port", str(port)]
    environ = {
        "BOOKING_DATABASE_URL": settings.database_url,
        "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
        "BOOKING_SECURE_COOKIES": "false",
    }
    with processes.running(command, ports=[port], environ=environ) as process:
        desk = Desk(page, f"http://127.0.0.1:{port}", house, exchange, tmp_path)
        desk.opens("/sign-in")
        page.get_by_label("E-mail address").fill(STAFF)
        page.get_by_label("Password").fill(STAFF_PASSWORD)
        desk.presses("Sign in")
        page.wait_for_url("**/admin**")
        yield desk
        assert "Traceback" not in process.output
        assert PASSWORD not in process.output
    desk.exchange.close()


class TestCoconutsWay:
    def test_is_upn_ntlm_a_version_and_impersonation(self, desk: Desk) -> None:
        page, found = desk.page, {}
        page.get_by_role("link", name="Outlook/Exchange").click()
        desk.sees("No connection yet")
        found["none"] = desk.faults()
        page.get_by_role("link", name="Add a connection").click()

        page.get_by_label("Name of this connection").fill(NAME)
        page.get_by_label("Username").fill(ACCOUNT)
        page.get_by_label("E-mail address of the account").fill(ACCOUNT)
        desk.sees("No server was found from this name by itself.")  # looked for when the user name was left
        page.get_by_label("Server/Host").fill(desk.exchange.ews_url)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("NTLM").check()
        page.get_by_label("Exchange version").select_option("Exchange2016")
        page.get_by_label("Impersonation").check()
        found["filled in"] = desk.faults()
        desk.presses("Save and test")
        desk.sees("was added. Next: test it with a room")

        assert {each.sign_in for each in desk.exchange.sign_ins()} == {"ntlm"}
        page.get_by_role("combobox", name="Mailbox").fill(address("lab"))
        desk.presses("Test connection")
        desk.sees("Successful with warnings, after")
        desk.sees(f"Media Lab ({address('lab')}).")
        found["tested"] = desk.faults()

        desk.becomes(EXCHANGE_2010)
        page.get_by_role("combobox", name="Mailbox").fill(address("lab"))
        desk.presses("Test connection")
        desk.sees("Failed, after")
        desk.sees("The server is older than the version that this connection is set to")
        desk.sees("Last time it was Exchange Server 2016")
        found["another server"] = desk.faults()

        page.get_by_label("Exchange version").select_option("")
        desk.presses("Save and test")
        desk.sees("At the last test it was Exchange Server 2016; now another one answers.")
        desk.sees("An administrator has updated or replaced the server.")

        page.get_by_role("link", name="Rights of the account").click()
        desk.sees(f"-User '{ACCOUNT}' -CustomRecipientWriteScope")
        found["rights"] = desk.faults()
        desk.opens("/admin/exchange/1")
        page.get_by_role("link", name="Microsoft’s Remote Connectivity Analyzer").click()
        desk.sees("Service Account Access (Developers)")
        found["analyzer"] = desk.faults()

        page.get_by_role("link", name="Connections").first.click()
        expect(page.get_by_role("row", name=NAME)).to_contain_text("Works")
        found["listed"] = desk.faults()
        assert {state: each for state, each in found.items() if each} == {}
        assert not WRITES & {each.operation for each in desk.exchange.requests()}


class TestSysAidsWay:
    def test_is_netbios_the_accounts_own_address_and_additional_domains(self, desk: Desk) -> None:
        page = desk.page
        desk.opens("/admin/locations/central/exchange")
        page.get_by_label("Server/Host").fill(desk.exchange.ews_url)
        page.get_by_label("Username").fill("svc-rooms")
        page.get_by_label("Windows domain (NetBIOS)").fill("HALL")
        page.get_by_label("E-mail address of the account").fill(ACCOUNT)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        desk.presses("Save and test")
        desk.sees("Not saved. The test failed.")
        desk.sees(f"try {ACCOUNT}")
        assert len(desk.exchange.sign_ins()) == 1  # the other form is suggested, and not tried

        page.get_by_label("Windows domain (NetBIOS)").fill("LIBRARY")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        desk.presses("Save and test")
        desk.sees("Saved. The connection works.")
        desk.sees("Signed in as LIBRARY\\svc-rooms with Basic.")

        self.pairs(desk, "lab", OUTSIDE)
        desk.sees(f"{OUTSIDE} lies in none of the e-mail domains of this connection: library.example.")
        desk.opens("/admin/exchange/1")
        page.get_by_text("E-mail domains, alerts, owner").click()
        page.get_by_label("Additional e-mail domains").fill("annexe.example, dev.library.example")
        desk.presses("Save and test")
        desk.sees("Saved. Successful with warnings")  # its line to the stand-in is not encrypted

        self.pairs(desk, "lab", OUTSIDE)
        expect(page.locator("main")).to_contain_text("The mailbox exists")
        expect(page.locator("main")).not_to_contain_text("lies in none of the e-mail domains")

    def pairs(self, desk: Desk, space: str, mailbox: str) -> None:
        desk.opens(f"/admin/spaces/{space}/exchange")
        desk.page.get_by_label("Outlook/Exchange Resource").fill(mailbox)
        desk.page.get_by_role("button", name="Save & Test").click()
        desk.sees(mailbox)
