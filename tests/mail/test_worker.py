"""Sending what waits: each message once, whatever the mail server does, on both databases."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask

from booking.mail import worker
from booking.mail.smtp import Away, Post, SmtpPost
from tests.mail import waiting_messages
from tests.mail.post_office import Manner, PostOffice, post_office
from tests.mail.waiting_messages import NOW, Hands, stored


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Give a mail server."""
    with post_office() as office:
        yield office


def send(post: Post, clock: Hands | None = None, *, claim: timedelta = worker.CLAIM) -> int:
    return worker.send_due(
        post, base_url="https://rooms.example.org", mail_from="rooms@example.org", now=clock or Hands(), claim=claim
    )


def server(office: PostOffice) -> Post:
    return SmtpPost("127.0.0.1", office.port, leg=2, deadline=4)


@pytest.mark.usefixtures("in_app")
class TestSendDue:
    def test_sends_what_is_due_and_says_so(self, office: PostOffice) -> None:
        message = waiting_messages.message(waiting_messages.booking())

        assert send(server(office)) == 1

        arrived = office.arrived[0]
        assert arrived["To"] == "Zoë Müller <zoe@example.org>"
        assert "https://rooms.example.org/bookings/7KQ2-F9XM/s3cr3t" in arrived.get_content()
        after = stored(message)
        assert (after.state, after.sent_at, after.subject) == ("sent", NOW, "Your booking 7KQ2-F9XM is confirmed")
        assert after.message_id == arrived["Message-ID"]

    def test_sends_nothing_twice(self, office: PostOffice) -> None:
        waiting_messages.message(waiting_messages.booking())
        send(server(office))

        assert send(server(office)) == 0

        assert len(office.arrived) == 1

    def test_leaves_what_is_not_due(self, office: PostOffice) -> None:
        waiting_messages.message(waiting_messages.booking(), due=NOW + timedelta(minutes=1))

        assert send(server(office)) == 0

        assert office.arrived == []

    def test_does_not_say_that_something_stands_when_it_was_cancelled_meanwhile(self, office: PostOffice) -> None:
        booking_id = waiting_messages.booking(holds=False)
        confirmed = waiting_messages.message(booking_id, "confirmed")
        cancelled = waiting_messages.message(booking_id, "cancelled")

        send(server(office))

        assert [each["Subject"] for each in office.arrived] == ["Your booking 7KQ2-F9XM was cancelled"]
        assert (stored(confirmed).state, stored(cancelled).state) == ("overtaken", "sent")


class TestTwoWorkers:
    def test_send_each_message_once(self, app: Flask, office: PostOffice) -> None:
        with app.app_context():
            booking_id = waiting_messages.booking()
            for minute in range(20):
                waiting_messages.message(booking_id, due=NOW - timedelta(minutes=minute))
        ready = threading.Barrier(2)

        def work() -> None:
            with app.app_context():
                ready.wait()
                send(server(office))

        workers = [threading.Thread(target=work) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()

        assert len({each["Message-ID"] for each in office.arrived}) == 20
        assert len(office.arrived) == 20


class PowerCut(BaseException):
    """The machine stops here."""


class CrashesBefore:
    """Loses its machine before the message leaves."""

    def send(self, message: EmailMessage) -> None:
        assert message["To"]
        raise PowerCut


class CrashesAfter:
    """Loses its machine after the message left, before anybody could write it down."""

    def __init__(self, post: Post) -> None:
        self.post = post

    def send(self, message: EmailMessage) -> None:
        self.post.send(message)
        raise PowerCut


@pytest.mark.usefixtures("in_app")
class TestACrash:
    def test_between_claim_and_send_loses_nothing(self, office: PostOffice) -> None:
        message = waiting_messages.message(waiting_messages.booking())
        with pytest.raises(PowerCut):
            send(CrashesBefore(), claim=timedelta(seconds=-1))

        assert send(server(office)) == 1

        assert len(office.arrived) == 1
        assert stored(message).state == "sent"

    def test_leaves_the_message_alone_while_its_claim_runs(self, office: PostOffice) -> None:
        waiting_messages.message(waiting_messages.booking())
        with pytest.raises(PowerCut):
            send(CrashesBefore())

        assert send(server(office)) == 0

    def test_after_sending_repeats_it_under_the_same_message_id(self, office: PostOffice) -> None:
        waiting_messages.message(waiting_messages.booking())
        with pytest.raises(PowerCut):
            send(CrashesAfter(server(office)), claim=timedelta(seconds=-1))

        send(server(office))

        assert len(office.arrived) == 2
        assert len({each["Message-ID"] for each in office.arrived}) == 1

    def test_of_one_that_comes_back_late_does_not_undo_what_another_wrote_down(self, office: PostOffice) -> None:
        message = waiting_messages.message(waiting_messages.booking())

        class Frozen:
            """Sleeps past its claim; another worker sends meanwhile."""

            def send(self, message: EmailMessage) -> None:
                send(server(office))
                office.manner = Manner.REFUSES
                server(office).send(message)

        send(Frozen(), claim=timedelta(seconds=-1))

        assert stored(message).state == "sent"


@pytest.mark.usefixtures("in_app")
class TestAServer:
    @pytest.mark.parametrize("manner", [Manner.BUSY, Manner.HANGS])
    def test_that_cannot_now_is_asked_again_later(self, office: PostOffice, manner: Manner) -> None:
        message = waiting_messages.message(waiting_messages.booking())
        clock = Hands()
        office.manner = manner

        assert send(server(office), clock) == 0

        waiting = stored(message)
        assert (waiting.state, waiting.due_at) == ("waiting", NOW + timedelta(minutes=1))
        assert waiting.last_error
        office.manner = Manner.TAKES
        clock.moment += timedelta(minutes=1)
        assert send(server(office), clock) == 1
        assert stored(message).last_error == ""

    def test_that_hangs_up_after_the_text_gets_it_again_under_the_same_message_id(self, office: PostOffice) -> None:
        waiting_messages.message(waiting_messages.booking())
        clock = Hands()
        office.manner = Manner.DROPS
        send(server(office), clock)

        office.manner = Manner.TAKES
        clock.moment += timedelta(minutes=1)
        send(server(office), clock)

        assert len(office.arrived) == 2
        assert len({each["Message-ID"] for each in office.arrived}) == 1

    @pytest.mark.parametrize("manner", [Manner.REFUSES, Manner.REFUSES_TEXT])
    def test_that_never_will_is_not_asked_again_and_staff_can_see_why(self, office: PostOffice, manner: Manner) -> None:
        message = waiting_messages.message(waiting_messages.booking())
        office.manner = manner

        send(server(office))

        failed = stored(message)
        assert failed.state == "failed"
        assert "the mail server answered 55" in failed.last_error

    def test_that_stays_away_for_two_days_is_given_up_on(self, office: PostOffice) -> None:
        message = waiting_messages.message(waiting_messages.booking())
        clock = Hands()
        office.manner = Manner.BUSY
        attempts = 0
        while stored(message).state == "waiting":
            clock.moment = max(clock.moment, stored(message).due_at)
            send(server(office), clock)
            attempts += 1

        assert stored(message).state == "failed"
        assert timedelta(days=2) < clock.moment - NOW < timedelta(days=2, hours=2)
        assert attempts < 60

    def test_that_is_away_is_asked_once_for_all_that_waits(self) -> None:
        booking_id = waiting_messages.booking()
        messages = [waiting_messages.message(booking_id, due=NOW - timedelta(hours=hours)) for hours in range(3)]

        class IsAway:
            """Nobody is there."""

            asked = 0

            def send(self, message: EmailMessage) -> None:
                self.asked += 1
                assert message["To"]
                raise Away("nobody answers")

        nobody = IsAway()

        assert send(nobody) == 0

        assert nobody.asked == 1
        assert {stored(each).due_at for each in messages} == {NOW + timedelta(minutes=1)}

    def test_that_refuses_one_message_does_not_keep_the_next(self, office: PostOffice) -> None:
        booking_id = waiting_messages.booking()
        waiting_messages.message(booking_id, due=NOW - timedelta(hours=1))

        class RefusesFirst:
            """Refuses the first message and hands the others over."""

            asked = 0

            def send(self, message: EmailMessage) -> None:
                self.asked += 1
                office.manner = Manner.REFUSES if self.asked == 1 else Manner.TAKES
                server(office).send(message)

        second = waiting_messages.message(booking_id)

        assert send(RefusesFirst()) == 1

        assert stored(second).state == "sent"
