"""Opening hours as text."""

import pytest

from booking.admin.forms import hours
from booking.domain.opening import Hours


def at(opens: float, closes: float) -> Hours:
    """Hours of one day: `at(9, 17.5)` is 09:00 to 17:30."""
    return Hours(int(opens * 60), int(closes * 60))


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("09:00-17:00", (at(9, 17),)),
            (" 9 - 17 ", (at(9, 17),)),
            ("9:00\u201317:30", (at(9, 17.5),)),
            ("9.30 to 17.00", (at(9.5, 17),)),
            ("9 am - 5:30 pm", (at(9, 17.5),)),
            ("12 am - 12 pm", (at(0, 12),)),
            ("13:00-17:00, 09:00-12:00", (at(9, 12), at(13, 17))),
            ("9-12 and 13-17", (at(9, 12), at(13, 17))),
            ("9-12; 13-17;", (at(9, 12), at(13, 17))),
            ("18:00-02:00", (at(18, 26),)),
            ("18:00-00:00", (at(18, 24),)),
            ("18:00-24:00", (at(18, 24),)),
            ("00:00-24:00", (at(0, 24),)),
            ("24 h", (at(0, 24),)),
            ("09:00-12:00, 12:00-13:00", (at(9, 12), at(12, 13))),
            ("closed", ()),
            ("", ()),
            ("-", ()),
        ],
    )
    def test_reads_what_people_write(self, text: str, expected: tuple[Hours, ...]) -> None:
        assert hours.parse(text) == expected

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("09:00", "no beginning and end"),
            ("nine to five", "is not a time"),
            ("09:00-25:00", "no 25:00 on a clock"),
            ("09:75-10:00", "no 09:75 on a clock"),
            ("13 pm - 15 pm", "is not a time"),
            ("0 am - 9 am", "is not a time"),
            ("09:00-09:00", "begins and ends at the same time"),
            ("24:00-02:00", "write it there"),
            ("09:00-12:00, 11:00-13:00", "overlap"),
            ("09:00-", "no beginning and end"),
            ("09:00-12:00 13:00-17:00", "is not a time"),
            ("<script>-9", "is not a time"),
        ],
    )
    def test_says_what_it_cannot_read(self, text: str, said: str) -> None:
        with pytest.raises(hours.Unreadable, match=said):
            hours.parse(text)


class TestWrite:
    @pytest.mark.parametrize("text", ["09:00-12:00, 13:00-17:00", "18:00-02:00", "00:00-24:00", "18:00-24:00", ""])
    def test_gives_back_what_parse_reads(self, text: str) -> None:
        assert hours.write(hours.parse(text)) == text
