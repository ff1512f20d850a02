"""Which machines a connection may talk to."""

import socket
import time
from threading import Event

import pytest

from booking.connectors import hosts


def allowed(host: str, *, allow_local: bool = False) -> list[str]:
    return hosts.allowed(host, 443, allow_local=allow_local, seconds=5)


class TestAllowed:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "127.8.9.10",
            "2130706433",  # the same, as a number
            "localhost",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "0.0.0.0",  # noqa: S104 - refused, not listened on
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "ff02::1",
        ],
    )
    def test_refuses_this_machine_its_link_and_what_is_no_machine(self, host: str) -> None:
        with pytest.raises(hosts.HostRefused):
            allowed(host)

    @pytest.mark.parametrize("host", ["10.1.2.3", "172.16.0.9", "192.168.1.20", "203.0.113.7", "fd12:3456::1"])
    def test_takes_private_and_public_addresses(self, host: str) -> None:
        assert allowed(host) == [host]

    def test_takes_this_machine_where_the_settings_file_allows_it(self) -> None:
        assert allowed("127.0.0.1", allow_local=True) == ["127.0.0.1"]

    def test_judges_every_address_of_a_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        both = [(socket.AF_INET, 1, 6, "", ("203.0.113.7", 443)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

        with pytest.raises(hosts.HostRefused, match=r"127\.0\.0\.1"):
            allowed("two-faced.example")

    def test_says_when_a_name_does_not_resolve(self) -> None:
        with pytest.raises(hosts.HostUnknown, match=r"mail\.invalid"):
            allowed("mail.invalid")

    def test_does_not_wait_for_a_slow_name_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = Event()

        def slow(*_: object, **__: object) -> list[object]:
            answer.wait(10)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        began = time.monotonic()

        with pytest.raises(hosts.HostUnknown, match="longer than"):
            hosts.allowed("slow.example", 443, allow_local=False, seconds=0.1)

        assert time.monotonic() - began < 3
        answer.set()


class TestBeyondAProxy:
    @pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "::1", "169.254.169.254", "localhost", "a.Localhost."])
    def test_refuses_what_is_local_by_its_looks(self, host: str) -> None:
        with pytest.raises(hosts.HostRefused):
            hosts.allowed_beyond(host, 443, allow_local=False, seconds=5)

    def test_refuses_a_name_that_leads_here_for_us_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        here = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)

        with pytest.raises(hosts.HostRefused):
            hosts.allowed_beyond("rebound.example", 443, allow_local=False, seconds=5)

    def test_leaves_a_name_that_we_do_not_know_to_the_proxy(self) -> None:
        assert hosts.allowed_beyond("mail.invalid", 443, allow_local=False, seconds=5) == []

    def test_takes_this_machine_where_the_settings_file_allows_it(self) -> None:
        assert hosts.allowed_beyond("127.0.0.1", 443, allow_local=True, seconds=5) == ["127.0.0.1"]
