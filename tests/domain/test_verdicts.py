import pytest

from booking.domain import verdicts
from booking.domain.verdicts import Verdict


class TestOf:
    @pytest.mark.parametrize(
        ("results", "verdict"),
        [
            (["ok", "ok"], Verdict.SUCCESSFUL),
            (["ok", "warning"], Verdict.WITH_WARNINGS),
            (["ok", "failed", "skipped"], Verdict.FAILED),
            (["warning", "failed"], Verdict.FAILED),
            (["ok", "skipped"], Verdict.FAILED),
            ([], Verdict.FAILED),
        ],
    )
    def test_is_one_of_three(self, results: list[str], verdict: Verdict) -> None:
        assert verdicts.of(results) is verdict

    def test_has_the_words_of_the_page(self) -> None:
        assert [each.words for each in Verdict] == ["Successful", "Successful with warnings", "Failed"]
