"""Undoing what sync cancelled: within 30 days, while the space can be had, and told once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.domain.errors import Closed, Forbidden, NotPossible, Taken
from booking.domain.permissions import NOBODY
from booking.domain.states import Channel, LinkState, OccurrenceState, PushState
from booking.services import bookings
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import AuditEntry, CalendarLink, Occurrence, OutboxMessage, PushItem
from tests import build
from tests.build import ADMINISTRATOR, NOW, TOMORROW_AT_TEN


@pytest.fixture
def cancelled(app: Flask) -> int:
    """Give a date that was cancelled from Outlook just now, in a paired room."""
    with app.app_context(), transaction() as session:
        booking = build.booking(session)
        (date,) = booking.occurrences
        build.link(session, date.space)
        bookings.follow_cancel(session, date, now=NOW)
        return date.id


def undo(session: Session, occurrence_id: int, *, after: timedelta = timedelta(minutes=5)) -> None:
    occurrence = session.get_one(Occurrence, occurrence_id)
    bookings.undo_cancel(session, occurrence, actor=ADMINISTRATOR, now=NOW + after)


class TestUndoCancel:
    def test_has_the_date_hold_its_space_again(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                undo(session, cancelled)
            with reading() as session:
                date = session.get_one(Occurrence, cancelled)

        assert (date.state, date.holds) == (OccurrenceState.CONFIRMED, True)
        assert (date.cancelled_by, date.ended_at) == (None, None)

    def test_tells_the_patron_once_and_notes_who_did_it(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                undo(session, cancelled)
            with reading() as session:
                told = list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))
                noted = session.scalars(select(AuditEntry).where(AuditEntry.what == "booking.restored")).one()

        assert told == ["cancelled_in_outlook", "restored"]
        assert noted.actor == ADMINISTRATOR.name

    def test_has_a_new_entry_written_of_the_next_generation(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                link = session.scalars(select(CalendarLink)).one()
                session.add(
                    PushItem(
                        occurrence_id=cancelled,
                        link_id=link.id,
                        want_present=False,
                        want_version=3,
                        acked_version=3,
                        generation=1,
                        state=PushState.GONE,
                        attempts=0,
                        put_backs=0,
                        created_at=NOW,
                    )
                )
            with transaction() as session:
                undo(session, cancelled)
            with reading() as session:
                row = session.scalars(select(PushItem)).one()

        assert (row.want_present, row.generation, row.state) == (True, 2, PushState.DIRTY)

    def test_is_refused_when_somebody_has_the_space(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                date = session.get_one(Occurrence, cancelled)
                build.booking(session, queries.places.lock_space(session, date.space_id))

            with pytest.raises(Taken), transaction() as session:
                undo(session, cancelled)

    def test_is_refused_when_an_entry_in_outlook_has_the_space(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                build.outside_event(session, session.scalars(select(CalendarLink)).one())

            with pytest.raises(Taken), transaction() as session:
                undo(session, cancelled)

    def test_is_refused_when_the_space_is_closed_then(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                date = session.get_one(Occurrence, cancelled)
                space = queries.places.lock_space(session, date.space_id)
                build.closure(session, space.location, TOMORROW_AT_TEN)

            with pytest.raises(Closed), transaction() as session:
                undo(session, cancelled)

    def test_is_refused_after_thirty_days(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                date = session.get_one(Occurrence, cancelled)
                date.starts_at, date.ends_at = date.starts_at + timedelta(days=60), date.ends_at + timedelta(days=60)
            with pytest.raises(NotPossible, match="more than 30 days ago"), transaction() as session:
                undo(session, cancelled, after=timedelta(days=30, seconds=1))
            with transaction() as session:
                undo(session, cancelled, after=timedelta(days=30))

    def test_is_refused_when_the_time_is_over(self, app: Flask, cancelled: int) -> None:
        with app.app_context(), pytest.raises(NotPossible, match="over"), transaction() as session:
            undo(session, cancelled, after=timedelta(days=2))

    def test_is_refused_a_second_time(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                undo(session, cancelled)

            with pytest.raises(NotPossible, match="stands already"), transaction() as session:
                undo(session, cancelled)

    def test_is_not_for_what_people_cancelled(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                session.get_one(Occurrence, cancelled).cancelled_by = Channel.WEB

            with pytest.raises(NotPossible, match="cancelled from Outlook"), transaction() as session:
                undo(session, cancelled)

    def test_is_for_staff(self, app: Flask, cancelled: int) -> None:
        with app.app_context(), pytest.raises(Forbidden), transaction() as session:
            bookings.undo_cancel(session, session.get_one(Occurrence, cancelled), actor=NOBODY, now=NOW)

    def test_works_where_the_room_is_not_paired_any_more(self, app: Flask, cancelled: int) -> None:
        with app.app_context():
            with transaction() as session:
                session.scalars(select(CalendarLink)).one().state = LinkState.ENDED
            with transaction() as session:
                undo(session, cancelled)
            with reading() as session:
                assert session.get_one(Occurrence, cancelled).holds
