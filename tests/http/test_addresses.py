import pytest

from booking.http import addresses


class TestOwn:
    @pytest.mark.parametrize("address", ["/", "/admin/bookings?state=held", "/spaces/a-b/bookings/new?start=1Z"])
    def test_keeps_an_address_of_this_site(self, address: str) -> None:
        assert addresses.own(address, otherwise="/home") == address

    @pytest.mark.parametrize(
        "address",
        [
            None,
            "",
            "//elsewhere.example",
            "https://elsewhere.example/",
            "/\\elsewhere.example",
            "javascript:x",
            "/a\nb",
        ],
    )
    def test_puts_its_own_in_place_of_any_other(self, address: str | None) -> None:
        assert addresses.own(address, otherwise="/home") == "/home"
