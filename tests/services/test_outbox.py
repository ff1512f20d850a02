import pytest

from booking.domain.permissions import INSTALLATION
from booking.services import outbox
from booking.store import queries
from booking.store.database import transaction
from tests import build
from tests.build import NOW


@pytest.mark.usefixtures("in_app")
class TestTell:
    def test_queues_a_message_once(self) -> None:
        with transaction() as session:
            booking = build.booking(session)
            for _ in range(2):
                outbox.tell(session, "confirmed", booking, now=NOW, once="the same")

            assert queries.messages.search(session, scopes=[INSTALLATION]).total == 1
