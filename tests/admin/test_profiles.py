"""The pages of sync profiles: what one says, where it applies, and what follows, shown first."""

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from booking.domain.permissions import Role
from booking.domain.reconcile import Choice, OnChange, OnConflict, OnOverlap, OnText
from booking.domain.states import Direction, TitleOption
from booking.domain.windows import SyncWindow
from booking.services import assigning, profiles
from booking.services.assigning import ProfileWish
from booking.services.profiles import BUILT_IN, EffectiveProfile, Profile
from booking.store.database import reading, transaction
from booking.store.models import Space
from booking.store.queries.profiles import Place
from tests import build
from tests.admin.staff import Staff
from tests.build import ADMINISTRATOR, NOW
from tests.support import pages
from tests.support.pages import Library

AtWork = Callable[[Role], Staff]

HOME = "/admin/exchange/profiles"
ENTERED = {
    "name": "Study rooms",
    "description": "One way, for now",
    "active": "y",
    "direction": "from_exchange",
    "window": "days",
    "days_back": "30",
    "when_both_changed": "ask",
    "when_deleted": "put_back",
    "when_moved": "ask",
    "when_changed": "ask",
    "when_text_edited": "leave",
    "when_overlapped": "outside",
    "title_option": "nickname",
    "tentative_blocks": "y",
    "show_private_rows": "y",
    "keep_titles": "y",
    "keep_organizers": "y",
    "hold_when_unknown": "y",
}
SAID = EffectiveProfile(
    direction=Direction.FROM_EXCHANGE,
    when_deleted=Choice.PUT_BACK,
    when_moved=Choice.ASK,
    when_changed=OnChange.ASK,
    when_both_changed=OnConflict.ASK,
    when_text_edited=OnText.LEAVE,
    when_overlapped=OnOverlap.OUTSIDE,
    title_option=TitleOption.NICKNAME,
    tentative_blocks=True,
    show_private_rows=True,
    keep_titles=True,
    keep_organizers=True,
    hold_when_unknown=True,
    window=SyncWindow.DAYS,
    days_back=30,
)
OFF = {each: said for each, said in ENTERED.items() if each != "active"}


def words(page: str) -> str:
    """Return what a page says, with quotation marks as people read them."""
    return html.unescape(pages.words(page))


def made(staff: Staff, name: str, *places: Place, settings: EffectiveProfile = BUILT_IN) -> int:
    """Make a profile and give it to places; returns its id."""
    with staff.app.app_context(), transaction() as session:
        done = assigning.save(session, None, ProfileWish(name, settings=settings), actor=ADMINISTRATOR, now=NOW)
        assigning.attach(session, done.profile_id, assigning.places(session, places), actor=ADMINISTRATOR, now=NOW)
        return done.profile_id


def stored(staff: Staff) -> list[Profile]:
    with staff.app.app_context(), reading() as session:
        return list(profiles.all(session))


def paired(staff: Staff, library: Library) -> int:
    """Pair the room; returns its id."""
    room = staff.space(library.room)
    with staff.app.app_context(), transaction() as session:
        build.link(session, session.get_one(Space, room.id))
    return room.id


class TestTheList:
    def test_says_what_holds_while_there_is_none(self, at_work: AtWork) -> None:
        page = words(at_work(Role.ADMINISTRATOR).opens(HOME).text)

        assert "No sync profile yet" in page
        assert "Everything syncs as it does by itself" in page

    def test_shows_each_with_its_state_and_its_places(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        room = staff.space(library.room)
        made(staff, "First", (None, None, room.id), settings=replace(SAID, active=False))
        made(staff, "Second")

        page = words(staff.opens(HOME).text)

        assert "2 sync profiles" in page
        assert "First Not active From Exchange to us ended 30 days ago or later Gaskell Room space Change" in page
        assert "Second Active Both ways ended today or later Choose places" in page

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.LIBRARIAN])
    def test_is_for_administrators_alone(self, at_work: AtWork, role: Role) -> None:
        staff = at_work(role)

        for address in (HOME, f"{HOME}/new", f"{HOME}/1", f"{HOME}/1/places", f"{HOME}/1/delete"):
            assert staff.opens(address).status_code == 403

    def test_leads_to_no_profile_that_is_not_there(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        for address in (f"{HOME}/9", f"{HOME}/9/places", f"{HOME}/9/delete"):
            assert staff.opens(address).status_code == 404


class TestAProfile:
    def test_is_made_with_all_that_was_entered_and_then_given_places(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        answer = staff.sends(f"{HOME}/new", ENTERED)

        assert answer.location == f"{HOME}/1/places"
        (profile,) = stored(staff)
        assert (profile.name, profile.description, profile.settings) == ("Study rooms", "One way, for now", SAID)

    def test_shows_what_it_says(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        staff.sends(f"{HOME}/new", ENTERED)

        page = staff.opens(f"{HOME}/1").text

        chosen = set(re.findall(r'<input[^>]*\bchecked\b[^>]*\bid="([^"]+)"', page))
        assert {"active", "tentative_blocks", "keep_organizers", "direction-1", "window-2", "title_option-2"} <= chosen
        assert 'value="30"' in page
        assert "No place has it, so it changes nothing yet." in words(page)

    @pytest.mark.parametrize(
        ("mistake", "complaint"),
        [
            ({"name": ""}, "Give the profile a name."),
            ({"name": "FIRST"}, "Another profile has this name."),
            ({"days_back": "0"}, "Give a whole number from 1 to 180."),
            ({"days_back": ""}, "Give a whole number from 1 to 180."),
            ({"days_back": "181"}, "Give a whole number from 1 to 180."),
            ({"days_back": "a month"}, "Write a whole number"),
            ({"direction": "sideways"}, "Not a valid choice"),
        ],
    )
    def test_is_not_made_with_a_mistake_and_what_was_typed_stays(
        self, at_work: AtWork, mistake: dict[str, str], complaint: str
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First")

        answer = staff.sends(f"{HOME}/new", {**ENTERED, **mistake})

        assert answer.status_code == 422
        assert complaint in words(answer.text)
        assert "One way, for now" in answer.text
        assert len(stored(staff)) == 1

    def test_ignores_a_number_of_days_that_its_window_has_no_use_for(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)

        staff.sends(f"{HOME}/new", {**ENTERED, "window": "last_month", "days_back": "999"})

        (profile,) = stored(staff)
        assert (profile.settings.window, profile.settings.days_back) == (SyncWindow.LAST_MONTH, 0)

    def test_keeps_the_fields_that_go_to_exchange(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        mapped = replace(BUILT_IN, field_mapping=replace(BUILT_IN.field_mapping, reminder_minutes=15))
        made(staff, "First", settings=mapped)

        staff.sends(f"{HOME}/1", {**ENTERED, "direction": "both"})

        (profile,) = stored(staff)
        assert profile.settings.field_mapping.reminder_minutes == 15


class TestAChangeOfTheWay:
    def test_is_shown_first_and_done_when_it_was_seen(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First", (None, None, paired(staff, library)))

        shown = staff.sends(f"{HOME}/1", OFF)

        assert shown.status_code == 200
        assert "Not saved yet: this would follow" in words(shown.text)
        assert "Sync stops for one space: nothing is read from Outlook there" in words(shown.text)
        assert stored(staff)[0].active

        seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown.text)
        assert seen is not None
        done = staff.sends(f"{HOME}/1", {**OFF, "seen": seen[1]})

        assert done.status_code == 303
        assert not stored(staff)[0].active

    def test_is_shown_again_when_something_else_was_seen(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First", (None, None, paired(staff, library)))

        shown = staff.sends(f"{HOME}/1", {**OFF, "seen": "0123456789abcdef"})

        assert "Not saved yet" in words(shown.text)
        assert stored(staff)[0].active

    def test_is_done_at_once_where_nothing_follows(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First")

        answer = staff.sends(f"{HOME}/1", OFF)

        assert answer.status_code == 303
        assert "It holds from the next cycle of sync on" in words(staff.opens(answer.location).text)


class TestThePlaces:
    def places(self, staff: Staff, library: Library) -> tuple[str, str]:
        """Return the room and its location as the lists name them."""
        room = staff.space(library.room)
        return f"space-{room.id}", f"location-{room.location_id}"

    def test_are_offered_by_kind_and_part_of_a_name(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First")
        assert library.room

        everything = words(staff.opens(f"{HOME}/1/places").text)
        spaces = words(staff.opens(f"{HOME}/1/places?kind=space&q=central+tur").text)
        nothing = words(staff.opens(f"{HOME}/1/places?q=nowhere").text)

        assert "Central Library Location" in everything
        assert "Gaskell Room Space, Study rooms, Central Library" in everything
        assert "No place has this profile yet" in everything
        assert "Turing Hall" in spaces
        assert "Gaskell Room" not in spaces
        assert "No other place matches." in nothing

    def test_are_added_many_at_once(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First")
        wanted = self.places(staff, library)

        answer = staff.sends(f"{HOME}/1/places", {"add": list(wanted)})

        assert len(stored(staff)[0].places) == 2
        page = words(staff.opens(answer.location).text)
        assert "“First” was given to 2 places. It holds from the next cycle of sync on." in page

    def test_say_before_and_after_that_they_leave_another_profile(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        room, _ = self.places(staff, library)
        made(staff, "First", (None, None, staff.space(library.room).id))
        made(staff, "Second")
        assert "Has “First” now, and would leave it." in words(staff.opens(f"{HOME}/2/places").text)

        asked = staff.sends(f"{HOME}/2/places", {"add": room})
        assert "Give “Second” to Gaskell Room?" in words(asked.text)
        assert "Gaskell Room leaves the profile “First”." in words(asked.text)
        assert [len(each.places) for each in stored(staff)] == [1, 0]

        seen = re.search(r'name="seen" value="([0-9a-f]+)"', asked.text)
        assert seen is not None
        answer = staff.sends(f"{HOME}/2/places", {"add": room, "seen": seen[1]})

        assert "Gaskell Room left “First”." in words(staff.opens(answer.location).text)
        assert [len(each.places) for each in stored(staff)] == [0, 1]

    def test_are_removed(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        room, _ = self.places(staff, library)
        made(staff, "First", (None, None, staff.space(library.room).id))

        staff.sends(f"{HOME}/1/places", {"remove": room})

        assert stored(staff)[0].places == ()

    @pytest.mark.parametrize(
        "nonsense", ["", "space", "space-", "space-x", "planet-1", "space-99999", "space-" + "9" * 30]
    )
    def test_that_are_none_change_nothing(self, at_work: AtWork, nonsense: str) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First")

        answer = staff.sends(f"{HOME}/1/places", {"add": nonsense})

        assert answer.status_code == 303
        assert "is no more" in words(staff.opens(answer.location).text)
        assert stored(staff)[0].places == ()

    def test_must_be_chosen(self, at_work: AtWork) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First")

        answer = staff.sends(f"{HOME}/1/places", {})

        assert "Choose at least one place first." in words(staff.opens(answer.location).text)


class TestDeleting:
    def test_is_asked_about_first(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        made(staff, "First", (None, None, paired(staff, library)), settings=replace(BUILT_IN, active=False))

        asked = staff.opens(f"{HOME}/1/delete")
        assert "One place has it." in words(asked.text)
        assert "Sync goes another way for one space." in words(asked.text)
        assert len(stored(staff)) == 1

        seen = re.search(r'name="seen" value="([0-9a-f]+)"', asked.text)
        assert seen is not None
        staff.sends(f"{HOME}/1/delete", {"seen": seen[1]})

        assert stored(staff) == []


class TestALocationsOwnOptions:
    def test_say_that_they_leave_a_shared_profile_to_the_others(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        room = staff.space(library.room)
        made(staff, "Shared", (room.location_id, None, None), (None, None, room.id))
        tab = f"/admin/locations/{library.location}/exchange"
        assert "This location shares the sync profile “Shared” with other places." in words(staff.opens(tab).text)

        staff.sends(f"{tab}/titles", {"title_option": "nickname"}, form_on=tab)

        own, shared = stored(staff)
        assert (own.name, own.settings.title_option) == ("Central Library", TitleOption.NICKNAME)
        assert (shared.settings.title_option, len(shared.places)) == (TitleOption.NAME, 1)


class TestThePageOfAPlace:
    def addresses(self, library: Library) -> tuple[str, ...]:
        return (
            f"/admin/locations/{library.location}",
            f"/admin/locations/{library.location}/exchange",
            f"/admin/locations/{library.location}/categories/{library.category}",
            f"/admin/spaces/{library.room}",
        )

    def test_says_which_profile_applies_and_why(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        room = staff.space(library.room)
        by_itself = [words(staff.opens(each).text) for each in self.addresses(library)]
        made(staff, "Wide", (room.location_id, None, None))
        made(staff, "Near", (None, None, room.id), settings=replace(BUILT_IN, active=False))

        of_location, tab, of_category, of_space = (words(staff.opens(each).text) for each in self.addresses(library))

        assert all("None: the built-in settings" in page for page in by_itself)
        assert "Applies Wide Why It was given to this location itself. Sync Both ways" in of_location
        assert "Applies Wide Why It was given to this location itself." in tab
        assert "Applies Wide Why It was given to the location Central Library. This category has none" in of_category
        assert "Applies Near Why It was given to this space itself." in of_space
        assert "Stopped: this profile is not active" in of_space
        assert "No wider profile steps in." in of_space
