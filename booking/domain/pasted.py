"""What somebody pasted from `Get-CalendarProcessing ROOM | Format-List`, or as JSON: read, and every mistake told.

Such text has been through consoles, mails and chats: lines wrapped at the width of a window, other languages, other
spaces, quoting marks, a byte order mark.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from booking.domain import mailbox_rules
from booking.domain.mailbox_rules import BY_NAME, MailboxRules, Setting, Shape, UnclearError, Value

LONGEST = 200_000  # characters; a room's settings are some 3,000
_ASK = "Run Get-CalendarProcessing ROOM | Format-List and paste all that it prints."
_LIST_ENDS = ("...", "…")
_NAMED = re.compile(
    r"^(?P<indent>[ ]*)(?P<name>[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z0-9_]+){0,5}?)[ ]*[:=][ ]*(?P<value>.*)$"
)
_PROMPT = re.compile(r"^\s*(?:\[PS\]|PS\b.*>|>>)|\b[GS]et-CalendarProcessing\b", re.IGNORECASE)
_TABLE = re.compile(r"^\s*Identity\s+AutomateProcessing\b", re.IGNORECASE)
_RULED = re.compile(r"^[\s-]*-{3,}[\s-]*$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What could not be read: the line's number (0: the whole text), what it says, and what would be right."""

    line: int
    said: str
    why: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was understood. `identity` names the room, where the text does; `others` are settings not compared here."""

    rules: MailboxRules
    mistakes: tuple[Mistake, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    identity: str = ""


@dataclass(slots=True)
class _Entry:
    line: int
    name: str
    value: str
    full: bool  # the line was as wide as the console: what follows on the next belongs right behind it


def read(text: str) -> Pasted:
    """Return what the text says of a mailbox's rules, and what in it could not be understood."""
    if len(text) > LONGEST:
        return _nothing(f"This is longer than a room's settings ever are. {_ASK}")
    plain = _tidy(text)
    if not plain.strip():
        return _nothing(f"There is nothing in it. {_ASK}")
    if document := _document(plain):
        return _from_json(document)
    return _from_lines(plain)


def decoded(raw: bytes) -> str:
    """Return the text of a file: PowerShell 5 redirects in UTF-16, newer ones in UTF-8, old tools in Windows' own."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _nothing(why: str) -> Pasted:
    return Pasted(MailboxRules(), (Mistake(0, "", why),))


def _tidy(text: str) -> str:
    """Return it with one kind of line end, space, colon and quoting, and without marks that nobody sees."""
    for strange, usual in (("\r\n", "\n"), ("\r", "\n"), ("\t", "    "), ("\uff1a", ":")):
        text = text.replace(strange, usual)
    text = re.sub(r"[\ufeff\u200b\u200e\u200f\x00]", "", text)
    text = re.sub(r"[\u00a0\u2000-\u200a\u202f\u3000]", " ", text)
    return re.sub(r"^(?:[>|] ?)+(?=\s*[A-Za-z]\w*\s*:)", "", text, flags=re.MULTILINE)  # quoted in a mail


# ------------------------------------------------------------------------------------ Format-List


def _from_lines(text: str) -> Pasted:
    lines = text.split("\n")
    if any(_TABLE.match(line) for line in lines):
        return _nothing(f"This is a table, which leaves most settings out. {_ASK}")
    entries, strays = _entries(lines)
    found = _Reader()
    for entry in entries:
        found.take(entry)
    if not found.values and not found.mistakes:
        return _nothing(f"None of the settings stands in it. {_ASK}")
    found.mistakes += strays
    return found.result()


def _entries(lines: list[str]) -> tuple[list[_Entry], list[Mistake]]:
    """Put wrapped lines together; what comes before the first name and belongs to none is a mistake."""
    width = max((len(line.rstrip()) for line in lines), default=0)
    margin = _margin(lines)
    entries: list[_Entry] = []
    strays: list[Mistake] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or _PROMPT.search(line) or _RULED.match(line):
            continue
        named = _NAMED.match(line)
        full = len(line.rstrip()) >= width - 1
        if named and len(named["indent"]) <= margin + 1:
            entries.append(_Entry(number, "".join(named["name"].split()), named["value"].rstrip("\n"), full))
        elif entries:
            last = entries[-1]
            last.value, last.full = _joined(last, line), full
        else:
            strays.append(
                Mistake(number, line.strip(), "This is no setting with a value, as in AllowConflicts : False.")
            )
    return entries, strays


def _margin(lines: list[str]) -> int:
    """Return how far the names of settings are indented: nothing, unless all of the text is."""
    named = (match for line in lines if (match := _NAMED.match(line)))
    known = (len(each["indent"]) for each in named if "".join(each["name"].split()).lower() in BY_NAME)
    return min(known, default=0)


def _joined(entry: _Entry, line: str) -> str:
    """Put a wrapped line behind its beginning. Consoles break in the middle of words, people between them."""
    begun = entry.value.rstrip()
    between = "" if entry.full and not begun.endswith((",", ";")) else " "
    return f"{begun}{between}{line.strip()}"


class _Reader:
    """Takes settings one by one, and remembers what was wrong with each."""

    def __init__(self) -> None:
        """Start without any."""
        self.values: dict[str, Value | None] = {}
        self.mistakes: list[Mistake] = []
        self.notes: list[str] = []
        self.others: list[str] = []
        self.identity = ""
        self._first: dict[str, _Entry] = {}

    def take(self, entry: _Entry) -> None:
        """Take one setting; one that is not compared here is only named."""
        setting = BY_NAME.get(entry.name.lower())
        if entry.name.lower() == "identity" and not self.identity:
            self.identity = entry.value.strip()
        if setting is None:
            self.others.append(entry.name)
        elif self._is_news(setting, entry):
            self._read(setting, entry)

    def _is_news(self, setting: Setting, entry: _Entry) -> bool:
        first = self._first.setdefault(setting.name, entry)
        if first is entry:
            return True
        if first.value.strip().lower() != entry.value.strip().lower():
            why = (
                f"It stands twice: line {first.line} says “{first.value.strip()}”. Paste the settings of one room only."
            )
            self._wrong(entry, why)
        return False

    def _read(self, setting: Setting, entry: _Entry) -> None:
        said = entry.value
        if setting.shape is Shape.PEOPLE:
            said = self._whole_list(setting, said)
        elif not said.strip():
            self._wrong(entry, "There is no value behind it.")
            return
        try:
            self.values[setting.field] = mailbox_rules.value_of(setting, said)
        except UnclearError as unclear:
            self._wrong(entry, str(unclear))

    def _whole_list(self, setting: Setting, said: str) -> str:
        """Return a list, with a name that is nobody's in the place of those that were cut off.

        Source: learn.microsoft.com, about_Preference_Variables, $FormatEnumerationLimit (4 unless it was raised).
        """
        inside = said.strip().removesuffix("}").rstrip()
        if not inside.endswith(_LIST_ENDS):
            return said
        self.notes.append(
            f"{setting.name} goes on: PowerShell shows four names and cuts the rest off. To see all of them, run"
            " $FormatEnumerationLimit = -1 first, and paste again."
        )
        return f"{inside.removesuffix('...').removesuffix('…')}, {mailbox_rules.MORE}"

    def _wrong(self, entry: _Entry, why: str) -> None:
        self.mistakes.append(Mistake(entry.line, f"{entry.name} : {entry.value.strip()}".strip(), why))

    def result(self) -> Pasted:
        """Return all that was understood, and what was not."""
        return Pasted(
            mailbox_rules.with_values(MailboxRules(), self.values),
            tuple(self.mistakes),
            tuple(self.notes),
            tuple(dict.fromkeys(self.others)),
            self.identity,
        )


# ------------------------------------------------------------------------------------------ JSON


def _document(text: str) -> str:
    """Return the text as a document, with nothing in the place of the command above it; nothing if it is none."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip() and not _PROMPT.search(line):
            return "\n" * number + "\n".join(lines[number:]) if line.lstrip()[0] in "{[" else ""
    return ""


def _from_json(text: str) -> Pasted:
    try:
        document, end = json.JSONDecoder().raw_decode(text, len(text) - len(text.lstrip()))
    except json.JSONDecodeError as problem:
        line = "".join(text.split("\n")[problem.lineno - 1 : problem.lineno]).strip()
        why = f"This looks like JSON and breaks here, at sign {problem.colno}. Paste all that ConvertTo-Json prints."
        return Pasted(MailboxRules(), (Mistake(problem.lineno, line[:80], why),))
    except (RecursionError, ValueError):  # brackets in brackets without end; a number of thousands of digits
        return _nothing(f"This is no document that ConvertTo-Json writes. {_ASK}")
    if any(line.strip() and not _PROMPT.search(line) for line in text[end:].split("\n")):
        return _nothing(f"Something follows the end of the JSON document. {_ASK}")
    rooms = document if isinstance(document, list) else [document]
    if len(rooms) != 1 or not isinstance(rooms[0], Mapping):
        return _nothing(f"It should hold the settings of one room, and holds {len(rooms)}. {_ASK}")
    return _from_object(rooms[0])


def _from_object(room: Mapping[str, object]) -> Pasted:
    values: dict[str, Value | None] = {}
    mistakes, others = [], []
    for name, setting, value in _settings(room):
        if setting is None:
            others.append(mailbox_rules.printable(name))
            continue
        try:
            values[setting.field] = mailbox_rules.of_json(setting, value)
        except UnclearError as unclear:
            mistakes.append(Mistake(0, f"{setting.name}: {json.dumps(value)[:80]}", str(unclear)))
    if not values and not mistakes:
        return _nothing(f"None of the settings stands in it. {_ASK}")
    rules = mailbox_rules.with_values(MailboxRules(), values)
    return Pasted(rules, tuple(mistakes), (), tuple(others), _identity(room))


def _settings(room: Mapping[str, object]) -> Iterator[tuple[str, Setting | None, object]]:
    for name, value in room.items():
        yield name, BY_NAME.get(name.lower()), value


def _identity(room: Mapping[str, object]) -> str:
    said = room.get("Identity")
    return mailbox_rules.printable(said) if isinstance(said, str) else ""
