"""What load balancers and monitors ask."""

from dataclasses import replace

from flask import Flask
from sqlalchemy import text

from booking.app import create_app
from booking.config import Settings
from booking.store.database import db
from tests.support.pages import Visitor


class TestAHealthCheck:
    def test_finds_a_site_that_works_alive_and_ready(self, desk: Visitor) -> None:
        live, ready = desk.opens("/health/live"), desk.opens("/health/ready")

        assert (live.status_code, live.json) == (200, {"status": "alive"})
        assert (ready.status_code, ready.json) == (200, {"status": "ready"})

    def test_finds_a_site_with_tables_of_another_version_not_ready(self, app: Flask, desk: Visitor) -> None:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

        live, ready = desk.opens("/health/live"), desk.opens("/health/ready")

        assert live.status_code == 200
        assert ready.status_code == 503
        assert ready.json is not None
        assert "booking db upgrade" in ready.json["status"]

    def test_finds_a_site_whose_database_is_away_alive_but_not_ready(self, settings: Settings) -> None:
        app = create_app(settings)
        with app.app_context():
            db.engine.dispose()
        path = settings.database_url.removeprefix("sqlite:///")
        away = settings.instance / "not-a-database"
        away.write_bytes(b"something else" * 100)
        away.replace(path)

        answers = [app.test_client().get(f"/health/{name}") for name in ("live", "ready")]

        assert [answer.status_code for answer in answers] == [200, 503]
        assert answers[1].json == {"status": "the database does not answer"}


class TestASiteBelowAPath:
    def test_answers_with_and_without_the_path(self, settings: Settings) -> None:
        app = create_app(replace(settings, base_url="https://www.example.org/rooms/"))
        client = app.test_client()

        answers = [client.get(address).status_code for address in ("/rooms/", "/rooms", "/", "/rooms/health/live")]

        with app.app_context():
            db.engine.dispose()
        assert answers == [200, 200, 200, 200]

    def test_leads_nowhere_outside_of_it(self, settings: Settings) -> None:
        app = create_app(replace(settings, base_url="https://www.example.org/rooms"))
        page = app.test_client().get("/rooms/sign-in")

        with app.app_context():
            db.engine.dispose()
        addresses = [part.split('"')[0] for part in page.text.split('="/')[1:]]
        assert addresses
        assert all(address.startswith("rooms/") for address in addresses)
        assert "Path=/rooms;" in page.headers["Set-Cookie"]

    def test_is_not_met_by_a_path_that_only_begins_like_it(self, settings: Settings) -> None:
        app = create_app(replace(settings, base_url="https://www.example.org/rooms"))

        answer = app.test_client().get("/roomshealth/live")

        with app.app_context():
            db.engine.dispose()
        assert answer.status_code == 404
