"""What is wrong with a whole server, told once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from booking.domain.states import LinkState
from booking.sync.outages import outages
from booking.sync.status import Code, SpaceHealth

SINCE = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def space(code: Code, number: int = 1, **different: object) -> SpaceHealth:
    health = SpaceHealth(
        link_id=number,
        space_id=number,
        space_name=f"Room {number}",
        space_slug=f"room-{number}",
        location_id=1,
        location_name="Central Library",
        category_id=1,
        mailbox=f"room-{number}@library.example",
        connection_id=1,
        connection_name="City Exchange",
        state=LinkState.ACTIVE,
        code=code,
        kind="failed",
        words="whatever it is called today",
        problem="The server said no.",
        advice="Ask it why.",
        since=SINCE,
        last_read=SINCE,
        last_write=None,
        lag=None,
        waiting=0,
        conflicts=0,
        last_error="",
        needs_somebody=True,
    )
    return replace(health, **different)  # type: ignore[arg-type]  # by field


class TestOutages:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (Code.SIGN_IN_FAILED, "City Exchange does not let us in"),
            (Code.CONNECTION_PAUSED, "City Exchange is paused"),
            (Code.WRITING_STOPPED, "City Exchange is read, but not written to"),
        ],
    )
    def test_are_known_by_their_code_and_not_by_words(self, code: Code, words: str) -> None:
        (found,) = outages([space(code), space(code, 2, words="and otherwise tomorrow")])

        assert (found.words, found.reason, found.since) == (words, "The server said no.", SINCE)

    def test_are_none_while_one_space_is_otherwise(self) -> None:
        assert outages([space(Code.SIGN_IN_FAILED), space(Code.IN_STEP, 2, kind="in-step")]) == ()

    def test_are_none_for_a_single_space(self) -> None:
        assert outages([space(Code.SIGN_IN_FAILED)]) == ()

    def test_are_told_for_each_server(self) -> None:
        theirs = [space(Code.IN_STEP, number, kind="in-step", connection_name="Other") for number in (3, 4)]

        (found,) = outages([space(Code.SIGN_IN_FAILED), *theirs, space(Code.SIGN_IN_FAILED, 2)])

        assert [each.link_id for each in found.spaces] == [1, 2]

    def test_include_a_server_that_answers_none_of_its_spaces(self) -> None:
        late = space(Code.NOT_READ_LATELY, kind="late", last_error="No answer.")
        reaching = space(Code.WRITING, 2, kind="reaching", last_error="No answer.")

        (found,) = outages([late, reaching])

        assert (found.words, found.reason) == ("City Exchange does not answer", "No answer.")
