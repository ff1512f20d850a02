from collections.abc import Callable

from flask import Flask

from booking import clock, services
from booking.domain.permissions import Role
from booking.mail import worker
from booking.store.database import transaction
from booking.store.models import OutboxMessage, Space
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]


def told(app: Flask, staff: Staff, library: Library) -> str:
    """Queue the confirmation of a booking, and return the booking's secret."""
    with app.app_context(), transaction() as session:
        room = session.get_one(Space, staff.space(library.room).id)
        booking = build.booking(session, room, at(library.tomorrow, 9, 10))
        services.outbox.tell(session, "confirmed", booking, now=clock.now(), once="confirmed:1")
        return booking.secret


def sent(app: Flask) -> None:
    """Let the worker hand over what waits."""
    parts = app.extensions["booking"]
    with app.app_context():
        worker.send_due(parts.post, base_url="https://rooms.example.org", mail_from="rooms@example.org", now=clock.now)


class TestMessages:
    def test_are_shown_with_their_text_when_there_is_no_mail_server(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.LIBRARIAN)
        secret = told(app, staff, library)
        sent(app)

        listed = words(staff.opens("/admin/messages").text)
        shown = staff.opens("/admin/messages/1").text

        assert "No mail server is set" in listed
        assert "Kept here, not sent" in listed
        assert "https://rooms.example.org/bookings/TEST-" in shown
        assert secret in shown

    def test_that_failed_are_tried_again(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        told(app, staff, library)
        with app.app_context(), transaction() as session:
            message = session.get_one(OutboxMessage, 1)
            message.state, message.attempts, message.last_error = "failed", 9, "the mail server answered 550"

        listed = words(staff.opens("/admin/messages?state=failed").text)
        staff.sends("/admin/messages/1/again", form_on="/admin/messages")
        sent(app)

        assert "One message could not be sent" in listed
        assert "the mail server answered 550" in listed
        assert "Kept here, not sent" in words(staff.opens("/admin/messages/1").text)

    def test_that_did_not_fail_are_not_sent_twice(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        told(app, staff, library)
        sent(app)

        staff.sends("/admin/messages/1/again", form_on="/admin/locations")

        assert "did not fail" in words(staff.opens("/admin/messages/1").text)

    def test_of_another_location_are_not_shown(self, app: Flask, at_work: AtWork) -> None:
        staff = at_work(Role.LIBRARIAN)
        with app.app_context(), transaction() as session:
            booking = build.booking(session)
            services.outbox.tell(session, "confirmed", booking, now=clock.now(), once="confirmed:2")

        assert "No message yet." in words(staff.opens("/admin/messages").text)
        assert staff.opens("/admin/messages/1").status_code == 403

    def test_are_unknown_under_another_number(self, at_work: AtWork) -> None:
        assert at_work(Role.ADMINISTRATOR).opens("/admin/messages/999").status_code == 404
