from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from booking.domain.permissions import Role
from tests.admin.staff import Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def good(staff: Staff, library: Library) -> dict[str, str]:
    """Return the form of the room as it stands, ready to be changed."""
    room = staff.space(library.room)
    return {
        "name": room.name,
        "category_id": str(room.category_id),
        "zone_id": "0",
        "capacity": "4",
        "slug": room.slug,
        "position": "0",
    }


class TestTheForm:
    def test_shows_the_category_that_the_space_is_in(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        hall = staff.space(library.hall)

        page = staff.opens(f"/admin/spaces/{library.hall}").text

        assert f'<option selected value="{hall.category_id}">Meeting rooms</option>' in page

    def test_says_beside_each_rule_what_the_category_says(self, at_work: AtWork, library: Library) -> None:
        page = words(at_work(Role.MANAGER).opens(f"/admin/spaces/{library.room}").text)

        assert "Empty: as the category says, 30 min." in page
        assert "Empty: as the category says, 90 days." in page

    def test_keeps_a_rule_of_its_own_and_gives_it_up_again(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/spaces/{library.room}"

        staff.sends(address, {**good(staff, library), "longest_minutes": "120"})
        own = staff.space(library.room).own.longest_minutes
        staff.sends(address, {**good(staff, library), "longest_minutes": ""})

        assert own == 120
        assert staff.space(library.room).own.longest_minutes is None

    def test_refuses_rules_that_cannot_be_and_keeps_the_old(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {**good(staff, library), "shortest_minutes": "240", "longest_minutes": "60", "name": "Half saved"}

        answer = staff.sends(f"/admin/spaces/{library.room}", values)

        assert answer.status_code == 422
        assert "The shortest booking is longer than the longest." in words(answer.text)
        assert staff.space(library.room).name == "Gaskell Room"

    def test_names_numbers_that_are_none(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {**good(staff, library), "capacity": "four", "step_minutes": "0", "category_id": "x"}

        answer = staff.sends(f"/admin/spaces/{library.room}", values)

        page = words(answer.text)
        assert answer.status_code == 422
        assert "Write a whole number, or leave it empty." in page
        assert "Write a whole number from 5 to 240." in page
        assert "Choose one from the list." in page

    def test_takes_no_category_of_another_location(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        other = staff.opens(f"/admin/locations/{library.elsewhere}/spaces")
        assert "Podcast Studio" in other.text

        answer = staff.sends(f"/admin/spaces/{library.room}", {**good(staff, library), "category_id": "3"})

        assert answer.status_code == 422


class TestAddingASpace:
    def test_stands_in_the_list_afterwards(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {**good(staff, library), "name": "Brontë Room", "slug": ""}

        answer = staff.sends(f"/admin/locations/{library.location}/spaces/new", values)

        assert answer.headers["Location"] == "/admin/spaces/bronte-room"
        assert "Brontë Room" in staff.opens(f"/admin/locations/{library.location}/spaces").text


class TestThePhotograph:
    def test_is_kept_under_another_name_and_shown(self, at_work: AtWork, library: Library, instance: Path) -> None:
        staff = at_work(Role.MANAGER)

        staff.sends(f"/admin/spaces/{library.room}", {**good(staff, library), "image": (BytesIO(PNG), "me & you.png")})
        name = staff.space(library.room).image
        shown = staff.opens(f"/images/{name}")

        assert (instance / "images" / name).read_bytes() == PNG
        assert shown.data == PNG
        assert shown.mimetype == "image/png"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        shown.close()

    def test_is_removed_with_its_file(self, at_work: AtWork, library: Library, instance: Path) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/spaces/{library.room}"
        staff.sends(address, {**good(staff, library), "image": (BytesIO(PNG), "a.png")})

        staff.sends(address, {**good(staff, library), "remove_image": "y"})

        assert staff.space(library.room).image == ""
        assert list((instance / "images").iterdir()) == []

    def test_is_refused_when_its_bytes_are_no_picture(self, at_work: AtWork, library: Library, instance: Path) -> None:
        staff = at_work(Role.MANAGER)
        page = BytesIO(b"<html><script>alert(1)</script>")

        answer = staff.sends(f"/admin/spaces/{library.room}", {**good(staff, library), "image": (page, "a.png")})

        assert answer.status_code == 422
        assert "not a PNG, JPEG or WebP picture" in words(answer.text)
        assert not (instance / "images").exists()

    def test_is_refused_when_too_large(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        large = BytesIO(PNG + b"0" * 5 * 1024 * 1024)

        answer = staff.sends(f"/admin/spaces/{library.room}", {**good(staff, library), "image": (large, "a.png")})
        answer.request.input_stream.close()  # the client keeps what it sent in a file

        assert answer.status_code == 422
        assert "larger than 5 MB" in words(answer.text)

    def test_leaves_no_file_behind_when_the_form_is_refused(
        self, at_work: AtWork, library: Library, instance: Path
    ) -> None:
        staff = at_work(Role.MANAGER)
        picture = (BytesIO(PNG), "a.png")

        answer = staff.sends(
            f"/admin/spaces/{library.room}", {**good(staff, library), "slug": library.hall, "image": picture}
        )

        assert answer.status_code == 422
        assert list((instance / "images").iterdir()) == []

    def test_is_not_found_under_a_made_up_name(self, at_work: AtWork) -> None:
        staff = at_work(Role.MANAGER)

        assert staff.opens("/images/..%2fbooking.toml").status_code == 404
        assert staff.opens("/images/secret.png").status_code == 404
