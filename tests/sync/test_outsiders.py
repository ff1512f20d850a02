"""The additional e-mail domains of a connection tell its own organisers from those outside."""

import pytest

from booking.connectors.port import RemotePerson
from booking.store.database import transaction
from booking.store.models import Connection
from tests import build
from tests.sync.library import Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADA = RemotePerson("Ada", "ada@library.example")
BEA = RemotePerson("Bea", "bea@branch.example")
CLEO = RemotePerson("Cleo", "cleo@elsewhere.example")
DORA = RemotePerson("Dora", "/o=Library/cn=Recipients/cn=dora")


class TestAnOrganiser:
    def test_from_outside_is_marked_by_the_domains_of_the_connection(self, lib: Library) -> None:
        with transaction() as session:
            connection = session.get_one(Connection, lib.connection_id)
            connection.email, connection.email_domains = "svc@library.example", "branch.example"
            build.profile(session, space_id=lib.space_id, keep_organizers=True)
        for hour, person in enumerate((ADA, BEA, CLEO, DORA), start=9):
            lib.server.put(lib.mailbox, when=at(hour, hour + 1), organizer=person)

        lib.pull()

        assert [each.organizer for each in lib.outside()] == ["Ada", "Bea", "Cleo (from outside)", "Dora"]

    def test_is_not_marked_where_no_domain_is_known(self, lib: Library) -> None:
        with transaction() as session:
            connection = session.get_one(Connection, lib.connection_id)
            connection.email, connection.username, connection.email_domains = "", "svc", ""
            build.profile(session, space_id=lib.space_id, keep_organizers=True)
        lib.server.put(lib.mailbox, when=at(9, 10), organizer=CLEO)

        lib.pull()

        assert [each.organizer for each in lib.outside()] == ["Cleo"]
