"""What staff type as the server."""

import pytest

from booking.connectors.ews import address

USUAL = "https://mail.example.org/EWS/Exchange.asmx"


class TestEndpoint:
    @pytest.mark.parametrize(
        ("typed", "url"),
        [
            ("mail.example.org", USUAL),
            (" mail.example.org ", USUAL),
            ("https://mail.example.org", USUAL),
            ("https://mail.example.org/", USUAL),
            ("HTTPS://Mail.Example.org/", USUAL),
            ("https://mail.example.org:443", USUAL),
            (USUAL, USUAL),
            ("mail.example.org/EWS/Exchange.asmx", USUAL),
            ("mail.example.org:8443", "https://mail.example.org:8443/EWS/Exchange.asmx"),
            ("https://mail.example.org/exchange/ews.asmx", "https://mail.example.org/exchange/ews.asmx"),
            ("https://[2001:db8::7]", "https://[2001:db8::7]/EWS/Exchange.asmx"),
        ],
    )
    def test_is_found_from_what_people_type(self, typed: str, url: str) -> None:
        assert address.endpoint(typed, allow_local=False).url == url

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "   ",
            "http://mail.example.org",
            "ftp://mail.example.org",
            "mail example.org",
            "https://",
            "https://svc:secret@mail.example.org",
            "mail.example.org?x=1",
            "mail.example.org#top",
            "mail.example.org:port",
        ],
    )
    def test_is_refused_for_what_is_no_secure_address(self, typed: str) -> None:
        with pytest.raises(address.AddressRefused):
            address.endpoint(typed, allow_local=False)

    @pytest.mark.parametrize("typed", ["https://svc:secret@mail.example.org?x", "https://svc:secret@[", "a:secret@b c"])
    def test_never_repeats_a_password_in_what_is_no_address_either(self, typed: str) -> None:
        with pytest.raises(address.AddressRefused) as refusal:
            address.endpoint(typed, allow_local=False)

        assert "secret" not in str(refusal.value)

    def test_never_repeats_a_password(self) -> None:
        with pytest.raises(address.AddressRefused) as refusal:
            address.endpoint("https://svc:secret@mail.example.org", allow_local=False)

        assert "secret" not in str(refusal.value)

    def test_may_be_plain_http_only_where_local_servers_are_allowed(self) -> None:
        url = "http://127.0.0.1:5001/EWS/Exchange.asmx"

        assert address.endpoint(url, allow_local=True).url == url
