"""What `booking apply` does to sync profiles, compared with what it says."""

from dataclasses import replace

import pytest

from booking.domain.mapping import BUILT_IN, Field
from booking.domain.reconcile import BusyClass
from booking.domain.states import TitleOption
from booking.domain.windows import SyncWindow
from booking.services import assigning, profiles
from booking.services.assigning import ProfileWish
from booking.services.profiles import EffectiveProfile
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import LocationRow, SpaceRow
from tests import build
from tests.build import ADMINISTRATOR, NOW
from tests.cli.applied import SMALL, applied, checked, differences, mistakes_in

pytestmark = pytest.mark.usefixtures("in_app")


def edited(old: str, new: str, *, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new)


def location() -> LocationRow:
    with reading() as session:
        found = queries.places.location_by_slug(session, "central")
    assert found is not None
    return found


def space(slug: str = "room-1") -> SpaceRow:
    with reading() as session:
        found = queries.places.space_by_slug(session, slug)
    assert found is not None
    return found


def profile() -> EffectiveProfile:
    with reading() as session:
        return profiles.effective(session, space().id)


class TestProfiles:
    def test_of_a_category_say_what_they_leave_out_as_its_location_does(self) -> None:
        text = edited("zones =", 'profile = { tentative_blocks = true, days_back = "2 weeks" }\nzones =')
        text = edited("rules =", 'profile = { title = "nickname" }\nrules =', text=text)

        applied(text)

        found = profile()
        assert (found.title_option, found.tentative_blocks, found.days_back) == (TitleOption.NICKNAME, True, 14)

    @pytest.mark.parametrize(
        ("said", "window", "days"),
        [
            ('days_back = "0 days"', SyncWindow.TODAY, 0),
            ('days_back = "30 days"', SyncWindow.DAYS, 30),
            ('window = "days", days_back = "1 day"', SyncWindow.DAYS, 1),
            ('window = "last_month"', SyncWindow.LAST_MONTH, 0),
            ('window = "today"', SyncWindow.TODAY, 0),
        ],
    )
    def test_say_how_far_back_sync_looks(self, said: str, window: SyncWindow, days: int) -> None:
        applied(edited("zones =", 'profile = { days_back = "2 weeks" }\nzones ='))

        applied(edited("zones =", f"profile = {{ {said} }}\nzones ="))

        assert (profile().window, profile().days_back) == (window, days)

    def test_may_be_one_that_staff_have_named(self) -> None:
        applied(SMALL)
        with transaction() as session:
            wish = ProfileWish("Study rooms", settings=replace(EffectiveProfile(), active=False))
            assigning.save(session, None, wish, actor=ADMINISTRATOR, now=NOW)
        text = edited("zones =", 'profile = "study rooms"\nzones =')

        assert "location central, profile: default -> Study rooms" in "\n".join(differences(text))
        applied(text)

        assert not profile().active
        assert not any("profile" in each for each in differences(text))

    def test_of_its_own_leaves_one_that_others_share_to_them(self) -> None:
        applied(SMALL)
        with transaction() as session:
            settings = replace(EffectiveProfile(), tentative_blocks=True)
            done = assigning.save(session, None, ProfileWish("Shared", settings=settings), actor=ADMINISTRATOR, now=NOW)
            here, there = location(), build.location(session)
            wanted = assigning.places(session, [(here.id, None, None), (there.id, None, None)])
            assigning.attach(session, done.profile_id, wanted, actor=ADMINISTRATOR, now=NOW)

        applied(edited("zones =", "profile = { tentative_blocks = true }\nzones ="))
        with reading() as session:
            assert len(profiles.all(session)) == 1
        applied(edited("zones =", "profile = { tentative_blocks = false }\nzones ="))

        with reading() as session:
            shared = next(each for each in profiles.all(session) if each.name == "Shared")
        assert (shared.settings.tentative_blocks, len(shared.places)) == (True, 1)
        assert not profile().tentative_blocks

    def test_say_which_fields_go_where_and_go_back_to_default(self) -> None:
        fields = '{ subject = ["category", "name"], always = ["Library"], reminder = "15 min", show_as = "away" }'
        text = edited("zones =", f"profile = {{ fields = {fields} }}\nzones =")

        assert "location central, profile.fields: default -> " in "\n".join(differences(text))
        applied(text)
        found = profile().field_mapping
        applied(edited("zones =", 'profile = { fields = "default" }\nzones ='))

        assert (found.subject, found.words) == ((Field.CATEGORY, Field.NAME), ("Library",))
        assert (found.reminder_minutes, found.busy) == (15, BusyClass.OOF)
        assert found.body == BUILT_IN.body
        assert profile().field_mapping == BUILT_IN

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ('{ subject = ["link"] }', "subject: This must be a list of some of event_title"),
            ('{ subjct = ["name"] }', 'There is no key "subjct" here.'),
            ('{ text = "name" }', "text: This must be a list, in brackets."),
            ('{ show_as = "free" }', "show_as: This must be one of busy, tentative, away."),
            ('{ subject = ["name", "name"] }', "Choose each field once."),
            ('"mine"', "This must be a table"),
        ],
    )
    def test_say_what_is_wrong_with_their_fields(self, fields: str, why: str) -> None:
        (found,) = mistakes_in(edited("zones =", f"profile = {{ fields = {fields} }}\nzones ="))

        assert why in str(found)

    def test_of_a_space_go_when_the_file_says_default(self) -> None:
        applied(edited("capacity = 4", 'profile = { active = false, direction = "to_exchange" }'))
        assert not profile().active

        applied(edited("capacity = 4", 'profile = "default"'))

        assert profile().active

    def test_of_a_location_keep_what_staff_set_and_the_file_leaves_out(self) -> None:
        applied(SMALL)
        with transaction() as session:
            draft = profiles.ProfileDraft(keep_titles=True)
            profiles.save_for_location(session, location().id, draft, actor=ADMINISTRATOR, now=NOW)

        applied(edited("zones =", 'profile = { title = "nickname" }\nzones ='))

        assert (profile().keep_titles, profile().title_option) == (True, TitleOption.NICKNAME)

    def test_that_turn_sync_another_way_say_what_follows_and_have_it_follow(self) -> None:
        applied(SMALL)
        with transaction() as session:
            room = queries.places.lock_space(session, space().id)
            link = build.link(session, room, through=build.connection(session))
            build.outside_event(session, link, build.TOMORROW_AT_TEN)
        text = edited("capacity = 4", 'capacity = 4, profile = { direction = "to_exchange" }')
        text = edited('connection = "exchange"\n', "", text=text)

        shown = checked(text)
        still = _outside()
        done, _ = applied(text)

        assert ("what follows", "1 outside event will no longer take any time here.") in [
            (each.label, each.new) for each in shown.changes
        ]
        assert done.changes == shown.changes
        assert (still, _outside()) == (1, 0)
        assert "what follows" not in [each.label for each in checked(text).changes]


def _outside() -> int:
    with reading() as session:
        link = queries.links.row_of_space(session, space().id)
        assert link is not None
        return len(queries.external.all_of_link(session, link.id))
