"""What is kept of a private event, should a connector ever forget to leave its details out."""

import pytest

from booking.connectors.port import RemoteEvent, RemotePerson, RemoteRef
from booking.services.profiles import EffectiveProfile
from booking.store.database import transaction
from booking.store.models import ExternalEvent
from booking.sync.outside import Outside
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN

CURIOUS = EffectiveProfile(keep_titles=True, keep_organizers=True)


@pytest.mark.usefixtures("in_app")
class TestAPrivateEvent:
    @pytest.mark.parametrize(("private", "kept"), [(True, ("", "")), (False, ("Dismissal", "Grace Hopper"))])
    def test_keeps_only_its_time(self, *, private: bool, kept: tuple[str, str]) -> None:
        event = RemoteEvent(
            RemoteRef("id", "etag", "uid"),
            TOMORROW_AT_TEN,
            private=private,
            subject="Dismissal",
            organizer=RemotePerson("Grace Hopper", "grace@example.org"),
        )

        with transaction() as session:
            outside = Outside(session, build.link(session, build.space(session)), CURIOUS, NOW)
            outside.keep(event)
            (row,) = (row for row in session.new if isinstance(row, ExternalEvent))

            assert (row.title, row.organizer) == kept
