"""A booking of several dates of which one is changed: each date stands alone in the calendar."""

from sqlalchemy import select

from booking.connectors.memory import Entry
from booking.domain.permissions import NOBODY
from booking.domain.states import OccurrenceState, PushState
from booking.services import bookings
from booking.services.bookings import Change, Wish
from booking.services.people import Patron
from booking.store.database import reading, transaction
from booking.store.models import Booking, Occurrence, PushItem
from tests.sync.library import Library, at

TIMES = tuple(at(10, 11, days=day) for day in (1, 2, 3))


def written(lib: Library) -> int:
    """Book three days running and have them written; return the booking's number."""
    patron = Patron(first_name="Ada", last_name="Lovelace", email="ada@example.org")
    with transaction() as session:
        wish = Wish(space_id=lib.space_id, times=TIMES, patron=patron)
        booking_id = bookings.place(session, wish, actor=NOBODY, now=lib.clock.now).id
    lib.push()
    assert [entry.when for entry in in_order(lib)] == list(TIMES)
    return booking_id


def in_order(lib: Library) -> list[Entry]:
    return sorted(lib.entries, key=lambda entry: entry.when.start)


def dates(booking_id: int) -> list[Occurrence]:
    with reading() as session:
        query = select(Occurrence).join(Booking, Booking.id == Occurrence.booking_id).where(Booking.id == booking_id)
        return list(session.scalars(query.order_by(Occurrence.id)))


def rows() -> list[tuple[PushState, int, str]]:
    """Return state, version and entry of each row, in order."""
    with reading() as session:
        query = select(PushItem).order_by(PushItem.id)
        return [(row.state, row.want_version, row.remote_id) for row in session.scalars(query)]


class TestOneDate:
    def test_moved_in_outlook_takes_its_new_time_and_leaves_the_others_alone(self, lib: Library) -> None:
        """Point 27."""
        booking_id = written(lib)
        before = rows()

        lib.server.move(lib.mailbox, in_order(lib)[1].id, at(15, 16, days=2))
        lib.pull()
        lib.push()

        assert [each.when for each in dates(booking_id)] == [TIMES[0], at(15, 16, days=2), TIMES[2]]
        assert [each.when for each in in_order(lib)] == [TIMES[0], at(15, 16, days=2), TIMES[2]]
        assert [rows()[0], rows()[2]] == [before[0], before[2]]
        assert lib.told() == ["confirmed", "moved_in_outlook"]

    def test_deleted_in_outlook_is_cancelled_alone(self, lib: Library) -> None:
        """Point 27."""
        booking_id = written(lib)

        lib.server.remove(lib.mailbox, in_order(lib)[1].id)
        lib.pull()
        lib.push()

        held, gone = OccurrenceState.CONFIRMED, OccurrenceState.CANCELLED
        assert [each.state for each in dates(booking_id)] == [held, gone, held]
        assert [each.when for each in in_order(lib)] == [TIMES[0], TIMES[2]]
        assert lib.told() == ["confirmed", "cancelled_in_outlook"]

    def test_moved_by_us_is_one_change_of_one_entry(self, lib: Library) -> None:
        """Point 27."""
        booking_id = written(lib)
        key = dates(booking_id)[1].key
        changed = lib.asked("update")

        with transaction() as session:
            change = Change(when={key: at(15, 16, days=2)})
            bookings.change(session, booking_id, change, actor=NOBODY, now=lib.clock.now)
        lib.push()

        assert [each.when for each in in_order(lib)] == [TIMES[0], at(15, 16, days=2), TIMES[2]]
        assert lib.asked("update") == changed + 1
        assert lib.asked("create") == len(TIMES)

    def test_edited_in_outlook_while_another_is_changed_by_us_takes_both(self, lib: Library) -> None:
        """Point 27."""
        booking_id = written(lib)
        key = dates(booking_id)[0].key

        lib.server.move(lib.mailbox, in_order(lib)[2].id, at(18, 19, days=3))
        with transaction() as session:
            change = Change(when={key: at(8, 9)})
            bookings.change(session, booking_id, change, actor=NOBODY, now=lib.clock.now)
        lib.pull()
        lib.push()

        wanted = [at(8, 9), TIMES[1], at(18, 19, days=3)]
        assert [each.when for each in dates(booking_id)] == wanted
        assert [each.when for each in in_order(lib)] == wanted
        assert {state for state, _, _ in rows()} == {PushState.CLEAN}
