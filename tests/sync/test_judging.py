"""The ordered rules of reading, as a table: what an item in a room's calendar is to us."""

from dataclasses import replace

import pytest

from booking.connectors.port import EventKind, RemoteEvent, RemoteRef, Stamp
from booking.domain.reconcile import BusyClass
from booking.sync.judging import Ours, Verdict, in_order, judge, plain
from tests.sync.library import at

INSTALL = "this-install"
WHEN = at(10, 11)
STAMP = Stamp(INSTALL, "key", 1, version=3, uid="uid")
EVENT = RemoteEvent(RemoteRef("id", "etag-1", "uid"), WHEN, stamp=STAMP, text_hash="text")
OURS = Ours(
    here=True,
    same_space=True,
    when=WHEN,
    want_version=3,
    acked_version=3,
    remote_id="id",
    remote_etag="etag-1",
    text_hash="text",
    sent=plain(WHEN),
)
EDITED = replace(EVENT, ref=RemoteRef("id", "etag-2", "uid"))
GONE = replace(OURS, want_present=False)
MOVED = replace(OURS, when=at(14, 15), want_version=4)

TABLE = {
    "no stamp": (replace(EVENT, stamp=None), None, Verdict.OUTSIDE),
    "another installation": (replace(EVENT, stamp=replace(STAMP, install_id="other")), None, Verdict.OUTSIDE),
    "a copy has a UID of its own": (replace(EVENT, ref=RemoteRef("copy", "e", "new")), OURS, Verdict.OUTSIDE),
    "an id we stored is no copy": (replace(EVENT, ref=RemoteRef("id", "etag-1", "new")), OURS, Verdict.ECHO),
    "a stamp without UID is no disagreement": (replace(EVENT, stamp=replace(STAMP, uid="")), OURS, Verdict.ECHO),
    "an unknown key of ours": (EVENT, None, Verdict.RESTORED),
    "an unknown key without a version": (replace(EVENT, stamp=replace(STAMP, version=0)), None, Verdict.OUTSIDE),
    "a version above ours": (replace(EVENT, stamp=replace(STAMP, version=4)), OURS, Verdict.RESTORED),
    "a generation above ours": (replace(EVENT, stamp=replace(STAMP, generation=2)), OURS, Verdict.RESTORED),
    "of another space": (EVENT, Ours(here=False, same_space=False, when=WHEN), Verdict.WRONG_ROOM),
    "without a row here": (EVENT, Ours(here=False, same_space=True, when=WHEN), Verdict.ADOPT),
    "under way": (EDITED, replace(OURS, open_intent=True), Verdict.ATTACH),
    "given up, then there": (EVENT, replace(OURS, remote_id="", acked_version=0), Verdict.ATTACH),
    "no longer wanted": (EVENT, GONE, Verdict.UNWANTED),
    "moved away with a delete open": (EVENT, replace(GONE, same_space=False), Verdict.UNWANTED),
    "of an old generation": (EVENT, replace(OURS, generation=2), Verdict.UNWANTED),
    "an echo": (EVENT, OURS, Verdict.ECHO),
    "another etag, all the same": (EDITED, OURS, Verdict.SAME),
    "not yet seen": (EVENT, replace(OURS, unverified=True), Verdict.SAME),
    "another title": (replace(EDITED, text_hash="other"), OURS, Verdict.TEXT_EDITED),
    "another title, just written": (replace(EDITED, text_hash="other"), replace(OURS, unverified=True), Verdict.SAME),
    "another time": (replace(EDITED, when=at(12, 13)), OURS, Verdict.EDITED),
    "another class": (replace(EDITED, busy=BusyClass.FREE), OURS, Verdict.EDITED),
    "all day": (replace(EDITED, all_day=True), OURS, Verdict.EDITED),
    "made recurring": (replace(EDITED, kind=EventKind.OCCURRENCE), OURS, Verdict.EDITED),
    "where it was, while we move it": (EVENT, MOVED, Verdict.ECHO),
    "where we are moving it": (replace(EDITED, when=at(14, 15)), MOVED, Verdict.SAME),
    "elsewhere, while we move it": (replace(EDITED, when=at(8, 9)), MOVED, Verdict.EDITED),
}


class TestJudge:
    @pytest.mark.parametrize(("event", "ours", "verdict"), TABLE.values(), ids=TABLE.keys())
    def test_says_what_an_item_is(self, event: RemoteEvent, ours: Ours | None, verdict: Verdict) -> None:
        assert judge(event, install_id=INSTALL, ours=ours, second=False) is verdict

    def test_takes_a_second_plain_item_of_one_stamp_for_a_stray(self) -> None:
        assert judge(EVENT, install_id=INSTALL, ours=OURS, second=True) is Verdict.SECOND

    def test_keeps_a_second_item_that_somebody_edited(self) -> None:
        moved = replace(EVENT, when=at(15, 16))

        assert judge(moved, install_id=INSTALL, ours=OURS, second=True) is Verdict.SECOND_EDITED


class TestOrder:
    def test_puts_the_item_whose_id_we_stored_first(self) -> None:
        twin = replace(EVENT, ref=RemoteRef("a-twin", "etag", "uid"), when=at(8, 9))

        assert in_order([twin, EVENT], stored_ids=frozenset({"id"})) == [EVENT, twin]
