import pytest

from booking.domain import titles
from booking.domain.states import TitleOption


def subject(option: TitleOption, *, nickname: str = "Chess club", nickname_allowed: bool = True) -> str:
    return titles.subject(
        option,
        first_name="Ada",
        last_name="Lovelace",
        email="ada@example.org",
        nickname=nickname,
        nickname_allowed=nickname_allowed,
    )


class TestSubject:
    @pytest.mark.parametrize(
        ("option", "words"),
        [
            (TitleOption.NAME, "Ada Lovelace"),
            (TitleOption.NAME_AND_EMAIL, "Ada Lovelace, ada@example.org"),
            (TitleOption.NICKNAME, "Chess club"),
        ],
    )
    def test_says_what_the_option_asks_for(self, option: TitleOption, words: str) -> None:
        assert subject(option) == words

    def test_is_empty_without_a_nickname(self) -> None:
        assert not subject(TitleOption.NICKNAME, nickname="")

    def test_is_empty_where_the_category_allows_no_nickname(self) -> None:
        assert not subject(TitleOption.NICKNAME, nickname_allowed=False)
