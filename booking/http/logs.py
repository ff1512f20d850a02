"""The log of a process: as text or as JSON, and never with a title, a body, a patron or a secret in it.

What stands in calendars and requests reaches a log by three ways: through the words of a fault, through an object
that is printed, and through a library that explains itself. All three are closed here, whoever writes the line.
"""

import copy
import logging
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from logging.handlers import WatchedFileHandler
from pathlib import Path

from pythonjsonlogger.json import JsonFormatter

OURS = "booking"
#: What a line may say apart from its words: the booking's reference, the pairing's number, ...
ABOUT = ("booking", "link", "connection", "operation")
#: Libraries whose sentences are known to quote nobody: those are kept, without what was filled in.
_PLAIN_SPOKEN = frozenset({"alembic", "apscheduler", "gunicorn", "procrastinate", "psycopg", "waitress"})
_PLAIN = (str, int, float, bool, type(None), date, timedelta, Enum, Path)
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_SHORTEST_SECRET = 6


def prepare(
    log_file: str = "", *, log_format: str = "text", level: str = "warning", secrets: Iterable[str] = ()
) -> None:
    """Have everything worth knowing written down, to standard error or a file that logrotate may rename at any time.

    Args:
        log_file: empty for standard error.
        log_format: "text", or "json" for one object a line.
        level: the least important kind of line that is kept.
        secrets: words that never stand in a line, whatever it is about.

    Raises:
        OSError: the log file cannot be written.
    """
    logging.basicConfig(handlers=[handler(log_file, log_format=log_format, secrets=secrets)])
    logging.raiseExceptions = False  # a line that cannot be written would be shown with all that it was given
    logging.getLogger(OURS).setLevel(level.upper())


def handler(log_file: str = "", *, log_format: str = "text", secrets: Iterable[str] = ()) -> logging.Handler:
    """Return what writes lines down as they may be kept.

    Raises:
        OSError: the log file cannot be written.
    """
    # Watched: when logrotate has renamed the file, the next line begins a new one.
    kept = WatchedFileHandler(log_file, encoding="utf-8") if log_file else logging.StreamHandler()
    kept.setFormatter(_Json(secrets) if log_format == "json" else _Text(secrets))
    kept.addFilter(_is_worth_knowing)
    return kept


def _is_worth_knowing(record: logging.LogRecord) -> bool:
    """Keep what we say; of libraries only warnings, for what they tell at length are requests and answers."""
    return _is_ours(record) or record.levelno >= logging.WARNING


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == OURS


def discreet(record: logging.LogRecord) -> logging.LogRecord:
    """Return the line as it may be kept."""
    kept = copy.copy(record)
    for name in set(kept.__dict__) - _STANDARD - set(ABOUT):
        del kept.__dict__[name]
    if _is_ours(record):
        kept.args = _plain_arguments(record.args)
    else:
        kept.msg, kept.args = _without_what_was_filled_in(record), ()
    kept.stack_info = None
    kept.exc_text = _fault(record.exc_info[1]) if record.exc_info else None
    kept.exc_info = None
    return kept


def _plain_arguments(args: object) -> tuple[object, ...] | Mapping[str, object]:
    if isinstance(args, Mapping):
        return {name: _plain(value) for name, value in args.items()}
    return tuple(_plain(each) for each in args) if isinstance(args, tuple) else ()


def _plain(value: object) -> object:
    """Return a plain value as it is, and of anything else its kind: an object's words may quote a calendar."""
    if isinstance(value, _PLAIN):
        return value
    kind = getattr(value, "kind", None)
    return f"{type(value).__name__} ({kind})" if isinstance(kind, Enum) else type(value).__name__


def _without_what_was_filled_in(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in _PLAIN_SPOKEN and isinstance(record.msg, str):
        return record.msg
    return f"a warning at {record.filename}, line {record.lineno}; its words are left out"


def _fault(error: BaseException | None) -> str | None:
    """Return a fault's kind and place: its words may quote what stands in a calendar or a row."""
    if error is None:
        return None
    chain = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    while cause is not None and len(chain) < 10:  # noqa: PLR2004 - enough to understand it
        chain.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)
    place = [f'  File "{each.filename}", line {each.lineno}, in {each.name}' for each in frames]
    return "\n".join([", after ".join(chain), *place])


class _Without:
    """Leaves secrets out of a finished line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({each for each in secrets if len(each) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def __call__(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "...")
        return line


class _Text(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._without = _Without(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return self._without(super().format(discreet(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        about = ", ".join(f"{name} {record.__dict__[name]}" for name in ABOUT if name in record.__dict__)
        return super().formatMessage(record) + (f" [{about}]" if about else "")


class _Json(JsonFormatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(process)d %(threadName)s",
            rename_fields={
                "asctime": "time",
                "levelname": "level",
                "name": "logger",
                "threadName": "thread",
                "exc_info": "fault",
            },
        )
        self._without = _Without(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return self._without(super().format(discreet(record)))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - as logging calls it
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
