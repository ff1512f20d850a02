import re
from collections.abc import Callable

from flask import Flask

from booking.domain import mapping
from booking.domain.mapping import BUILT_IN, Field, Mapping, Separator
from booking.domain.permissions import Role
from booking.domain.reconcile import BusyClass
from booking.domain.states import TitleOption
from booking.services import profiles
from booking.store.database import reading, transaction
from tests import build
from tests.admin.staff import Staff, Values
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]

#: As a browser sends the form of the built-in mapping.
USUAL: Values = {
    "subject_1": "event_title",
    "subject_2": "",
    "subject_3": "",
    "subject_4": "",
    "separator": "comma",
    "location_1": "place",
    "location_2": "",
    "location_3": "",
    "location_4": "",
    "body": ["name", "email", "title", "place", "reference", "link"],
    "words": "",
    "reminder_minutes": "none",
    "busy": "Busy",
}


def profile(staff: Staff, library: Library, wanted: Mapping = BUILT_IN) -> str:
    """Give the location a profile with this mapping; returns the address of its fields."""
    where = staff.location(library.location).id
    with staff.app.app_context(), transaction() as session:
        made = build.profile(session, location_id=where, name="Main rooms", field_mapping=mapping.as_text(wanted))
        made.title_option = TitleOption.NAME_AND_EMAIL
        return f"/admin/exchange/profiles/{made.id}/fields"


def stored(app: Flask, address: str) -> Mapping:
    number = int(address.split("/")[4])
    with app.app_context(), reading() as session:
        found = profiles.get(session, number)
    assert found is not None
    return found.settings.field_mapping


def part(fragment: str) -> str:
    """Return the words of a part of a page, as htmx gets it."""
    return words(f"<main>{fragment}</main>")


class TestTheFieldsOfAProfile:
    def test_are_filled_in_as_they_are_stored(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(
            staff,
            library,
            Mapping(subject=(Field.REFERENCE, Field.TITLE), words=("Library", "Public"), reminder_minutes=45),
        )

        page = staff.opens(address).text

        assert re.search(r'<option selected value="reference">', page)
        assert re.search(r'<option selected value="45">45 minutes before', page)
        assert 'value="Library, Public"' in page
        assert "Main rooms" in words(page)

    def test_show_an_entry_as_it_would_be_with_the_title_of_the_profile(
        self, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        page = words(staff.opens(profile(staff, library)).text)

        assert "Subject Priya Raman, priya.raman@example.org" in page
        assert "Location Study room 3, Central Library" in page
        assert "Booked by: Priya Raman" in page
        assert "nothing to write anew" in page

    def test_are_saved(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library)

        answer = staff.sends(
            address,
            {
                **USUAL,
                "subject_1": "",
                "subject_2": "category",
                "subject_4": "name",
                "separator": "dash",
                "body": ["reference"],
                "categories": ["space"],
                "words": " Library , Public,",
                "reminder_minutes": "15",
                "busy": "OOF",
                "do": "save",
            },
        )

        assert answer.status_code == 303
        assert stored(app, address) == Mapping(
            subject=(Field.CATEGORY, Field.NAME),
            separator=Separator.DASH,
            body=(Field.REFERENCE,),
            categories=(Field.SPACE,),
            words=("Library", "Public"),
            reminder_minutes=15,
            busy=BusyClass.OOF,
        )
        assert "Saved. It holds for what is written to Outlook from now on." in words(staff.opens(address).text)

    def test_stay_as_they_are_when_only_a_preview_is_asked_for(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library)

        answer = staff.sends(address, {**USUAL, "subject_1": "title", "words": "Library", "do": "preview"})

        page = words(answer.text)
        assert answer.status_code == 200
        assert "Subject Chapter three" in page
        assert "Categories Library" in page
        assert stored(app, address) == BUILT_IN

    def test_are_shown_as_they_are_typed(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library)

        answer = staff.sends(
            f"{address}/preview", {**USUAL, "subject_1": "nickname", "reminder_minutes": "0"}, form_on=address
        )

        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert "Subject Thesis group" in part(answer.text)
        assert "Empty: Outlook shows no title" in part(answer.text)  # the category allows no nickname
        assert "Reminder When it begins" in part(answer.text)
        assert stored(app, address) == BUILT_IN

    def test_are_kept_as_typed_with_what_is_wrong_beside_them(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library)
        wrong = {**USUAL, "subject_2": "event_title", "words": "a, b, c, d, e, f"}

        answer = staff.sends(address, {**wrong, "do": "save"})
        live = staff.sends(f"{address}/preview", wrong, form_on=address)

        page = words(answer.text)
        assert answer.status_code == 422
        assert "2 things need another look" in page
        assert "Choose each field once." in page
        assert "Use 5 at most." in page
        assert 'value="a, b, c, d, e, f"' in answer.text
        assert "The preview comes back when this is mended" in part(live.text)
        assert stored(app, address) == BUILT_IN

    def test_refuse_what_is_not_offered(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library)

        for wrong in ({"busy": "Free"}, {"subject_1": "link"}, {"body": ["secret"]}, {"reminder_minutes": "-5"}):
            assert staff.sends(address, {**USUAL, **wrong}).status_code == 422

        assert stored(app, address) == BUILT_IN

    def test_go_back_to_how_they_are_built_in(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library, Mapping(subject=(Field.TITLE,)))

        assert staff.sends(address, {"do": "default"}).status_code == 303

        assert stored(app, address) == BUILT_IN

    def test_say_when_there_is_nothing_to_write_anew(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        address = profile(staff, library)

        staff.sends(f"{address}/rewrite", form_on=address)

        assert "Every entry reads as it should already." in words(staff.opens(address).text)

    def test_are_for_administrators_and_of_profiles_that_exist(self, at_work: AtWork, library: Library) -> None:
        manager = at_work(Role.MANAGER)
        address = profile(manager, library)

        assert manager.opens(address).status_code == 403
        assert at_work(Role.ADMINISTRATOR).opens("/admin/exchange/profiles/999/fields").status_code == 404
