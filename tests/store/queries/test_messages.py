import pytest

from booking.domain.permissions import INSTALLATION, Scope
from booking.services import outbox
from booking.store import queries
from booking.store.database import Session, reading, transaction
from tests import build
from tests.build import NOW
from tests.store.counting import statements


def total(session: Session, scopes: list[Scope]) -> int:
    return queries.messages.search(session, scopes=scopes).total


@pytest.mark.usefixtures("in_app")
class TestSearch:
    def test_show_what_waits_newest_first(self) -> None:
        with transaction() as session:
            booking = build.booking(session)
            for kind in ("confirmed", "changed"):
                outbox.tell(session, kind, booking, now=NOW, once=kind)

            found = queries.messages.search(session, scopes=[INSTALLATION])

            assert [(row.kind, row.ref, row.state) for row in found.rows] == [
                ("changed", booking.ref, "waiting"),
                ("confirmed", booking.ref, "waiting"),
            ]

    def test_stay_within_the_places_given(self) -> None:
        with transaction() as session:
            booking = build.booking(session)
            outbox.tell(session, "confirmed", booking, now=NOW, once="one")
            here = booking.occurrences[0].space.location_id

            totals = [total(session, scopes) for scopes in ([], [Scope(here)], [Scope(here + 1)])]

        assert totals == [0, 1, 0]

    def test_take_as_many_statements_for_many_as_for_one(self) -> None:
        with transaction() as session:
            booking = build.booking(session)
            for number in range(20):
                outbox.tell(session, "changed", booking, now=NOW, once=f"{number}")

        with reading() as session, statements() as sent:
            assert queries.messages.search(session, scopes=[INSTALLATION]).total == 20
        assert len(sent) == 2
