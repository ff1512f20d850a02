"""Autodiscover: the SOAP way judged by exchangelib's own client over TLS, the plain way by its documented answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
from exchangelib import Configuration
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.errors import RedirectError, UnauthorizedError
from exchangelib.properties import UserResponse
from exchangelib.protocol import BaseProtocol, FailFast
from lxml import etree
from requests.adapters import HTTPAdapter
from requests_ntlm import HttpNtlmAuth

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2010, EXCHANGE_2019
from tests.sandbox.exchange import ANN, NOW, PASSWORD, ROOM, SERVICE, OwnCredentials, furnish

OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
SERVICE_SPACE = "http://schemas.microsoft.com/exchange/2010/Autodiscover"


class _Trusting(HTTPAdapter):
    """exchangelib's way out, trusting the sandbox's authority as a machine would on which it is installed."""

    authority = ""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT002 - the signature of requests
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002, FBT002 - as above
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        return super().send(request, stream, timeout, self.authority, cert, proxies)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ExchangeSandbox]:
    """A furnished sandbox over TLS, whom exchangelib trusts."""
    usual = BaseProtocol.HTTP_ADAPTER_CLS
    with ExchangeSandbox(now=lambda: NOW, tls=True) as server:
        furnish(server)
        file = tmp_path / "ca.pem"
        file.write_text(server.ca_pem)
        _Trusting.authority = str(file)
        BaseProtocol.HTTP_ADAPTER_CLS = _Trusting
        yield server
        BaseProtocol.HTTP_ADAPTER_CLS = usual


def ask(
    sandbox: ExchangeSandbox, address: str, *, auth_type: str | None = "basic", password: str = PASSWORD
) -> UserResponse:
    """What exchangelib makes of the SOAP answer."""
    config = Configuration(
        service_endpoint=f"{sandbox.url}/autodiscover/autodiscover.svc",
        credentials=OwnCredentials(SERVICE, password),
        auth_type=auth_type,
        retry_policy=FailFast(),
    )
    protocol = AutodiscoverProtocol(config=config)
    try:
        return protocol.get_user_settings(user=address)
    finally:
        protocol.close()


def plain(sandbox: ExchangeSandbox, body: str, **options: object) -> requests.Response:
    """The answer to a plain XML request."""
    given = {"auth": (SERVICE, PASSWORD), "timeout": 10, "verify": _Trusting.authority} | options
    url = f"{sandbox.url}/Autodiscover/Autodiscover.xml"
    return requests.post(url, data=body, **given)  # type: ignore[arg-type]  # noqa: S113 - in `given`


def wish(address: str, schema: str = OUTLOOK) -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{REQUEST}"><Request>
      <EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>{schema}</AcceptableResponseSchema>
    </Request></Autodiscover>"""


def said(answer: requests.Response, name: str) -> list[str]:
    """The texts of all elements of that name, whatever their namespace."""
    return [each.text or "" for each in etree.fromstring(answer.content).iter(f"{{*}}{name}")]


class TestSoap:
    @pytest.mark.parametrize("auth_type", ["basic", "NTLM", None])
    def test_tells_where_ews_is(self, sandbox: ExchangeSandbox, auth_type: str | None) -> None:
        found = ask(sandbox, ROOM, auth_type=auth_type)

        assert found.ews_url == sandbox.ews_url
        assert (found.autodiscover_smtp_address, found.user_settings["user_display_name"]) == (ROOM, "Reading Room")

    @pytest.mark.parametrize(
        ("personality", "build", "newest"),
        [(EXCHANGE_2010, 14, "Exchange2010_SP2"), (EXCHANGE_2019, 15, "Exchange2016")],
    )
    def test_tells_its_version(self, personality: object, build: int, newest: str) -> None:
        with ExchangeSandbox(personality=personality) as sandbox:  # type: ignore[arg-type]  # one of two
            furnish(sandbox)

            found = ask(sandbox, ROOM)

        assert found.version.build.major_version == build
        assert found.user_settings["ews_supported_schemas"].split(", ")[-1] == newest

    def test_knows_nobody_of_that_address(self, sandbox: ExchangeSandbox) -> None:
        assert ask(sandbox, "nobody@wexcombe.example").error_code == "InvalidUser"

    def test_sends_to_another_address(self, sandbox: ExchangeSandbox) -> None:
        sandbox.redirect_autodiscover(ROOM, ANN)

        assert ask(sandbox, ROOM).redirect_address == ANN

    def test_sends_to_another_url(self, sandbox: ExchangeSandbox) -> None:
        sandbox.redirect_autodiscover(ROOM, "https://other.example/autodiscover/autodiscover.svc")

        assert ask(sandbox, ROOM).redirect_url == "https://other.example/autodiscover/autodiscover.svc"

    def test_may_be_somewhere_else_altogether(self, sandbox: ExchangeSandbox) -> None:
        sandbox.move_autodiscover("https://other.example/autodiscover/autodiscover.svc")

        with pytest.raises(RedirectError, match=r"other\.example"):
            ask(sandbox, ROOM)

    def test_may_name_another_server(self, sandbox: ExchangeSandbox) -> None:
        sandbox.announce_ews_at("https://mail.wexcombe.example/EWS/Exchange.asmx")

        assert ask(sandbox, ROOM).ews_url == "https://mail.wexcombe.example/EWS/Exchange.asmx"

    def test_needs_a_sign_in(self, sandbox: ExchangeSandbox) -> None:
        with pytest.raises(UnauthorizedError):
            ask(sandbox, ROOM, password="wrong")

        assert [each.outcome for each in sandbox.sign_ins()] == ["401"]

    def test_says_which_settings_it_has_not(self, sandbox: ExchangeSandbox) -> None:
        answer = _soap(sandbox, _wishes(ROOM, "ExternalEwsUrl", "MailboxDN"))

        assert said(answer, "SettingName") == ["MailboxDN"]
        assert said(answer, "Value") == [sandbox.ews_url]

    def test_answers_for_each_address(self, sandbox: ExchangeSandbox) -> None:
        answer = _soap(sandbox, _wishes(ROOM, "UserDisplayName").replace("</Users>", _user("x@y.example") + "</Users>"))

        assert said(answer, "ErrorCode") == ["NoError", "NoError", "InvalidUser"]

    @pytest.mark.parametrize("body", ["", "<a/>", "hello"])
    def test_calls_nonsense_a_fault(self, sandbox: ExchangeSandbox, body: str) -> None:
        answer = _soap(sandbox, body)

        assert (answer.status_code, len(said(answer, "faultstring"))) == (500, 1)

    def test_calls_a_request_for_nobody_invalid(self, sandbox: ExchangeSandbox) -> None:
        answer = _soap(sandbox, _wishes("", "UserDisplayName"))

        assert said(answer, "ErrorCode") == ["InvalidRequest"]


class TestPlainXml:
    def test_tells_where_ews_is(self, sandbox: ExchangeSandbox) -> None:
        answer = plain(sandbox, wish(ROOM))

        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
        assert said(answer, "EwsUrl") == [sandbox.ews_url] * 2
        assert said(answer, "Type") == ["EXCH", "EXPR"]
        assert said(answer, "ServerVersion") == ["73C189CB"]
        assert (said(answer, "Action"), said(answer, "DisplayName")) == (["settings"], ["Reading Room"])

    def test_may_be_asked_with_ntlm(self, sandbox: ExchangeSandbox) -> None:
        answer = plain(sandbox, wish(ROOM), auth=HttpNtlmAuth(SERVICE, PASSWORD))

        assert said(answer, "EwsUrl") == [sandbox.ews_url] * 2
        assert [(each.operation, each.outcome, each.judged) for each in sandbox.requests()] == [
            ("", "401", False),
            ("", "401 challenge", False),
            ("Autodiscover", "NoError", True),
        ]

    def test_needs_a_sign_in(self, sandbox: ExchangeSandbox) -> None:
        assert plain(sandbox, wish(ROOM), auth=(SERVICE, "wrong")).status_code == 401

    def test_sends_to_another_address(self, sandbox: ExchangeSandbox) -> None:
        sandbox.redirect_autodiscover(ROOM, ANN)

        answer = plain(sandbox, wish(ROOM))

        assert (said(answer, "Action"), said(answer, "RedirectAddr")) == (["redirectAddr"], [ANN])

    def test_sends_to_another_url(self, sandbox: ExchangeSandbox) -> None:
        sandbox.redirect_autodiscover(ROOM, "https://other.example/autodiscover/autodiscover.xml")

        answer = plain(sandbox, wish(ROOM))

        assert said(answer, "Action") == ["redirectUrl"]
        assert said(answer, "RedirectUrl") == ["https://other.example/autodiscover/autodiscover.xml"]

    def test_may_be_somewhere_else_altogether(self, sandbox: ExchangeSandbox) -> None:
        sandbox.move_autodiscover("https://other.example/autodiscover/autodiscover.xml")

        answer = plain(sandbox, wish(ROOM), auth=None, allow_redirects=False)

        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            "https://other.example/autodiscover/autodiscover.xml",
        )

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (wish("nobody@wexcombe.example"), "500"),
            ("", "600"),
            ("<Autodiscover/>", "600"),
            (wish(""), "600"),
            (wish(ROOM, "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"), "601"),
        ],
    )
    def test_says_what_is_wrong(self, sandbox: ExchangeSandbox, body: str, code: str) -> None:
        answer = plain(sandbox, body)

        assert (answer.status_code, said(answer, "ErrorCode")) == (200, [code])


def _wishes(address: str, *settings: str) -> str:
    wanted = "".join(f"<Setting>{each}</Setting>" for each in settings)
    return f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
      <GetUserSettingsRequestMessage xmlns="{SERVICE_SPACE}"><Request><Users>{_user(address)}</Users>
      <RequestedSettings>{wanted}</RequestedSettings></Request></GetUserSettingsRequestMessage></s:Body></s:Envelope>"""


def _user(address: str) -> str:
    return f"<User><Mailbox>{address}</Mailbox></User>"


def _soap(sandbox: ExchangeSandbox, body: str) -> requests.Response:
    url = f"{sandbox.url}/autodiscover/autodiscover.svc"
    return requests.post(url, data=body, auth=(SERVICE, PASSWORD), verify=_Trusting.authority, timeout=10)
