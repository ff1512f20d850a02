"""Reading our mark: anybody may have written there."""

import pytest

from booking.connectors import stamps
from booking.connectors.port import Stamp


class TestAMark:
    def test_is_read_whole(self) -> None:
        assert stamps.read("install:key:2", version="7", uid="uid-1") == Stamp("install", "key", 2, 7, "uid-1")

    @pytest.mark.parametrize("mark", ["", "install", "install:key", "install::1", ":key:1", "install:key:", "a:b:-1"])
    def test_that_we_cannot_have_written_is_none(self, mark: str) -> None:
        assert stamps.read(mark, version="1", uid="") is None

    @pytest.mark.parametrize("generation", ["1000001", "9" * 5000, "1.5", "\u0661"])
    def test_with_a_generation_that_nobody_counts_to_is_none(self, generation: str) -> None:
        assert stamps.read(f"install:key:{generation}", version="1", uid="") is None

    @pytest.mark.parametrize("version", ["", "-1", "1000001", "9" * 5000, "1e3"])
    def test_with_a_version_that_is_none_of_ours_shows_an_unknown_write(self, version: str) -> None:
        found = stamps.read("install:key:1", version=version, uid="")

        assert found is not None
        assert found.version == 0
