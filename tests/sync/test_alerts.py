"""What is wrong for ten minutes is told to its owner: once, and once more when it is over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.states import LinkState
from booking.mail import worker as mail
from booking.mail.smtp import FolderPost
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Alert, CalendarLink, Conflict, Connection, Installation, OutboxMessage, Watch
from booking.sync import alerts, status
from booking.sync.status import Code
from tests.sync.library import Library, library

OWNER = "exchange-team@library.example"


def owned(lib: Library) -> None:
    with transaction() as session:
        session.get_one(Connection, lib.connection_id).alert_email = OWNER


def freeze(lib: Library) -> None:
    with transaction() as session:
        link = session.get_one(CalendarLink, lib.link_id)
        link.state, link.state_since, link.state_reason = LinkState.FROZEN, lib.clock.now, "38 of 41 events vanished."


def thaw(lib: Library) -> None:
    with transaction() as session:
        session.get_one(CalendarLink, lib.link_id).state = LinkState.ACTIVE


def raised() -> list[str]:
    """Return the keys of what is wrong now."""
    with reading() as session:
        return [each.key for each in queries.alerts.still_open(session)]


def mails() -> list[OutboxMessage]:
    with reading() as session:
        return list(
            session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "alerts").order_by(OutboxMessage.id))
        )


def keep_read(lib: Library) -> None:
    """Let every calendar be as it was a moment ago."""
    with transaction() as session:
        for link in session.scalars(select(CalendarLink)):
            link.near_read_at = link.far_read_at = link.read_at = lib.clock.now
            link.read_until = lib.clock.now + timedelta(days=91)


@pytest.fixture
def known(lib: Library) -> Library:
    """Give a library whose room was read a moment ago."""
    keep_read(lib)
    return lib


class TestWhatIsWrong:
    def test_is_no_alert_before_ten_minutes(self, known: Library) -> None:
        freeze(known)
        known.clock.turn(minutes=9)
        keep_read(known)

        assert alerts.look(known.engine) == 0
        assert raised() == []

    def test_is_one_after_ten_minutes_however_often_it_is_looked_at(self, known: Library) -> None:
        owned(known)
        freeze(known)
        known.clock.turn(minutes=10)
        keep_read(known)

        for _ in range(5):
            alerts.look(known.engine)

        assert raised() == [f"link:{known.link_id}:frozen"]
        assert len(mails()) == 1

    def test_is_told_after_as_many_minutes_as_the_settings_say(self, known: Library) -> None:
        freeze(known)
        known.clock.turn(minutes=3)
        keep_read(known)
        patient = replace(known.engine, timing=replace(known.engine.timing, alert_after=timedelta(minutes=4)))
        sooner = replace(known.engine, timing=replace(known.engine.timing, alert_after=timedelta(minutes=3)))

        assert (alerts.look(patient), alerts.look(sooner)) == (0, 1)

    def test_says_what_since_when_why_and_what_to_do(self, known: Library) -> None:
        freeze(known)
        since = known.clock.now
        known.clock.turn(minutes=10)
        keep_read(known)
        alerts.look(known.engine)

        with reading() as session:
            (alert,) = queries.alerts.still_open(session)

        assert alert.heading.endswith(": frozen")
        assert alert.lines[0] == "38 of 41 events vanished."
        assert alert.lines[1].startswith("Look at the calendar")
        assert alert.since == since

    def test_ends_with_its_cause(self, known: Library) -> None:
        freeze(known)
        known.clock.turn(minutes=10)
        keep_read(known)
        alerts.look(known.engine)
        thaw(known)

        alerts.look(known.engine)

        assert raised() == []
        with reading() as session:
            assert session.scalars(select(Alert.resolved_at)).one() == known.clock.now

    def test_of_a_change_that_does_not_reach_outlook_is_reckoned_from_when_it_was_wanted(self, known: Library) -> None:
        known.server.fail("create", FailBefore(Definite(Kind.TRANSIENT, "failing over")), times=1000)
        known.place()
        known.push()
        known.clock.turn(minutes=11)
        keep_read(known)

        alerts.look(known.engine)

        assert raised() == [f"link:{known.link_id}:waiting"]

    def test_of_a_calendar_that_is_not_read_is_told(self, known: Library) -> None:
        known.clock.turn(minutes=11)

        alerts.look(known.engine)

        assert raised() == [f"link:{known.link_id}:not_read_lately"]

    def test_of_a_conflict_waits_a_day(self, known: Library) -> None:
        with transaction() as session:
            session.add(Conflict(link_id=known.link_id, kind="overlap", found_at=known.clock.now))
        known.clock.turn(hours=23)
        keep_read(known)
        alerts.look(known.engine)
        before = raised()
        known.clock.turn(hours=1)
        keep_read(known)

        alerts.look(known.engine)

        assert (before, raised()) == ([], [f"link:{known.link_id}:conflict"])

    def test_of_a_pause_is_what_staff_want_and_no_alert(self, known: Library) -> None:
        with transaction() as session:
            link = session.get_one(CalendarLink, known.link_id)
            link.state, link.state_since = LinkState.PAUSED, known.clock.now
        known.clock.turn(hours=2)

        assert alerts.look(known.engine) == 0

    def test_of_a_watch_that_fell_silent_is_told(self, known: Library) -> None:
        with transaction() as session:
            session.add(Watch(connection_id=known.connection_id, number=0, heard_at=known.clock.now))
        known.clock.turn(minutes=21)
        keep_read(known)

        alerts.look(known.engine)

        assert raised() == [f"connection:{known.connection_id}:watch_silent"]

    @pytest.mark.parametrize("whole", [True, False])
    def test_of_writing_that_stopped_is_told_at_once(self, known: Library, *, whole: bool) -> None:
        with transaction() as session:
            if whole:
                session.scalars(select(Installation)).one().stopped = "This may be a copy."
            else:
                session.get_one(Connection, known.connection_id).writes_stopped = "This may be a copy."

        alerts.look(known.engine)

        what = "installation" if whole else f"connection:{known.connection_id}"
        assert raised() == [f"{what}:writing_stopped"]


class TestAProcessThatHasJustStarted:
    def test_has_nothing_to_tell_of_the_time_when_nobody_worked(self, known: Library) -> None:
        known.clock.turn(hours=3)
        started = replace(known.engine)

        alerts.look(started)
        assert raised() == []
        known.clock.turn(minutes=11)  # and still it is not read
        alerts.look(started)

        assert raised() == [f"link:{known.link_id}:{Code.NOT_READ_LATELY}"]

    def test_does_not_take_what_was_told_before_for_over(self, known: Library) -> None:
        known.clock.turn(hours=3)
        alerts.look(known.engine)

        alerts.look(replace(known.engine))

        assert raised() == [f"link:{known.link_id}:{Code.NOT_READ_LATELY}"]

    def test_tells_at_once_what_no_rest_explains(self, known: Library) -> None:
        freeze(known)
        known.clock.turn(minutes=11)
        keep_read(known)

        alerts.look(replace(known.engine))

        assert raised() == [f"link:{known.link_id}:{Code.FROZEN}"]


class TestAServerThatFailsAllItsRooms:
    @pytest.fixture
    def many(self, stored: Flask, request: pytest.FixtureRequest) -> Iterator[Library]:
        """Give a library with five rooms on one server, all read a moment ago."""
        with stored.app_context(), library(request.node.nodeid, rooms=5) as made:
            keep_read(made)
            owned(made)
            yield made

    def test_is_told_once_and_not_once_for_each_room(self, many: Library) -> None:
        many.clock.turn(minutes=11)
        with transaction() as session:
            for link in session.scalars(select(CalendarLink)):
                link.last_error = "No answer within 30 s."

        alerts.look(many.engine)

        assert raised() == [f"connection:{many.connection_id}:away"]
        assert len(mails()) == 1

    def test_is_told_once_when_it_does_not_let_us_in(self, many: Library) -> None:
        with transaction() as session:
            for link in session.scalars(select(CalendarLink)):
                link.state, link.state_since, link.state_reason = LinkState.AUTH_FAILED, many.clock.now, "Refused."
        many.clock.turn(minutes=11)

        alerts.look(many.engine)

        assert raised() == [f"connection:{many.connection_id}:sign_in_failed"]

    def test_rooms_that_fail_one_after_the_other_come_in_two_mails(self, many: Library) -> None:
        for link_id in range(many.link_id, many.link_id + 5):
            with transaction() as session:
                link = session.get_one(CalendarLink, link_id)
                link.state, link.state_since, link.state_reason = LinkState.GONE, _ago(many, 11), "No mailbox."
            many.clock.turn(seconds=30)
            keep_read(many)
            alerts.look(many.engine)

        assert len(raised()) == 5
        assert len(mails()) == 1  # the first waits still, and took the others along


def _ago(lib: Library, minutes: float) -> datetime:
    return lib.clock.now - timedelta(minutes=minutes)


class TestTheMail:
    def test_goes_to_the_owner_of_the_connection(self, known: Library) -> None:
        owned(known)
        self._trouble(known)

        assert [each.to_address for each in mails()] == [OWNER]

    def test_goes_nowhere_where_nobody_is_named(self, known: Library) -> None:
        self._trouble(known)

        assert mails() == []
        assert len(raised()) == 1

    def test_tells_of_the_end_too_and_not_sooner_than_ten_minutes_later(self, known: Library) -> None:
        owned(known)
        self._trouble(known)
        self._sent()
        thaw(known)
        known.clock.turn(minutes=2)
        keep_read(known)

        alerts.look(known.engine)

        first, second = mails()
        assert second.due_at - first.due_at == known.engine.timing.alert_gap

    def test_says_all_in_plain_words(self, known: Library, tmp_path_factory: pytest.TempPathFactory) -> None:
        owned(known)
        self._trouble(known)
        post = FolderPost(tmp_path_factory.mktemp("mail"))

        mail.send_due(post, base_url="https://rooms.example.org", mail_from="rooms@example.org", now=known.clock)

        (message,) = mails()
        kept = post.kept(message.message_id)
        assert kept is not None
        text = str(kept.get_content())
        assert kept["To"] == OWNER
        assert str(kept["Subject"]).startswith("Calendars need you: ")
        assert "38 of 41 events vanished." in text
        assert "https://rooms.example.org/admin/sync" in text

    def test_is_not_sent_for_what_comes_and_goes_all_day(self, known: Library) -> None:
        owned(known)
        for _ in range(6):
            self._trouble(known)
            self._sent()
            thaw(known)
            alerts.look(known.engine)
            self._sent()
            known.clock.turn(minutes=20)

        assert len(mails()) == 6  # three times wrong, three times over; then it only stands on the page

    def _trouble(self, lib: Library) -> None:
        freeze(lib)
        lib.clock.turn(minutes=10)
        keep_read(lib)
        alerts.look(lib.engine)

    def _sent(self) -> None:
        with transaction() as session:
            for message in session.scalars(select(OutboxMessage)):
                message.state = queries.outbox.SENT


class TestAStateOlderThanTwoMinutes:
    def test_is_visible(self, known: Library) -> None:
        known.server.fail("create", FailBefore(Definite(Kind.TRANSIENT, "failing over")), times=1000)
        known.place()
        known.push()
        known.clock.turn(minutes=2, seconds=1)
        keep_read(known)

        with reading() as session:
            (health,) = status.spaces(session, now=known.clock.now, cadence=known.engine.timing.cadence)

        assert health.code is Code.WAITING
        assert health.lag is not None
        assert health.lag > timedelta(minutes=2)
        assert not health.needs_somebody
