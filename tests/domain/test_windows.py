from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.domain.windows import SyncWindow, begins

LONDON, NEW_YORK, HAVANA = "Europe/London", "America/New_York", "America/Havana"
#: Sunday morning, some hours after clocks in London went back.
NOW = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)


def local(zone: str, *day: int) -> datetime:
    """Return midnight of a day in a zone."""
    return datetime(*day, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]  # a year, a month and a day


class TestTheWindow:
    @pytest.mark.parametrize(
        ("window", "days", "day"),
        [
            (SyncWindow.TODAY, 0, (2026, 10, 25)),
            (SyncWindow.LAST_MONTH, 0, (2026, 9, 1)),
            (SyncWindow.DAYS, 1, (2026, 10, 24)),
            (SyncWindow.DAYS, 180, (2026, 4, 28)),
        ],
    )
    def test_begins_at_midnight_of_its_first_day(
        self, window: SyncWindow, days: int, day: tuple[int, int, int]
    ) -> None:
        assert begins(window, days, zone=LONDON, now=NOW) == local(LONDON, *day)

    def test_begins_with_the_day_of_the_location_and_not_with_ours(self) -> None:
        late = datetime(2026, 11, 1, 2, 30, tzinfo=UTC)  # still October in New York

        assert begins(SyncWindow.TODAY, 0, zone=NEW_YORK, now=late) == local(NEW_YORK, 2026, 10, 31)
        assert begins(SyncWindow.LAST_MONTH, 0, zone=NEW_YORK, now=late) == local(NEW_YORK, 2026, 9, 1)
        assert begins(SyncWindow.LAST_MONTH, 0, zone=LONDON, now=late) == local(LONDON, 2026, 10, 1)

    def test_of_last_month_begins_last_year_in_january(self) -> None:
        january = datetime(2027, 1, 31, 12, 0, tzinfo=UTC)

        assert begins(SyncWindow.LAST_MONTH, 0, zone=LONDON, now=january) == local(LONDON, 2026, 12, 1)

    def test_begins_a_whole_day_back_although_that_day_had_25_hours(self) -> None:
        monday = datetime(2026, 10, 26, 0, 30, tzinfo=UTC)

        found = begins(SyncWindow.DAYS, 1, zone=LONDON, now=monday)

        assert found == datetime(2026, 10, 24, 23, 0, tzinfo=UTC)

    def test_begins_with_the_first_moment_of_a_day_whose_midnight_is_skipped(self) -> None:
        sunday = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)  # in Havana 00:00 is followed by 01:00 there and then

        assert begins(SyncWindow.TODAY, 0, zone=HAVANA, now=sunday) == datetime(2026, 3, 8, 5, 0, tzinfo=UTC)
