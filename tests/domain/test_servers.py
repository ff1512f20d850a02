import pytest

from booking.domain import servers
from booking.domain.entries import Entries


class TestLogin:
    @pytest.mark.parametrize(
        ("username", "netbios", "signs_in_as"),
        [
            ("svc-rooms", "STAFF", "STAFF\\svc-rooms"),
            ("svc-rooms", "", "svc-rooms"),
            ("svc-rooms@example.org", "STAFF", "svc-rooms@example.org"),
            ("STAFF\\svc-rooms", "STAFF", "STAFF\\svc-rooms"),
        ],
    )
    def test_is_the_name_with_its_domain_once(self, username: str, netbios: str, signs_in_as: str) -> None:
        assert servers.login(username, netbios) == signs_in_as


class TestCheckLogin:
    @pytest.mark.parametrize(
        ("username", "netbios"), [("svc", "STAFF"), ("staff\\svc", "STAFF"), ("svc@example.org", ""), ("svc", "")]
    )
    def test_passes_what_can_be(self, username: str, netbios: str) -> None:
        entries = Entries()

        servers.check_login(entries, username, netbios)

        assert entries.mistakes == {}

    @pytest.mark.parametrize(
        ("username", "netbios", "field"),
        [
            ("svc", "STAFF\\", "netbios"),
            ("svc", "@example.org", "netbios"),
            ("HALL\\svc", "STAFF", "netbios"),
            ("\\svc", "", "username"),
            ("STAFF\\", "", "username"),
        ],
    )
    def test_names_the_field_that_cannot(self, username: str, netbios: str, field: str) -> None:
        entries = Entries()

        servers.check_login(entries, username, netbios)

        assert list(entries.mistakes) == [field]
