"""Where in a TOML text each key and each value stands.

`tomllib` gives values without places. It has read the text before this looks at it, so the text is known to be
TOML: what is left is to walk along its signs and keep count. Source: toml.io/en/v1.0.0.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

#: Keys and positions in arrays, from the top: ("locations", "central", "closures", 0, "reason").
Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""
      (?P<skip> [ \t\r]+ | \#[^\n]* )
    | (?P<sign> \n | [\[\]{}=,.] )
    | (?P<quoted> \"{3} (?: \\. | [^\\] )*? \"{3} (?!\") | '{3} .*? '{3} (?!')
                | \" (?: \\. | [^\"\\\n] )* \" | '[^'\n]*' )
    | (?P<bare> [^\s\[\]{}=,.\#"']+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_END = "end of the text"
_ENDS_A_VALUE = frozenset({",", "]", "}", "\n", _END})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def of(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, of every key and every member of an array in a text that is TOML.

    A table that several headers share stands where its own header does, else where it is first named.
    """
    walk = _Walk(list(_tokens(text)))
    walk.document()
    return walk.lines


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match.group()
        if kind != "skip":
            yield _Token(kind, found, line)
        line += found.count("\n")
    yield _Token("sign", _END, line)


@dataclass
class _Walk:
    """Goes along the tokens once, from the first to the last."""

    tokens: list[_Token]
    at: int = 0
    lines: dict[Path, int] = field(default_factory=dict)
    arrays: dict[Path, int] = field(default_factory=dict)  # the last position in each array of tables

    def document(self) -> None:
        here: Path = ()
        while self._sign() != _END:
            if self._sign() == "[":
                here = self._header()
            elif self._sign() != "\n":
                self._pair(here)
            else:
                self.at += 1

    def _header(self) -> Path:
        line = self._next().line
        of_array = self._sign() == "["
        self.at += of_array
        *above, last = self._key()
        self.at += 1 + of_array
        path: Path = ()
        for name in above:
            path = self._newest((*path, name))
            self.lines.setdefault(path, line)
        path = (*path, last)
        if of_array:
            self.lines.setdefault(path, line)
            self.arrays[path] = self.arrays.get(path, -1) + 1
            path = self._newest(path)
        self.lines[path] = line
        return path

    def _newest(self, path: Path) -> Path:
        """Return the table that a header means: in an array of tables, the last one."""
        return (*path, self.arrays[path]) if path in self.arrays else path

    def _pair(self, here: Path) -> None:
        line = self._peek().line
        path = here
        for name in self._key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self.lines[path] = line
        self.at += 1  # the equals sign
        self._value(path)

    def _key(self) -> list[str]:
        names = []
        while self._sign() not in {"]", "="}:
            token = self._next()
            if token.kind != "sign":
                names.append(tomllib.loads(f"x = {token.text}")["x"] if token.kind == "quoted" else token.text)
        return names

    def _value(self, path: Path) -> None:
        match self._sign():
            case "{":
                self._inline_table(path)
            case "[":
                self._array(path)
            case _:
                while self._sign() not in _ENDS_A_VALUE:
                    self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._sign() != "}":
            if self._sign() in {",", "\n"}:
                self.at += 1
            else:
                self._pair(path)
        self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        position = 0
        while self._sign() != "]":
            if self._sign() in {",", "\n"}:
                self.at += 1
                continue
            self.lines[*path, position] = self._peek().line
            self._value((*path, position))
            position += 1
        self.at += 1

    def _peek(self) -> _Token:
        return self.tokens[self.at]

    def _sign(self) -> str:
        """Return the sign that comes next; empty for a name or a value, whatever stands in it."""
        token = self._peek()
        return token.text if token.kind == "sign" else ""

    def _next(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]
