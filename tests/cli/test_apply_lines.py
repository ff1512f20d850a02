"""Where in a TOML text each key stands."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.cli.applying import lines
from booking.cli.applying.lines import Path

LIBRARY = '''\
# a comment with [brackets] = "and quotes"
library.name = """
Wexcombe"""""
[locations.central]
name = 'C:\\\\' # not an escape
zones = ["Ground, floor", # first
  "First ] floor"]
hours = { monday = "9-5", tuesday.early = true }

[[locations.central.closures]]
from = 2026-12-24 18:00:00
[locations.central.closures.more]
why = "a \\" # b"
[[locations.central.closures]]
from = 2027-01-01
[locations."north wing".'x.y']
when = [[1, 2], [{ a = 1.5 }]]
[locations]
last = 1
'''


def paths(value: object, here: Path = ()) -> Iterator[Path]:
    """Give every path there is in what tomllib read."""
    if here:
        yield here
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*here, key))
    if isinstance(value, list):
        for position, inner in enumerate(value):
            yield from paths(inner, (*here, position))


class TestLines:
    @pytest.mark.parametrize(
        ("path", "line"),
        [
            (("library", "name"), 2),
            (("locations", "central"), 4),
            (("locations", "central", "name"), 5),
            (("locations", "central", "zones", 0), 6),
            (("locations", "central", "zones", 1), 7),
            (("locations", "central", "hours", "tuesday", "early"), 8),
            (("locations", "central", "closures", 0), 10),
            (("locations", "central", "closures", 0, "from"), 11),
            (("locations", "central", "closures", 0, "more", "why"), 13),
            (("locations", "central", "closures", 1), 14),
            (("locations", "central", "closures", 1, "from"), 15),
            (("locations", "north wing", "x.y"), 16),
            (("locations", "north wing", "x.y", "when", 1, 0, "a"), 17),
            (("locations",), 18),
        ],
    )
    def test_are_those_of_each_key(self, path: Path, line: int) -> None:
        assert lines.of(LIBRARY)[path] == line

    def test_are_known_of_all_that_there_is_and_of_nothing_else(self) -> None:
        assert set(lines.of(LIBRARY)) == set(paths(tomllib.loads(LIBRARY)))

    @pytest.mark.parametrize("end", ["", "\r\n", "\n# end"])
    def test_do_not_depend_on_how_the_text_ends(self, end: str) -> None:
        assert lines.of(f"a = 1\r\nb = [\r\n2]{end}") == {("a",): 1, ("b",): 2, ("b", 0): 3}

    @given(
        text=st.lists(
            st.sampled_from(
                [
                    "[a]",
                    "[a.b]",
                    "[[a.c]]",
                    "[[d]]",
                    "[d.e]",
                    "",
                    "# [x] = {",
                    "x = 1",
                    'y.z = "it\'s # " # "',
                    'w = """\n[no] = 1\n\\""""',
                    "v = '''\n'''",
                    "u = { q = [1, { r = '}' }], s.t = \"]\" }",
                    '"k 1" = [\n1, # one\n[],\n"]",\n]',
                    "day = 2026-11-20T09:00:00",
                ]
            ),
            max_size=12,
        ).map("\n".join)
    )
    def test_are_known_in_whatever_order_tables_and_keys_come(self, text: str) -> None:
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return  # a key twice, for example: not for us to read

        found = lines.of(text)

        assert set(found) == set(paths(data))
        source = text.split("\n")
        for path, line in found.items():
            if isinstance(path[-1], str):
                assert path[-1] in source[line - 1]
