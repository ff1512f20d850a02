"""Why a slot is busy, free or not certain: each reason there can be, and nothing that is private."""

from datetime import datetime, timedelta

import pytest

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.availability import Cadence
from booking.domain.reconcile import BusyClass
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, ExternalEvent, Location, Space
from booking.sync import why
from booking.sync.why import Answer, Verdict
from tests import build
from tests.sync.library import Library, at


@pytest.fixture
def known(lib: Library) -> Library:
    """Give a library whose room was read a moment ago."""
    lib.pull()
    return lib


def answer(lib: Library, moment: datetime) -> Answer:
    with reading() as session:
        space = queries.places.space(session, lib.space_id)
        assert space is not None
        return why.why(session, space, moment, now=lib.clock.now, cadence=Cadence())


def asked(lib: Library, moment: datetime) -> tuple[Verdict, str, str]:
    """Return what is answered first: verdict, kind and words."""
    found = answer(lib, moment)
    return found.verdict, found.reasons[0].kind, found.reasons[0].words


def outside(lib: Library, **different: object) -> None:
    """Have somebody else's entry stand from ten to eleven."""
    with transaction() as session:
        values = {
            "link_id": lib.link_id,
            "space_id": lib.space_id,
            "uid": "theirs",
            "starts_at": at(10, 11).start,
            "ends_at": at(10, 11).end,
            "busy": BusyClass.BUSY,
            "blocks": True,
            "seen_at": lib.clock.now,
        }
        session.add(ExternalEvent(**(values | different)))


class TestWhy:
    def test_names_a_booking_by_its_reference_alone(self, known: Library) -> None:
        ref = known.written(at(10, 11))

        found = answer(known, at(10.5, 11).start)

        assert (found.verdict, found.reasons[0].ref) == (Verdict.BUSY, ref)
        assert found.reasons[0].words == f"Booking {ref} has it. It stands in Outlook."
        assert "Lovelace" not in str(found)

    def test_says_what_a_held_booking_waits_for(self, known: Library) -> None:
        known.server.fail("create", FailBefore(Definite(Kind.TRANSIENT, "failing over")), times=100)
        ref = known.place(at(10, 11))

        verdict, kind, words = asked(known, at(10, 11).start)

        assert (verdict, kind) == (Verdict.HELD, "held")
        assert words.startswith(f"Booking {ref} holds it. It is held until the calendar has it.")
        assert words.endswith("It is still on its way to Outlook.")

    def test_names_an_entry_in_outlook_only_as_far_as_it_was_kept(self, known: Library) -> None:
        outside(known, title="Board meeting", organizer="Grace Hopper")

        verdict, kind, words = asked(known, at(10, 11).start)

        assert (verdict, kind) == (Verdict.BUSY, "outside")
        assert words.startswith("An entry in Outlook blocks it: Board meeting, Grace Hopper.")

    def test_calls_a_private_entry_private_whatever_stands_there(self, known: Library) -> None:
        outside(known, private=True, title="Dismissal", organizer="Grace Hopper")

        found = answer(known, at(10, 11).start)

        assert found.reasons[0].words.startswith("An entry in Outlook blocks it: Private.")
        assert "Dismissal" not in str(found)
        assert "Hopper" not in str(found)

    def test_mentions_an_entry_that_takes_nothing(self, known: Library) -> None:
        outside(known, busy=BusyClass.TENTATIVE, blocks=False)

        found = answer(known, at(10, 11).start)

        assert found.verdict is Verdict.FREE
        assert "An entry in Outlook stands there, but is Tentative and takes nothing." in found.also

    def test_tells_changeover_from_the_booking_itself(self, known: Library) -> None:
        with transaction() as session:
            session.get_one(Space, known.space_id).padding_after_minutes = 30
        ref = known.written(at(10, 11))

        assert asked(known, at(11.25, 12).start) == (
            Verdict.BUSY,
            "changeover",
            f"It is kept free for changeover beside booking {ref}.",
        )

    def test_says_closed_with_the_reason_that_staff_gave(self, known: Library) -> None:
        with transaction() as session:
            space = session.get_one(Space, known.space_id)
            build.closure(session, session.get_one(Location, space.location_id), at(10, 11), reason="Painting work")

        assert asked(known, at(10, 11).start) == (Verdict.CLOSED, "closed", "It is closed then: Painting work.")

    @pytest.mark.parametrize(("days", "kind"), [(-1, "past"), (120, "too_far")])
    def test_says_when_a_time_cannot_be_booked(self, known: Library, days: int, kind: str) -> None:
        verdict, found, _ = asked(known, at(10, 11, days=days).start)

        assert (verdict, found) == (Verdict.NOT_BOOKABLE, kind)

    def test_says_when_it_is_too_long_since_the_calendar_was_read(self, known: Library) -> None:
        known.clock.turn(hours=1)

        verdict, kind, words = asked(known, at(10, 11).start)

        assert (verdict, kind) == (Verdict.NOT_CERTAIN, "not_read")
        assert "09:00:00" in words  # eight in UTC, nine on the wall

    def test_says_when_a_calendar_was_never_read(self, lib: Library) -> None:
        assert asked(lib, at(10, 11).start)[1] == "not_read"

    def test_mentions_a_frozen_room(self, known: Library) -> None:
        with transaction() as session:
            link = session.get_one(CalendarLink, known.link_id)
            link.state, link.state_reason = LinkState.FROZEN, "38 of 41 events vanished."

        assert "Frozen: 38 of 41 events vanished." in answer(known, at(10, 11).start).also

    def test_says_free_and_how_fresh_that_is(self, known: Library) -> None:
        known.clock.turn(seconds=20)

        assert asked(known, at(10, 11).start) == (
            Verdict.FREE,
            "free",
            "Nothing stands in the way, neither here nor in Outlook, which was read 20 seconds ago.",
        )

    def test_gives_every_reason_there_is(self, known: Library) -> None:
        known.written(at(10, 11))
        outside(known)
        with transaction() as session:
            build.closure(
                session, session.get_one(Location, session.get_one(Space, known.space_id).location_id), at(10, 11)
            )

        kinds = [each.kind for each in answer(known, at(10, 11).start).reasons]

        assert kinds == ["booking", "outside", "closed"]

    def test_ends_where_the_entry_ends(self, known: Library) -> None:
        outside(known)

        assert answer(known, at(10, 11).end).verdict is Verdict.FREE
        assert answer(known, at(10, 11).end - timedelta(minutes=1)).verdict is Verdict.BUSY
