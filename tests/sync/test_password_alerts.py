"""Whoever looks after a connection hears of its password before that expires: once, and once when it is over."""

import json
from datetime import date, timedelta

import pytest

from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Connection
from booking.sync import alerts
from tests.sync.library import Library
from tests.sync.test_alerts import keep_read, mails, owned, raised

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def expires(lib: Library, day: date | None) -> None:
    with transaction() as session:
        session.get_one(Connection, lib.connection_id).password_expires_on = day


def heading() -> str:
    with reading() as session:
        (alert,) = queries.alerts.still_open(session)
    return alert.heading


class TestAPasswordThatExpires:
    @pytest.fixture(autouse=True)
    def _known(self, lib: Library) -> None:
        owned(lib)
        keep_read(lib)

    def test_is_no_matter_fifteen_days_before(self, lib: Library) -> None:
        expires(lib, lib.clock.now.date() + timedelta(days=15))

        alerts.look(lib.engine)

        assert raised() == []

    def test_is_told_of_two_weeks_before_and_only_once(self, lib: Library) -> None:
        expires(lib, lib.clock.now.date() + timedelta(days=14))

        for _ in range(3):
            alerts.look(lib.engine)
            lib.clock.turn(days=1)
            keep_read(lib)

        assert raised() == [f"connection:{lib.connection_id}:password_expires"]
        assert heading().endswith("expires on 6 November 2026")
        assert len(mails()) == 1

    def test_is_told_of_once_more_when_another_day_was_written_down(self, lib: Library) -> None:
        expires(lib, lib.clock.now.date() + timedelta(days=3))
        alerts.look(lib.engine)
        expires(lib, lib.clock.now.date() + timedelta(days=90))
        lib.clock.turn(minutes=20)
        keep_read(lib)

        alerts.look(lib.engine)

        assert raised() == []
        (mail,) = mails()  # it waited still, and took the other along
        facts = json.loads(mail.facts)
        assert len(facts["raised"]) == len(facts["over"]) == 1

    def test_is_told_of_after_its_day_too(self, lib: Library) -> None:
        expires(lib, lib.clock.now.date() - timedelta(days=1))

        alerts.look(lib.engine)

        assert "expired on 22 October 2026" in heading()

    def test_says_what_follows_and_what_to_do(self, lib: Library) -> None:
        expires(lib, lib.clock.now.date())

        alerts.look(lib.engine)

        with reading() as session:
            (alert,) = queries.alerts.still_open(session)
        assert "expires today" in alert.heading
        assert "nothing is read or written" in alert.lines[0]
        assert "write down when that one expires" in alert.lines[1]
