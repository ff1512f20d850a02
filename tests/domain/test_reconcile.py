"""What wins: the table of SYNC.md section 6, a row for each situation."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.domain.intervals import Interval
from booking.domain.reconcile import (
    BusyClass,
    Choice,
    Clash,
    Decision,
    Facts,
    OnChange,
    OnConflict,
    OnOverlap,
    Policy,
    Shape,
    clash,
    decide,
)

NINE = datetime(2026, 3, 27, 9, tzinfo=UTC)
AT_NINE = Shape(Interval(NINE, NINE + timedelta(hours=1)), all_day=False, busy=BusyClass.BUSY)
AT_TEN = Shape(Interval(NINE + timedelta(hours=1), NINE + timedelta(hours=2)), all_day=False, busy=BusyClass.BUSY)
AS_FREE = Shape(AT_NINE.when, all_day=False, busy=BusyClass.FREE)
ALL_DAY = Shape(AT_NINE.when, all_day=True, busy=BusyClass.BUSY)
WEEKLY = Shape(AT_NINE.when, all_day=False, busy=BusyClass.BUSY, recurring=True)


def facts(
    *, theirs: Shape | None, last: Shape | None = AT_NINE, ours: int = 1, acked: int = 1, begun: bool = False
) -> Facts:
    return Facts(ours_version=ours, acked_version=acked, theirs=theirs, theirs_last=last, begun=begun)


class TestDecide:
    @pytest.mark.parametrize(
        ("situation", "policy", "expected"),
        [
            (facts(theirs=AT_NINE), Policy(), Decision.NOTHING),
            (facts(theirs=AT_NINE, ours=2), Policy(), Decision.SEND_OURS),
            (facts(theirs=None, last=None, acked=0), Policy(), Decision.SEND_OURS),
            (facts(theirs=None), Policy(), Decision.CANCEL_OURS),
            (facts(theirs=None), Policy(when_deleted=Choice.PUT_BACK), Decision.PUT_BACK),
            (facts(theirs=None), Policy(when_deleted=Choice.ASK), Decision.ASK_STAFF),
            (facts(theirs=AT_TEN), Policy(), Decision.TAKE_THEIR_TIME),
            (facts(theirs=AT_TEN), Policy(when_moved=Choice.PUT_BACK), Decision.PUT_BACK_AND_FLAG),
            (facts(theirs=AT_TEN), Policy(when_moved=Choice.ASK), Decision.ASK_STAFF),
            (facts(theirs=AS_FREE), Policy(), Decision.PUT_BACK_AND_FLAG),
            (facts(theirs=ALL_DAY), Policy(), Decision.PUT_BACK_AND_FLAG),
            (facts(theirs=WEEKLY), Policy(), Decision.PUT_BACK_AND_FLAG),
            (facts(theirs=AS_FREE), Policy(when_changed=OnChange.ASK), Decision.ASK_STAFF),
            (facts(theirs=ALL_DAY), Policy(when_changed=OnChange.ASK), Decision.ASK_STAFF),
            (facts(theirs=WEEKLY), Policy(when_changed=OnChange.ASK), Decision.ASK_STAFF),
            (facts(theirs=AS_FREE), Policy(when_moved=Choice.ASK), Decision.PUT_BACK_AND_FLAG),
            (facts(theirs=AT_TEN), Policy(when_changed=OnChange.ASK), Decision.TAKE_THEIR_TIME),
            (facts(theirs=None, begun=True), Policy(when_deleted=Choice.PUT_BACK), Decision.CANCEL_OURS),
            (facts(theirs=None, begun=True), Policy(when_deleted=Choice.ASK), Decision.ASK_STAFF),
            (facts(theirs=None, begun=True), Policy(), Decision.CANCEL_OURS),
            (facts(theirs=AT_TEN, ours=2), Policy(), Decision.TAKE_THEIR_TIME),
            (facts(theirs=None, ours=2), Policy(), Decision.CANCEL_OURS),
            (facts(theirs=AT_TEN, ours=2), Policy(when_both_changed=OnConflict.BOOKING), Decision.SEND_OURS),
            (facts(theirs=AT_TEN, ours=2), Policy(when_both_changed=OnConflict.ASK), Decision.ASK_STAFF),
        ],
    )
    def test_follows_the_table(self, situation: Facts, policy: Policy, expected: Decision) -> None:
        assert decide(situation, policy) is expected


class TestClash:
    @pytest.mark.parametrize("choice", list(OnOverlap))
    def test_is_lost_by_a_booking_that_waits_for_its_calendar_whatever_the_profile(self, choice: OnOverlap) -> None:
        assert clash(Policy(when_overlapped=choice), waits_for_calendar=True) is Clash.REJECT_OURS

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            (OnOverlap.FLAG, Clash.FLAG),
            (OnOverlap.OUTSIDE, Clash.CANCEL_OURS),
            (OnOverlap.OURS, Clash.DECLINE_THEIRS),
        ],
    )
    def test_over_a_confirmed_booking_follows_the_profile(self, choice: OnOverlap, expected: Clash) -> None:
        assert clash(Policy(when_overlapped=choice), waits_for_calendar=False) is expected

    def test_is_for_staff_to_decide_unless_somebody_chose(self) -> None:
        assert clash(Policy(), waits_for_calendar=False) is Clash.FLAG


class TestBusyClass:
    @pytest.mark.parametrize("busy", [each for each in BusyClass if each not in {BusyClass.FREE, BusyClass.TENTATIVE}])
    def test_blocks_whatever_is_not_known_to_be_free(self, busy: BusyClass) -> None:
        assert busy.blocks(tentative_blocks=False)

    def test_leaves_the_room_free_when_the_entry_says_free(self) -> None:
        assert not BusyClass.FREE.blocks(tentative_blocks=True)

    def test_lets_the_profile_decide_about_tentative(self) -> None:
        assert BusyClass.TENTATIVE.blocks(tentative_blocks=True)
        assert not BusyClass.TENTATIVE.blocks(tentative_blocks=False)
