import re

import pytest

from booking.http import addresses
from tests.support.pages import Library, Visitor


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


class TestHere:
    def test_is_the_page_with_the_form_where_only_a_form_leads(self, desk: Visitor, library: Library) -> None:
        form = f"/spaces/{library.room}/bookings/new?start=2031-02-04T10:00Z"

        refused = desk.client.post(
            f"/spaces/{library.room}/bookings", headers={"Referer": f"http://localhost{form}"}, data={}
        )

        back = re.search(r'name="next" value="([^"]*)"', refused.text)
        assert back is not None
        assert desk.opens(back[1]).status_code == 200
        assert back[1] == form
