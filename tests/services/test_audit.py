import pytest

from booking.domain.permissions import Actor
from booking.domain.states import Channel
from booking.services import audit
from booking.store.database import transaction
from tests.build import NOW


@pytest.mark.usefixtures("in_app")
class TestNote:
    def test_keeps_as_much_of_a_long_name_and_subject_as_fits(self) -> None:
        somebody = Actor(name=f"{'A' * 100} {'B' * 100}")

        with transaction() as session:
            entry = audit.note(
                session, "space.saved", actor=somebody, channel=Channel.STAFF, now=NOW, subject="C" * 300
            )

            assert entry.actor.startswith("AAA")
            assert entry.subject.startswith("CCC")
