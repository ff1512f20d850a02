"""Lines of the log: as text and as JSON, with what they are about, and without what nobody may read."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from booking.connectors.port import Definite, Kind
from booking.http import logs

Written = Callable[[], str]


class Entry:
    """Something from a calendar, which prints its title."""

    def __str__(self) -> str:
        return "Dismissal of Mr Smith"


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Written]:
    """Give a function that returns what was written down, in each format."""
    file = tmp_path / "booking.log"
    handler = logs.handler(str(file), log_format=request.param, secrets=["correct horse"])
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: file.read_text(encoding="utf-8")
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


def _broken() -> None:
    try:
        int("Dismissal of Mr Smith")
    except ValueError as cause:
        message = "Dismissal of Mr Smith"
        raise LookupError(message) from cause


ours = logging.getLogger("booking.sync.example")


class TestALine:
    def test_says_which_booking_and_which_link_it_is_about(self, written: Written) -> None:
        ours.warning("written", extra={"booking": "ABCD-1234", "link": 7})

        line = written()

        if line.startswith("{"):
            told = json.loads(line)
            assert (told["level"], told["message"]) == ("WARNING", "written")
            assert (told["booking"], told["link"]) == ("ABCD-1234", 7)
        else:
            assert line.endswith("WARNING booking.sync.example: written [booking ABCD-1234, link 7]\n")

    def test_says_nothing_else_that_was_given_with_it(self, written: Written) -> None:
        ours.warning("written", extra={"title": "Dismissal of Mr Smith"})

        assert "Dismissal" not in written()

    def test_names_only_the_kind_of_an_object(self, written: Written) -> None:
        ours.warning("kept %s after %s", Entry(), Definite(Kind.THROTTLED, "Dismissal of Mr Smith"))

        assert f"kept Entry after Definite ({Kind.THROTTLED})" in written()
        assert "Dismissal" not in written()

    def test_tells_kind_and_place_of_a_fault_and_not_its_words(self, written: Written) -> None:
        try:
            _broken()
        except LookupError:
            ours.exception("it failed")

        assert "LookupError, after ValueError" in written()
        assert "test_logs.py" in written()
        assert "Dismissal" not in written()

    def test_never_holds_a_secret_of_the_settings(self, written: Written) -> None:
        ours.warning("signed in with %s", "correct horse")

        assert "correct horse" not in written()
        assert "signed in with ..." in written()

    def test_of_a_library_is_kept_only_when_it_warns(self, written: Written) -> None:
        logging.getLogger("exchangelib.util").debug("Response XML: %s", "Dismissal")
        logging.getLogger("urllib3").info("Dismissal")

        assert written() == ""

    def test_of_a_library_keeps_its_place_but_not_its_words(self, written: Written) -> None:
        logging.getLogger("urllib3.connection").warning("Dismissal of Mr Smith")

        assert "Dismissal" not in written()
        assert "test_logs.py" in written()

    def test_of_a_library_that_is_known_is_kept_without_what_it_filled_in(self, written: Written) -> None:
        logging.getLogger("waitress").warning("Exception while serving %s", "/bookings/ABCD/secret")

        assert "Exception while serving %s" in written()
        assert "secret" not in written()
