"""The error report: each error with its remedy, filters, a table to take along, and "0 errors" said plainly."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from booking import clock
from booking.domain.permissions import Role
from booking.domain.states import LinkState
from booking.store.database import transaction
from booking.store.models import Space, SyncError
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]
ERRORS = "/admin/sync/errors"
DOWN = "The server is in trouble (HTTP 503)."


def wrong(
    app: Flask,
    staff: Staff,
    slug: str,
    *,
    kind: str = "transient",
    message: str = DOWN,
    hours: float = 0,
    whole: bool = False,
) -> None:
    """Let something have gone wrong with a space that is paired, or with its whole connection."""
    with app.app_context(), transaction() as session:
        space = session.get_one(Space, staff.space(slug).id)
        server = build.connection(session)
        ended = LinkState.ENDED  # so that one space may have many
        link = build.link(session, space, through=server, mailbox=f"{slug}-{server.id}@example.org", state=ended)
        session.add(
            SyncError(
                at=clock.now() - timedelta(hours=hours),
                link_id=None if whole else link.id,
                connection_id=server.id if whole else None,
                operation="read",
                kind=kind,
                message=message,
            )
        )


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestTheErrorReport:
    def test_says_plainly_that_there_are_none(self, at_work: AtWork) -> None:
        told = words(at_work(Role.LIBRARIAN).opens(ERRORS).text)

        assert "0 errors" in told
        assert "Nothing went wrong with any calendar" in told

    def test_shows_each_with_its_remedy(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        wrong(app, staff, library.room, kind="forbidden", message="It needs the Author right.")

        told = words(staff.opens(ERRORS).text)

        assert "One error" in told
        assert "A right is missing trying to read the calendar It needs the Author right." in told
        assert "fresh rights need some minutes" in told

    def test_has_the_newest_first(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        wrong(app, staff, library.room, message="The older.", hours=3)
        wrong(app, staff, library.room, message="The newer.", hours=1)

        told = words(staff.opens(ERRORS).text)

        assert told.index("The newer.") < told.index("The older.")

    def test_hides_what_belongs_to_other_locations(self, app: Flask, at_work: AtWork) -> None:
        staff = at_work(Role.LIBRARIAN)
        with app.app_context(), transaction() as session:
            link = build.link(session, build.space(session, name="Elsewhere"))
            session.add(SyncError(at=clock.now(), link_id=link.id, operation="read", kind="transient", message=DOWN))

        assert "0 errors" in words(staff.opens(ERRORS).text)

    def test_shows_an_administrator_those_of_whole_connections(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        wrong(app, staff, library.room, kind="sign_in", message="Not with this password.", whole=True)

        told = words(staff.opens(ERRORS).text)

        assert "the whole connection" in told
        assert "other form of the user name" in told


class TestTheFilter:
    def test_takes_space_kind_and_time(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        wrong(app, staff, library.room, message="Of the room.", hours=30)
        wrong(app, staff, library.hall, message="Of the hall.", kind="throttled", hours=2)

        assert "Of the hall." not in words(staff.opens(f"{ERRORS}?space={library.room}").text)
        assert "Of the room." in words(staff.opens(f"{ERRORS}?space={library.room}").text)
        assert "Of the room." not in words(staff.opens(f"{ERRORS}?kind=throttled").text)
        assert "Of the room." not in words(staff.opens(f"{ERRORS}?hours=24").text)
        assert "0 errors" in words(staff.opens(f"{ERRORS}?hours=1").text)
        assert "Nothing like that went wrong" in words(staff.opens(f"{ERRORS}?booking=NONE-1").text)

    def test_says_what_it_does_not_understand(self, at_work: AtWork) -> None:
        answer = at_work(Role.LIBRARIAN).opens(f"{ERRORS}?space=999&hours=soon")

        assert answer.status_code == 422
        assert "Choose one from the list." in words(answer.text)


class TestTheTableToTakeAlong:
    def test_holds_what_the_page_shows(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        wrong(app, staff, library.room)

        answer = staff.opens(f"{ERRORS}/report.csv")

        (line,) = table(answer.text)
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert (line["Space"], line["Kind"], line["Message"]) == ("Gaskell Room", "No answer, or in trouble", DOWN)
        assert "tried again by itself" in line["Remedy"]

    def test_is_filtered_like_the_page(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        wrong(app, staff, library.room)

        assert table(staff.opens(f"{ERRORS}/report.csv?kind=throttled").text) == []

    def test_holds_nothing_that_a_spreadsheet_would_reckon(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        wrong(app, staff, library.room, message="=HYPERLINK(1)")

        (line,) = table(staff.opens(f"{ERRORS}/report.csv").text)

        assert line["Message"] == "'=HYPERLINK(1)"
