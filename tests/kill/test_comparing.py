"""The comparison at the end of the kill test sees what it is there to see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.kill.comparing import MARK, Date, Differences, compare
from tests.kill.patrons import Kept

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL_IS_WELL = Differences([], [], [], [])


def kept(*, cancelled: bool = False, start: datetime = START) -> Kept:
    return Kept("/bookings/ABCD-2345/secret", "room-01", start, cancelled)


def date(state: str = "confirmed") -> Date:
    return Date("ABCD-2345", "key", state, "room-01", START, START + HOUR)


def item(*, key: str = "key", start: datetime = START) -> dict[str, Any]:
    return {
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "extended": {MARK: f"install:{key}:1"} if key else {},
    }


class TestTheComparison:
    def test_finds_nothing_where_all_is_well(self) -> None:
        assert compare([kept()], [date()], {"room-01": [item()]}) == ALL_IS_WELL
        assert compare([kept(cancelled=True)], [date("cancelled")], {"room-01": []}) == ALL_IS_WELL

    @pytest.mark.parametrize(
        ("promised", "stored", "there", "wrong"),
        [
            ([kept()], [date()], [], "lost"),
            ([kept()], [date()], [item(start=START + HOUR)], "lost"),
            ([kept()], [date()], [item(), item()], "duplicate"),
            ([kept(cancelled=True)], [date("cancelled")], [item()], "stranded"),
            ([kept()], [date()], [item(), item(key="")], "stranded"),
            ([kept()], [], [], "forgotten"),
            ([], [date()], [item()], "forgotten"),
            ([kept(start=START + HOUR)], [date()], [item()], "forgotten"),
            ([kept()], [date("cancelled")], [], "forgotten"),
        ],
    )
    def test_finds(self, promised: list[Kept], stored: list[Date], there: list[dict[str, Any]], wrong: str) -> None:
        found = compare(promised, stored, {"room-01": there})

        assert [name for name in ("forgotten", "lost", "duplicate", "stranded") if getattr(found, name)] == [wrong]

    def test_finds_an_entry_in_the_wrong_room(self) -> None:
        assert compare([kept()], [date()], {"room-02": [item()]}).lost
