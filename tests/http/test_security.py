import re
from dataclasses import replace

from flask import Flask

from booking.app import create_app
from booking.config import Settings
from booking.domain.permissions import Permission
from booking.http.identity import needs
from booking.http.security import Attempts
from booking.store.database import db
from tests.support.pages import Library, Visitor


class TestEveryAnswer:
    def test_forbids_scripts_and_styles_that_are_not_ours(self, desk: Visitor) -> None:
        for address in ("/", "/sign-in", "/nowhere", "/health/ready"):
            policy = desk.opens(address).headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy

    def test_holds_no_script_and_no_style_of_its_own(self, desk: Visitor, library: Library) -> None:
        for address in ("/", f"/locations/{library.location}", f"/spaces/{library.room}/bookings/new", "/nowhere"):
            page = desk.opens(address).text
            assert not re.search(r"<script(?![^>]*\bsrc=)", page)
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)

    def test_is_asked_for_again_each_time(self, desk: Visitor) -> None:
        assert desk.opens("/").headers["Cache-Control"] == "private, no-cache"


class TestARequest:
    def test_with_a_zero_byte_is_refused_before_it_reaches_the_database(self, desk: Visitor, library: Library) -> None:
        assert desk.opens("/spaces/a%00b").status_code == 400
        assert desk.opens(f"/locations/{library.location}?date=%00").status_code == 400
        assert desk.signs_in("a\0b@example.org").status_code == 400


class TestOurFiles:
    def test_are_kept_for_good_under_an_address_that_names_their_content(self, desk: Visitor) -> None:
        found = re.search(r'href="(/static/css/components\.css\?v=[^"]+)"', desk.opens("/").text)
        assert found is not None

        answer = desk.opens(found[1])
        answer.close()

        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    def test_are_kept_an_hour_under_a_plain_one(self, desk: Visitor) -> None:
        answer = desk.opens("/static/css/components.css")
        answer.close()

        assert answer.headers["Cache-Control"] == "public, max-age=3600"


class TestTheSessionCookie:
    def test_is_out_of_reach_of_scripts_and_other_sites(self, desk: Visitor) -> None:
        cookie = desk.opens("/").headers["Set-Cookie"]

        assert cookie.startswith("booking=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie, "these settings are for plain http"

    def test_travels_over_https_only_where_the_settings_say_so(self, settings: Settings) -> None:
        app = create_app(replace(settings, secure_cookies=True))
        cookie = app.test_client().get("/").headers["Set-Cookie"]
        with app.app_context():
            db.engine.dispose()

        assert "Secure" in cookie


class TestAnError:
    def test_shows_words_and_no_traceback(self, app: Flask) -> None:
        @app.get("/broken")
        @needs(Permission.SEE_PUBLIC_PAGES)
        def broken() -> str:
            raise ZeroDivisionError("secret detail")

        answer = app.test_client().get("/broken")

        assert answer.status_code == 500
        assert "Something broke on our side" in answer.text
        assert "Traceback" not in answer.text
        assert "secret detail" not in answer.text


class TestAttempts:
    def test_are_enough_after_the_limit_for_one_name(self) -> None:
        attempts = Attempts("2 per minute")

        answers = [attempts.enough(address="192.0.2.1", login="ada@example.org") for _ in range(3)]

        assert answers == [False, False, True]

    def test_are_enough_for_an_address_that_tries_many_names(self) -> None:
        attempts = Attempts("2 per minute")

        answers = [attempts.enough(address="192.0.2.1", login=f"{number}@example.org") for number in range(11)]

        assert answers == [False] * 10 + [True]

    def test_count_a_name_once_however_it_is_written(self) -> None:
        attempts = Attempts("1 per minute")

        first = attempts.enough(address="192.0.2.1", login="Ada@example.org ")
        second = attempts.enough(address="192.0.2.1", login="ada@example.org")

        assert (first, second) == (False, True)
