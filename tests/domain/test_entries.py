import pytest

from booking.domain.entries import Entries
from booking.domain.errors import Invalid


class TestLine:
    def test_is_trimmed(self) -> None:
        assert Entries().line("name", "  Ada ", longest=10) == "Ada"

    @pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\x1bb", "a\u202eb", "a" * 11])
    def test_with_control_signs_or_too_long_is_a_mistake(self, value: str) -> None:
        entries = Entries()

        entries.line("name", value, longest=10)

        with pytest.raises(Invalid) as caught:
            entries.check()
        assert list(caught.value.fields) == ["name"]

    def test_may_be_in_any_script(self) -> None:
        entries = Entries()

        entries.line("name", "Þóra 李 Ní Bhriain", longest=30, required=True)

        entries.check()

    def test_that_is_needed_may_not_be_blank(self) -> None:
        entries = Entries()

        entries.line("name", " \t ", longest=10, required=True)

        assert "name" in entries.mistakes


class TestText:
    def test_may_have_several_lines(self) -> None:
        entries = Entries()

        assert entries.text("description", "one\r\ntwo", longest=20) == "one\ntwo"
        assert not entries.mistakes


class TestZone:
    @pytest.mark.parametrize("name", ["Europe/London", "America/New_York", "UTC"])
    def test_that_exists_passes(self, name: str) -> None:
        entries = Entries()

        entries.zone("zone", name)

        assert not entries.mistakes

    @pytest.mark.parametrize("name", ["", "Europe", "Mars/Olympus", "../etc/passwd", "Europe/\x00"])
    def test_that_does_not_exist_is_a_mistake(self, name: str) -> None:
        entries = Entries()

        entries.zone("zone", name)

        assert "zone" in entries.mistakes
