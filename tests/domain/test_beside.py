"""How well a space is known that a folder blocks beside its calendar."""

from datetime import UTC, datetime, timedelta

from booking.domain.availability import Cadence, Freshness, beside, unsure_times
from booking.domain.intervals import Interval
from booking.domain.states import LinkState

NOW = datetime(2026, 10, 23, 8, 0, tzinfo=UTC)
OLD, LATER = NOW - timedelta(hours=2), NOW + timedelta(days=90)
TOMORROW = Interval(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1))
WELL = Freshness(LinkState.ACTIVE, NOW, NOW, NOW, LATER, NOW)


def unsure(known: Freshness) -> bool:
    return bool(unsure_times(known, TOMORROW, now=NOW, cadence=Cadence()))


class TestASpaceBesideAFolder:
    def test_is_known_as_well_as_both(self) -> None:
        assert not unsure(beside(WELL, read_at=NOW, read_until=LATER))

    def test_is_known_no_better_than_the_folder(self) -> None:
        assert unsure(beside(WELL, read_at=OLD, read_until=LATER))
        assert unsure(beside(WELL, read_at=None, read_until=None))
        assert unsure(beside(WELL, read_at=NOW, read_until=TOMORROW.start))

    def test_is_known_no_better_than_its_calendar(self) -> None:
        for known in (
            Freshness(LinkState.ACTIVE, OLD, OLD, OLD, LATER),
            Freshness(LinkState.ACTIVE, None, None, None, None),
        ):
            assert unsure(beside(known, read_at=NOW, read_until=LATER))

    def test_without_a_calendar_is_known_as_the_folder_is(self) -> None:
        assert not unsure(beside(None, read_at=NOW, read_until=LATER))
        assert unsure(beside(None, read_at=OLD, read_until=LATER))
