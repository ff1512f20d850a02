"""Finding a server from an e-mail address, among hosts that mean well and hosts that do not."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event, Thread
from typing import Any

import dns.flags
import dns.message
import dns.resolver
import dns.rrset
import pytest
import trustme

from booking.connectors import registry
from booking.connectors.ews import autodiscover_dns, autodiscover_messages
from booking.connectors.places import FoundServer
from booking.connectors.port import Definite, Kind, SignIn
from tests.connectors.connect_proxy import ConnectProxy
from tests.connectors.stub import Answer, Stub, close, hang, http

DOMAIN = "library.example"  # no name server in the world knows it
PERSON = f"svc-rooms@{DOMAIN}"
PASSWORD = "correct horse battery staple"
AUTODISCOVER, MAIL, ELSEWHERE = f"autodiscover.{DOMAIN}", f"mail.{DOMAIN}", "exchange.hosting.example"
EWS = f"https://{MAIL}/EWS/Exchange.asmx"
BASIC = http(status="401 Unauthorized", headers='WWW-Authenticate: Basic realm="mail"\r\n')
NTLM = http(status="401 Unauthorized", headers="WWW-Authenticate: NTLM\r\n")
MISSING = http(status="404 Not Found")


def away(url: str) -> Answer:
    return http(status="302 Found", headers=f"Location: {url}\r\n")


def soap(*urls: str, code: str = "NoError", target: str = "") -> Answer:
    """An answer of the SOAP service. Source: learn.microsoft.com, GetUserSettings operation (SOAP)."""
    names = ("ExternalEwsUrl", "InternalEwsUrl")
    settings = {"UserDisplayName": "Rooms", "EwsSupportedSchemas": "Exchange2007, Exchange2010, Exchange2013"}
    settings |= dict(zip(names, urls, strict=False))
    listed = "".join(f"<UserSetting><Name>{n}</Name><Value>{v}</Value></UserSetting>" for n, v in settings.items())
    return http(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover"><Response>'
        "<ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses><UserResponse>"
        f"<ErrorCode>{code}</ErrorCode><ErrorMessage/><RedirectTarget>{target}</RedirectTarget>"
        f"<UserSettings>{listed if urls else ''}</UserSettings></UserResponse></UserResponses>"
        "</Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>"
    )


def pox(url: str) -> Answer:
    """An answer of the older service. Source: learn.microsoft.com, "Autodiscover web service reference (POX)"."""
    return http(
        '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">'
        '<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">'
        "<User><DisplayName>Rooms</DisplayName></User><Account><AccountType>email</AccountType>"
        f"<Action>settings</Action><Protocol><Type>EXCH</Type><EwsUrl>{url}</EwsUrl></Protocol></Account>"
        "</Response></Autodiscover>"
    )


class World:
    """Hosts with certificates of one authority, behind a proxy that knows their names."""

    def __init__(self, stack: ExitStack) -> None:
        self.authority = trustme.CA()
        self.hosts: dict[str, Stub] = {}
        self.asked: list[str] = []  # what the proxy was to connect to
        self._stack = stack

    def host(self, name: str, *answers: Answer, certified: str = "") -> Stub:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(certified or name).configure_cert(context)
        self.hosts[name] = self._stack.enter_context(Stub(*answers, tls=context))
        return self.hosts[name]

    def find(self, password: str = PASSWORD, **changes: Any) -> FoundServer:
        proxy = self._stack.enter_context(ConnectProxy({name: each.port for name, each in self.hosts.items()}))
        self.asked = proxy.asked
        usual = {"sign_in": SignIn.BASIC, "ca_pem": self.authority.cert_pem.bytes().decode(), "email": PERSON}
        usual |= {"proxy": proxy.url, "username": "LIB\\svc"}
        return registry.find_server(**(usual | changes), password=password)

    def signed_in(self) -> list[str]:
        """The hosts that were shown a password, one for each time."""
        return [name for name, stub in self.hosts.items() for each in stub.requests if "Authorization:" in each]


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack)


class TestWithAPassword:
    def test_asks_the_soap_service_and_tells_what_it_said(self, world: World) -> None:
        told = world.host(AUTODISCOVER, BASIC, soap(EWS))
        world.host(MAIL, BASIC)

        found = world.find()

        assert found == FoundServer(EWS, "Exchange2013", "Rooms")
        assert f"<a:Mailbox>{PERSON}</a:Mailbox>" in told.requests[1]
        assert world.signed_in() == [AUTODISCOVER]

    def test_asks_the_older_service_where_there_is_no_soap(self, world: World) -> None:
        told = world.host(AUTODISCOVER, MISSING, BASIC, pox(EWS))
        world.host(MAIL, BASIC)

        assert world.find() == FoundServer(EWS, "", "Rooms")
        assert told.requests[2].startswith("POST /autodiscover/autodiscover.xml")

    def test_takes_the_address_inside_the_building_where_the_other_does_not_answer(self, world: World) -> None:
        world.host(AUTODISCOVER, BASIC, soap(f"https://outside.{DOMAIN}/EWS/Exchange.asmx", EWS))
        world.host(MAIL, BASIC)

        assert world.find().url == EWS

    def test_starts_from_a_user_name_that_is_an_address(self, world: World) -> None:
        world.host(AUTODISCOVER, BASIC, soap(EWS))
        world.host(MAIL, BASIC)

        assert world.find(email="", username=PERSON).url == EWS

    def test_goes_on_at_another_host_of_the_domain(self, world: World) -> None:
        world.host(AUTODISCOVER, away(f"https://{MAIL}/autodiscover/autodiscover.svc"), MISSING)
        world.host(MAIL, BASIC, soap(EWS), BASIC)

        assert world.find().version == "Exchange2013"
        assert world.signed_in() == [MAIL]

    def test_asks_again_for_somebody_who_has_another_address(self, world: World) -> None:
        other = soap(code="RedirectAddress", target=f"rooms@{DOMAIN}")
        told = world.host(AUTODISCOVER, BASIC, other, soap(EWS))
        world.host(MAIL, BASIC)

        assert world.find().url == EWS
        assert f"<a:Mailbox>rooms@{DOMAIN}</a:Mailbox>" in told.requests[2]

    def test_asks_for_another_address_a_few_times_only(self, world: World) -> None:
        told = world.host(AUTODISCOVER, BASIC, soap(code="RedirectAddress", target=f"rooms@{DOMAIN}"))

        with pytest.raises(Definite):
            world.find()

        assert len([each for each in told.requests if each.startswith("POST")]) < 8

    def test_does_not_ask_for_an_address_elsewhere(self, world: World) -> None:
        told = world.host(AUTODISCOVER, BASIC, soap(code="RedirectAddress", target=f"rooms@{ELSEWHERE}"), MISSING)

        with pytest.raises(Definite):
            world.find()

        assert not any(ELSEWHERE in each for each in [*told.requests, *world.asked])

    def test_that_is_wrong_is_tried_once_in_all(self, world: World) -> None:
        world.host(AUTODISCOVER, BASIC)
        world.host(DOMAIN, BASIC)

        with pytest.raises(Definite) as refusal:
            world.find()

        assert refusal.value.kind is Kind.SIGN_IN
        assert world.signed_in() == [AUTODISCOVER]

    def test_is_not_shown_again_when_nobody_says_whether_it_is_right(self, world: World) -> None:
        """A server may hang up on a wrong password; a second one, and a third, would lock the account."""
        world.host(AUTODISCOVER, BASIC, close, BASIC)
        world.host(DOMAIN, BASIC)

        found = world.find()

        assert found == FoundServer(f"https://{AUTODISCOVER}/EWS/Exchange.asmx")
        assert world.signed_in() == [AUTODISCOVER]

    def test_finds_nothing_at_an_address_that_is_none(self, world: World) -> None:
        world.host(AUTODISCOVER, away("https://[none"))

        with pytest.raises(Definite) as failure:
            world.find()

        assert failure.value.kind is Kind.PERMANENT

    def test_is_not_shown_to_a_host_that_wants_it_in_another_way(self, world: World) -> None:
        world.host(AUTODISCOVER, BASIC)

        found = world.find(sign_in=SignIn.NTLM)

        assert found == FoundServer(f"https://{AUTODISCOVER}/EWS/Exchange.asmx")
        assert world.signed_in() == []

    @pytest.mark.parametrize(
        "named",
        [
            (away(f"https://{ELSEWHERE}/autodiscover/autodiscover.xml"),),
            (BASIC, soap(code="RedirectUrl", target=f"https://{ELSEWHERE}/autodiscover/autodiscover.xml"), MISSING),
            (BASIC, away(f"https://{ELSEWHERE}/autodiscover/autodiscover.xml"), MISSING),
        ],
    )
    def test_is_never_shown_to_a_host_outside_the_domain(self, world: World, named: tuple[Answer, ...]) -> None:
        world.host(AUTODISCOVER, *named)
        world.host(ELSEWHERE, BASIC)

        found = world.find()

        assert found == FoundServer(f"https://{ELSEWHERE}/EWS/Exchange.asmx")
        assert ELSEWHERE not in world.signed_in()

    def test_is_not_shown_to_a_domain_that_merely_ends_alike(self, world: World) -> None:
        world.host(AUTODISCOVER, away(f"https://evil{DOMAIN}/autodiscover/autodiscover.xml"))
        world.host(f"evil{DOMAIN}", BASIC)

        world.find()

        assert world.signed_in() == []


class TestWithoutAPassword:
    def test_takes_the_first_host_that_answers_like_exchange(self, world: World) -> None:
        world.host(AUTODISCOVER, http("<html>Welcome</html>"))
        world.host(MAIL, NTLM)

        assert world.find("") == FoundServer(EWS)
        assert world.signed_in() == []

    def test_goes_where_a_host_sends_strangers(self, world: World) -> None:
        world.host(AUTODISCOVER, MISSING, away(f"https://{ELSEWHERE}/autodiscover/autodiscover.xml"))
        world.host(ELSEWHERE, NTLM)

        assert world.find("").url == f"https://{ELSEWHERE}/EWS/Exchange.asmx"

    def test_does_not_take_a_page_for_a_server(self, world: World) -> None:
        world.host(AUTODISCOVER, http("<html>Welcome</html>"))
        world.host(DOMAIN, http(status="401 Unauthorized", headers="WWW-Authenticate: Bearer\r\n"))

        with pytest.raises(Definite) as refusal:
            world.find("")

        words = str(refusal.value)
        assert f"No Exchange server was found for {DOMAIN}." in words
        assert f"{AUTODISCOVER}: It answers, but not as Exchange does." in words
        assert f"{MAIL}: " in words


class TestGuards:
    @pytest.mark.parametrize(
        "url",
        [
            "https://127.0.0.1/EWS/Exchange.asmx",
            "https://169.254.169.254/EWS/Exchange.asmx",
            "https://localhost/EWS/Exchange.asmx",
            f"http://{MAIL}/EWS/Exchange.asmx",
            f"https://ada:secret@{MAIL}/EWS/Exchange.asmx",
            "file:///etc/passwd",
        ],
    )
    def test_keep_out_what_no_connection_may_use(self, world: World, url: str) -> None:
        world.host(AUTODISCOVER, BASIC, soap(url), MISSING)
        mail = world.host(MAIL, MISSING)

        with pytest.raises(Definite) as refusal:
            world.find()

        assert refusal.value.kind is Kind.PERMANENT
        assert "secret" not in str(refusal.value)
        assert not any(each.startswith(("127.", "169.", "localhost")) for each in world.asked)
        assert all("/EWS/" not in each or "GET /EWS/Exchange.asmx" in each for each in mail.requests)

    def test_follow_no_redirection_to_plain_http(self, world: World) -> None:
        world.host(AUTODISCOVER, away(f"http://{ELSEWHERE}/autodiscover/autodiscover.xml"))

        with pytest.raises(Definite):
            world.find()

        assert not any(ELSEWHERE in each for each in world.asked)

    def test_end_a_chain_of_redirections(self, world: World) -> None:
        for number in range(12):
            name = AUTODISCOVER if number == 0 else f"hop{number}.{DOMAIN}"
            world.host(name, away(f"https://hop{number + 1}.{DOMAIN}/autodiscover/autodiscover.xml"))

        with pytest.raises(Definite):
            world.find()

        assert f"hop4.{DOMAIN}:443" in world.asked
        assert f"hop5.{DOMAIN}:443" not in world.asked

    def test_trust_no_certificate_for_another_name(self, world: World) -> None:
        host = world.host(AUTODISCOVER, BASIC, soap(EWS), certified="www.example")

        with pytest.raises(Definite, match="certificate is not trusted"):
            world.find()

        assert host.requests == []

    @pytest.mark.parametrize(
        "content",
        [
            b"<html>Welcome",
            b"",
            (
                b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><Autodiscover><Account><Protocol>'
                b"<Type>EXPR</Type><EwsUrl>&e;</EwsUrl></Protocol></Account></Autodiscover>"
            ),
        ],
    )
    def test_read_no_nonsense(self, content: bytes) -> None:
        assert autodiscover_messages.read(content) is None

    @pytest.mark.parametrize("email", ["", "svc", "svc@", "svc@exa mple", "svc@-", "svc@ex/ample.org"])
    def test_start_from_an_address_only(self, world: World, email: str) -> None:
        with pytest.raises(Definite) as refusal:
            world.find(email=email, username="LIB\\svc")

        assert refusal.value.kind is Kind.PERMANENT
        assert "e-mail address" in str(refusal.value)
        assert world.asked == []


def drip_head(client: socket.socket) -> None:
    """Never come to the end of what stands above the body."""
    client.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        client.sendall(b"x")
        Event().wait(0.05)


class TestDeadline:
    @pytest.mark.parametrize("how", [hang, drip_head])
    @pytest.mark.parametrize("password", ["", PASSWORD])
    def test_holds_for_the_whole_search(self, world: World, how: Answer, password: str) -> None:
        for name in (AUTODISCOVER, DOMAIN, MAIL):
            world.host(name, BASIC, how) if password else world.host(name, how)
        began = time.monotonic()

        with pytest.raises(Definite) as refusal:
            world.find(password, deadline_seconds=0.6, leg_seconds=20.0)

        assert time.monotonic() - began < 8
        assert refusal.value.kind is Kind.TRANSIENT
        assert "0.6 seconds" in str(refusal.value)


class TestDns:
    def test_names_hosts_in_their_order(self) -> None:
        records = ["20 0 443 late.example.", "10 5 443 Mail.Example.", "10 1 8443 port.example.", "10 0 443 ."]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            Thread(target=_answer, args=(server, records), daemon=True).start()

            found = autodiscover_dns.targets(DOMAIN, seconds=5, asking=_resolver(server))

        assert found == ("mail.example", "late.example")

    def test_that_does_not_answer_is_not_waited_for(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            began = time.monotonic()

            assert autodiscover_dns.targets(DOMAIN, seconds=0.2, asking=_resolver(server)) == ()

        assert time.monotonic() - began < 5


def _resolver(server: socket.socket) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = ["127.0.0.1"]
    made.port = server.getsockname()[1]
    return made


def _answer(server: socket.socket, records: list[str]) -> None:
    data, sender = server.recvfrom(4096)
    question = dns.message.from_wire(data)
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "SRV", *records))
    server.sendto(answer.to_wire(), sender)
