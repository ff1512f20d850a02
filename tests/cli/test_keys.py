"""`booking keys rotate`."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from booking import config
from booking.app import create_app
from booking.config import Settings
from booking.domain.intervals import Interval
from booking.store import queries
from booking.store.database import db, transaction
from booking.store.models import Booking, Connection
from booking.store.types import KeyRing
from tests import build
from tests.cli.commands import booking

MORNING = Interval(datetime(2026, 6, 8, 9, tzinfo=UTC), datetime(2026, 6, 8, 10, tzinfo=UTC))


def stored(app: Flask) -> tuple[str, str]:
    """What stands in the database: a password and a link's secret, as they are encrypted."""
    with app.app_context(), db.engine.connect() as connection:
        password = connection.execute(text("SELECT password FROM connection")).scalar_one()
        secret = connection.execute(text("SELECT secret FROM booking")).scalar_one()
    return password, secret


def opened(app: Flask) -> tuple[str, str]:
    """The same, as the application reads it."""
    with app.app_context(), transaction() as session:
        return session.query(Connection).one().password, session.query(Booking).one().secret


def fill(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        space = build.space(session, build.category(session, build.location(session)))
        build.booking(session, space, MORNING)
        build.connection(session)


def rotate(settings: Settings, *options: str) -> str:
    environ = {"BOOKING_DATABASE_URL": settings.database_url}
    answer = booking("keys", "rotate", *options, instance=settings.instance, environ=environ)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestKeysRotate:
    def test_encrypts_everything_with_a_new_key_under_a_site_that_runs(self, app: Flask, settings: Settings) -> None:
        fill(app)
        before, plain = stored(app), opened(app)

        said = rotate(settings)

        keys = config.encryption_keys(settings.instance)
        assert "1 passwords of connections, 1 links of bookings" in said
        assert keys[1:] == settings.encryption_keys
        assert mode(settings.instance / "encryption.keys") == 0o600
        assert not set(before) & set(stored(app))
        assert opened(app) == plain  # by the process that began with the old key alone

    def test_forgets_the_old_keys_when_asked_to(self, app: Flask, settings: Settings) -> None:
        fill(app)
        plain = opened(app)
        rotate(settings)

        rotate(settings, "--forget-old")

        keys = config.encryption_keys(settings.instance)
        assert len(keys) == 1
        assert keys[0] not in settings.encryption_keys
        again = create_app(config.load(settings.instance, {"BOOKING_DATABASE_URL": settings.database_url}))
        assert opened(again) == plain
        with again.app_context():
            db.engine.dispose()

    def test_forgets_no_key_that_a_site_still_encrypts_with(self, app: Flask, settings: Settings) -> None:
        fill(app)
        rotate(settings, "--forget-old")  # which the site that runs was not told of
        with app.app_context(), transaction() as session:
            session.query(Connection).one().password = "another"

        again = create_app(config.load(settings.instance, {"BOOKING_DATABASE_URL": settings.database_url}))

        assert opened(again)[0] == "another"
        with again.app_context():
            db.engine.dispose()

    def test_encrypts_what_was_written_beside_it_with_an_older_key(self, app: Flask, settings: Settings) -> None:
        fill(app)
        config.add_encryption_key(settings.instance)
        before = stored(app)
        new = KeyRing()
        new.unlock(config.encryption_keys(settings.instance)[:1])

        with app.app_context(), transaction() as session:
            queries.secrets.renew_left_over(session, is_new=new.opens)

        assert not any(new.opens(secret) for secret in before)
        assert all(new.opens(secret) for secret in stored(app))

    def test_leaves_the_file_with_its_rights_and_where_it_is(self, app: Flask, settings: Settings) -> None:
        fill(app)
        kept = settings.instance.parent / "kept.keys"
        (settings.instance / "encryption.keys").rename(kept)
        kept.chmod(0o640)
        (settings.instance / "encryption.keys").symlink_to(kept)

        rotate(settings)

        assert (settings.instance / "encryption.keys").is_symlink()
        assert (mode(kept), len(config.encryption_keys(settings.instance))) == (0o640, 2)
        assert list(kept.parent.glob("tmp*")) == []

    def test_rotates_and_forgets_in_one_step(self, app: Flask, settings: Settings) -> None:
        fill(app)
        plain = opened(app)

        rotate(settings, "--forget-old")

        assert len(config.encryption_keys(settings.instance)) == 1
        assert opened(app) == plain

    def test_forgets_no_key_when_it_is_stopped_half_way(self, app: Flask, settings: Settings) -> None:
        fill(app)
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(text("UPDATE booking SET secret = 'of other keys'"))

        answer = booking(
            "keys",
            "rotate",
            "--forget-old",
            instance=settings.instance,
            environ={"BOOKING_DATABASE_URL": settings.database_url},
        )

        assert answer.returncode != 0
        assert "does not open" in answer.stderr
        assert config.encryption_keys(settings.instance)[1:] == settings.encryption_keys
