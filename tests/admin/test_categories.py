from collections.abc import Callable

from booking.domain.permissions import Role
from tests.admin.staff import Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]


class TestCategories:
    def test_are_added_with_their_rules(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {"name": "Quiet pods", "position": "0", "longest_minutes": "90", "nickname_allowed": "y"}

        staff.sends(f"/admin/locations/{library.location}/categories/new", values)

        page = words(staff.opens(f"/admin/locations/{library.location}/categories").text)
        assert "Quiet pods 0 30 min to 1 h 30 min" in page

    def test_show_their_rules_in_the_form_again(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/locations/{library.location}/categories/{library.category}"
        staff.sends(address, {"name": "Study rooms", "slug": library.category, "position": "2", "step_minutes": "15"})

        page = staff.opens(address).text

        assert 'value="15"' in page

    def test_are_unknown_in_another_location(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.opens(f"/admin/locations/{library.elsewhere}/categories/{library.category}")

        assert answer.status_code == 404

    def test_are_retired_with_their_spaces(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/locations/{library.location}/categories/{library.category}/retire"

        answer = staff.sends(address)

        assert answer.status_code == 303
        assert "Gaskell Room" not in staff.opens(f"/admin/locations/{library.location}/spaces").text


class TestZones:
    def test_are_added_and_renamed(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/locations/{library.location}/zones"

        staff.sends(address, {"name": "Under the roof", "position": "0"})
        staff.sends(f"{address}/1", {"name": "Upper floor", "position": "0"})

        page = words(staff.opens(address).text)
        assert "Upper floor" in page
        assert "Under the roof" not in page

    def test_do_not_stand_twice_under_one_name(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/locations/{library.location}/zones"
        staff.sends(address, {"name": "Second floor", "position": "0"})

        answer = staff.sends(address, {"name": "Second floor", "position": "0"})

        assert answer.status_code == 422
        assert "with this name already" in words(answer.text)

    def test_are_unknown_in_another_location(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(f"/admin/locations/{library.location}/zones", {"name": "Second floor", "position": "0"})

        assert staff.opens(f"/admin/locations/{library.elsewhere}/zones/1").status_code == 404
