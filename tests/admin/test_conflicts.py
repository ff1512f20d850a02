"""The pages about conflicts: both sides, the choices with their previews, and undoing what sync cancelled."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking import clock
from booking.connectors import memory
from booking.connectors.memory import MemoryServer
from booking.domain.permissions import Role
from booking.domain.states import Channel, OccurrenceState
from booking.store.database import Session, reading, transaction
from booking.store.models import Booking, CalendarLink, Conflict, Connection, Occurrence, OutboxMessage, Space
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]
MAILBOX = "gaskell@wexcombe.example"


@dataclass
class Scene:
    """A paired room with one booking tomorrow from nine to ten, and its calendar in memory."""

    app: Flask
    server: MemoryServer
    library: Library
    link_id: int
    ref: str
    occurrence_id: int
    space_id: int
    conflict_ids: list[int] = field(default_factory=list)

    def conflict(self, *, invited: bool = False, private: bool = False, title: str = "", organizer: str = "") -> int:
        """Have somebody's entry stand over the booking, and staff shown it; returns the conflict's number."""
        when = at(self.library.tomorrow, 9.5, 11)
        put = (
            self.server.invite(MAILBOX, "grace@example.org", when=when, subject="Board meeting")
            if invited
            else self.server.put(MAILBOX, when=when, subject="Board meeting")
        )
        with self.app.app_context(), transaction() as session:
            link = session.get_one(CalendarLink, self.link_id)
            date = session.get_one(Occurrence, self.occurrence_id)
            event = build.outside_event(session, link, when, private=private, title=title, organizer=organizer)
            event.remote_id = put
            made = build.conflict(session, link, date, theirs=when, remote_id=put, private=private)
            return made.id

    def cancelled(self, *hours: float, ago: timedelta = timedelta(hours=1)) -> list[int]:
        """Have sync have cancelled bookings at these hours of tomorrow, all with one reading."""
        ended = clock.now() - ago
        with self.app.app_context(), transaction() as session:
            return [self._cancelled(session, hour, ended) for hour in hours]

    def _cancelled(self, session: Session, hour: float, ended: datetime) -> int:
        patron = build.person(session, email=f"patron-{hour}@example.org")
        far_away = at(self.library.tomorrow + timedelta(days=40), hour, hour + 1)
        booking = build.booking(session, session.get_one(Space, self.space_id), far_away, patron=patron)
        (date,) = booking.occurrences
        date.state, date.holds = OccurrenceState.CANCELLED, False
        date.cancelled_by, date.ended_at = Channel.OUTLOOK, ended
        when = at(self.library.tomorrow, hour, hour + 1)  # where somebody may be by now
        date.starts_at, date.ends_at = when.start, when.end
        session.flush()
        return date.id

    def state(self, occurrence_id: int) -> OccurrenceState:
        with self.app.app_context(), reading() as session:
            return session.get_one(Occurrence, occurrence_id).state

    def told(self) -> list[str]:
        with self.app.app_context(), reading() as session:
            return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))

    def found(self, conflict_id: int) -> Conflict:
        with self.app.app_context(), reading() as session:
            return session.get_one(Conflict, conflict_id)


@pytest.fixture
def scene(app: Flask, library: Library, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give a room whose calendar is in memory."""
    server = memory.server(request.node.nodeid)
    server.add_room(MAILBOX, "Gaskell Room")
    with app.app_context(), transaction() as session:
        connection = build.connection(session, name="In memory", server=request.node.nodeid)
        session.get_one(Connection, connection.id).protocol = "memory"
        space = session.scalars(select(Space).where(Space.slug == library.room)).one()
        patron = build.person(session, first_name="Priya", last_name="Raman", email="priya@example.org")
        booking = build.booking(session, space, at(library.tomorrow, 9, 10), patron=patron)
        link = build.link(session, space, through=connection, mailbox=MAILBOX, read_at=clock.now())
        made = Scene(app, server, library, link.id, booking.ref, booking.occurrences[0].id, space.id)
    yield made
    memory.forget(request.node.nodeid)


def choice(page: str, title: str) -> str:
    """Return where the choice with that title leads."""
    found = re.search(
        rf'href="([^"]+choice=[^"]+)"[^>]*>Choose<span class="visually-hidden">: {re.escape(title)}', page
    )
    assert found is not None, f"{title} is not offered"
    return found[1].replace("&amp;", "&")


class TestTheList:
    def test_says_that_nothing_needs_anybody(self, at_work: AtWork) -> None:
        page = words(at_work(Role.LIBRARIAN).opens("/admin/conflicts").text)

        assert "No conflict needs you" in page
        assert "Nothing to come was cancelled from Outlook in the last 30 days." in page

    def test_shows_both_sides_and_counts_in_the_navigation(self, scene: Scene, at_work: AtWork) -> None:
        scene.conflict()

        page = at_work(Role.LIBRARIAN).opens("/admin/conflicts").text

        assert "One conflict needs you" in words(page)
        assert "Priya Raman" in words(page)
        assert "9:30" in words(page)
        assert re.search(r"Outlook/Exchange <b>1<", page)

    def test_hides_other_locations(self, app: Flask, at_work: AtWork) -> None:
        with app.app_context(), transaction() as session:
            space = build.space(session, name="Elsewhere")
            build.conflict(session, build.link(session, space), build.booking(session, space).occurrences[0])

        page = at_work(Role.LIBRARIAN).opens("/admin/conflicts").text

        assert "Elsewhere" not in page
        assert "Exchange <b>" not in page

    def test_shows_what_was_settled_and_by_whom(self, app: Flask, scene: Scene, at_work: AtWork) -> None:
        number = scene.conflict()
        with app.app_context(), transaction() as session:
            found = session.get_one(Conflict, number)
            found.resolved_at, found.decision, found.decided_by = clock.now(), "both", "Ben Okri"

        page = words(at_work(Role.LIBRARIAN).opens("/admin/conflicts").text)

        assert "Both stayed, decided by Ben Okri" in page


class TestOneConflict:
    def test_shows_both_sides_how_it_came_about_and_the_choices(self, scene: Scene, at_work: AtWork) -> None:
        number = scene.conflict(title="Board meeting", organizer="Grace Hopper")

        page = at_work(Role.LIBRARIAN).opens(f"/admin/conflicts/{number}").text

        text = words(page)
        assert "Two at one time" in text
        assert "Board meeting" in text
        assert "Grace Hopper" in text
        assert "This conflict was found" in text
        for title in ("Keep our booking", "Keep theirs, cancel ours", "Keep both"):
            assert choice(page, title)
        assert "Move ours to a free time" in text

    def test_of_a_private_entry_tells_nothing_of_it(self, scene: Scene, at_work: AtWork) -> None:
        number = scene.conflict(private=True, title="Dismissal", organizer="Grace Hopper")

        page = at_work(Role.LIBRARIAN).opens(f"/admin/conflicts/{number}").text

        assert "Private" in page
        assert "Dismissal" not in page
        assert "Grace Hopper" not in page

    def test_is_linked_from_the_booking(self, scene: Scene, at_work: AtWork) -> None:
        number = scene.conflict()

        page = at_work(Role.LIBRARIAN).opens(f"/admin/bookings/{scene.ref}").text

        assert f'href="/admin/conflicts/{number}"' in page

    def test_previews_and_then_does_what_was_chosen(self, scene: Scene, at_work: AtWork) -> None:
        staff, number = at_work(Role.LIBRARIAN), scene.conflict()
        address = choice(staff.opens(f"/admin/conflicts/{number}").text, "Keep theirs, cancel ours")

        preview = staff.opens(address).text
        untouched = scene.state(scene.occurrence_id)
        answer = staff.sends(address)

        assert "Priya Raman gets one e-mail" in words(preview)
        assert untouched is OccurrenceState.CONFIRMED
        assert answer.headers["Location"] == "/admin/conflicts"
        assert scene.state(scene.occurrence_id) is OccurrenceState.CANCELLED
        assert scene.told() == ["gave_way"]
        assert scene.found(number).decided_by == "Mina Okafor"

    def test_declines_an_invitation(self, scene: Scene, at_work: AtWork) -> None:
        staff, number = at_work(Role.LIBRARIAN), scene.conflict(invited=True)
        address = choice(staff.opens(f"/admin/conflicts/{number}").text, "Keep our booking")

        staff.sends(address)

        assert [each.organizer for each in scene.server.declined] == ["grace@example.org"]
        assert "their invitation was declined" in words(staff.opens("/admin/conflicts").text).lower()

    def test_moves_ours_to_an_offered_time(self, scene: Scene, at_work: AtWork) -> None:
        staff, number = at_work(Role.LIBRARIAN), scene.conflict()
        page = staff.opens(f"/admin/conflicts/{number}").text
        found = re.search(r'href="([^"]+choice=move-[^"]+)"', page)
        assert found is not None

        staff.sends(found[1])

        assert scene.told() == ["changed"]
        assert scene.found(number).decision == "move"

    def test_tells_the_second_of_two_who_decide(self, scene: Scene, at_work: AtWork) -> None:
        staff, number = at_work(Role.LIBRARIAN), scene.conflict()
        page = staff.opens(f"/admin/conflicts/{number}").text
        both, theirs = choice(page, "Keep both"), choice(page, "Keep theirs, cancel ours")
        preview = staff.opens(theirs).text
        token, stand = (re.search(rf'name="{name}"[^>]* value="([^"]+)"', preview) for name in ("csrf_token", "stand"))
        assert token is not None
        assert stand is not None
        staff.sends(both)

        staff.client.post(theirs, data={"csrf_token": token[1], "stand": stand[1]})

        assert scene.state(scene.occurrence_id) is OccurrenceState.CONFIRMED
        assert scene.found(number).decision == "both"

    def test_that_is_not_there_is_not_found(self, at_work: AtWork) -> None:
        assert at_work(Role.LIBRARIAN).opens("/admin/conflicts/4711").status_code == 404

    def test_offers_again_when_a_choice_is_gone(self, scene: Scene, at_work: AtWork) -> None:
        number = scene.conflict()

        page = at_work(Role.LIBRARIAN).opens(f"/admin/conflicts/{number}/decide?choice=nonsense")

        assert page.status_code == 422
        assert "not offered any more" in words(page.text)

    def test_says_where_our_booking_is_by_now(self, app: Flask, scene: Scene, at_work: AtWork) -> None:
        number = scene.conflict()
        with app.app_context(), transaction() as session:
            other = build.space(
                session, build.category(session, build.location(session, name="Harbour Branch")), name="Nest"
            )
            session.get_one(Occurrence, scene.occurrence_id).space_id = other.id

        page = words(at_work(Role.ADMINISTRATOR).opens(f"/admin/conflicts/{number}").text)

        assert "Nest, Harbour Branch" in page


class TestUndoingACancel:
    def test_is_offered_on_the_list_and_at_the_booking(self, scene: Scene, at_work: AtWork) -> None:
        (occurrence_id,) = scene.cancelled(14)
        staff = at_work(Role.LIBRARIAN)
        with scene.app.app_context(), reading() as session:
            booking_id = session.get_one(Occurrence, occurrence_id).booking_id
            ref = session.get_one(Booking, booking_id).ref

        address = f'href="/admin/conflicts/cancelled/{occurrence_id}"'

        assert address in staff.opens("/admin/conflicts").text
        assert address in staff.opens(f"/admin/bookings/{ref}").text

    def test_asks_and_then_has_the_date_stand_again(self, scene: Scene, at_work: AtWork) -> None:
        (occurrence_id,) = scene.cancelled(14)
        staff = at_work(Role.LIBRARIAN)

        asked = staff.opens(f"/admin/conflicts/cancelled/{occurrence_id}")
        before = scene.state(occurrence_id)
        staff.sends(f"/admin/conflicts/cancelled/{occurrence_id}")

        assert "Have this date stand again?" in words(asked.text)
        assert before is OccurrenceState.CANCELLED
        assert scene.state(occurrence_id) is OccurrenceState.CONFIRMED
        assert scene.told() == ["restored"]

    def test_says_who_has_the_space_by_now(self, scene: Scene, at_work: AtWork) -> None:
        (occurrence_id,) = scene.cancelled(9)
        staff = at_work(Role.LIBRARIAN)

        answer = staff.sends(f"/admin/conflicts/cancelled/{occurrence_id}")

        assert scene.state(occurrence_id) is OccurrenceState.CANCELLED
        assert "somebody else has the space then" in words(staff.opens(answer.headers["Location"]).text)

    def test_of_all_that_one_reading_took_keeps_what_can_be_had(self, scene: Scene, at_work: AtWork) -> None:
        nine, two, four = scene.cancelled(9, 14, 16)
        staff = at_work(Role.LIBRARIAN)
        address = f"/admin/conflicts/cancelled/{two}?all=1"

        asked = words(staff.opens(address).text)
        answer = staff.sends(address)

        assert "Have 3 dates stand again?" in asked
        assert [scene.state(each) for each in (nine, two, four)] == [
            OccurrenceState.CANCELLED,
            OccurrenceState.CONFIRMED,
            OccurrenceState.CONFIRMED,
        ]
        assert "2 dates stand again" in words(staff.opens(answer.headers["Location"]).text)

    def test_is_over_after_thirty_days(self, scene: Scene, at_work: AtWork) -> None:
        (occurrence_id,) = scene.cancelled(14, ago=timedelta(days=30, minutes=1))

        page = at_work(Role.LIBRARIAN).opens(f"/admin/conflicts/cancelled/{occurrence_id}")

        assert "There is nothing to undo" in words(page.text)
