from collections.abc import Callable

from flask import Flask

from booking.domain.permissions import Role
from booking.store.database import transaction
from booking.store.models import Space
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]
GOOD = {"name": "Mill Lane Library", "zone": "Europe/London", "is_public": "y", "position": "0"}


class TestTheList:
    def test_shows_a_librarian_only_their_location(self, at_work: AtWork) -> None:
        page = words(at_work(Role.LIBRARIAN).opens("/admin/locations").text)

        assert "Central Library" in page
        assert "Harbour Branch" not in page

    def test_offers_a_new_one_to_administrators_alone(self, at_work: AtWork) -> None:
        assert "Add a location" in at_work(Role.ADMINISTRATOR).opens("/admin/locations").text
        assert "Add a location" not in at_work(Role.MANAGER).opens("/admin/locations").text


class TestANewLocation:
    def test_is_added_and_leads_to_its_categories(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends("/admin/locations/new", GOOD)

        assert answer.status_code == 303
        assert answer.headers["Location"] == "/admin/locations/mill-lane-library/categories"
        assert staff.location("mill-lane-library").zone == "Europe/London"

    def test_names_what_is_missing_beside_each_field(self, at_work: AtWork) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends("/admin/locations/new", {"position": "first"})

        page = words(answer.text)
        assert answer.status_code == 422
        assert "Write a name." in page
        assert "Choose a time zone." in page
        assert "Write a whole number" in page

    def test_knows_no_made_up_zone_and_keeps_what_was_typed(self, at_work: AtWork) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends("/admin/locations/new", {**GOOD, "zone": "Europe/Wexcombe"})

        assert answer.status_code == 422
        assert "There is no time zone “Europe/Wexcombe”" in words(answer.text)
        assert 'value="Mill Lane Library"' in answer.text

    def test_needs_a_short_name_that_fits_into_addresses(self, at_work: AtWork) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends("/admin/locations/new", {**GOOD, "slug": "Mill Lane!"})

        assert answer.status_code == 422
        assert "Use small letters" in words(answer.text)

    def test_may_not_take_a_short_name_twice(self, at_work: AtWork, library: Library) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends("/admin/locations/new", {**GOOD, "slug": library.location})

        assert answer.status_code == 422
        assert "taken already" in words(answer.text)

    def test_shows_what_was_typed_as_text_and_not_as_a_script(self, at_work: AtWork) -> None:
        answer = at_work(Role.ADMINISTRATOR).sends("/admin/locations/new", {"name": "<script>alert(1)</script>"})

        assert "<script>alert" not in answer.text


class TestALocation:
    def test_is_changed_by_its_manager(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)

        answer = staff.sends(f"/admin/locations/{library.location}", {**GOOD, "slug": library.location})

        assert answer.status_code == 303
        assert staff.location(library.location).name == "Mill Lane Library"

    def test_is_unknown_under_another_address(self, at_work: AtWork) -> None:
        assert at_work(Role.ADMINISTRATOR).opens("/admin/locations/nowhere").status_code == 404


class TestRetiring:
    def test_is_refused_while_a_booking_is_to_come(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        with app.app_context(), transaction() as session:
            room = session.get_one(Space, staff.space(library.room).id)
            build.booking(session, room, at(library.tomorrow, 9, 10))

        page = staff.opens(f"/admin/locations/{library.location}/retire")
        answer = staff.sends(f"/admin/locations/{library.location}/retire", form_on="/admin/locations/new")

        assert "cannot be retired yet" in words(page.text)
        assert answer.status_code == 422
        assert "1 booking" in words(answer.text)
        assert not staff.location(library.location).retired

    def test_asks_first_and_then_hides_it(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = f"/admin/locations/{library.elsewhere}/retire"

        asked = staff.opens(address)
        answer = staff.sends(address)

        assert "Retire Harbour Branch?" in words(asked.text)
        assert answer.status_code == 303
        assert staff.location(library.elsewhere).retired
        assert staff.opens(f"/locations/{library.elsewhere}").status_code == 404
