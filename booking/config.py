"""Settings: what this installation is, read once from `instance/` and the environment.

`instance/booking.toml` first, then `BOOKING_*` variables on top. Every mistake is listed at once. Secrets are
generated on the first start by exclusive create, readable by their owner only.
"""

import contextlib
import hashlib
import os
import re
import secrets
import stat
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

SETTINGS_FILE = "booking.toml"
ENCRYPTION_KEYS = "encryption.keys"
EMBEDDED, WORKER = "embedded", "worker"
_PREFIX = "BOOKING_"
_MOST = 1_000_000
_SHORTEST_KEY = 32
_SHORTEST_TOKEN = 16


class SettingsError(Exception):
    """The settings are wrong; the message lists every mistake, with file and line where there is one."""

    def __init__(self, mistakes: list[str]) -> None:
        """Remember all mistakes."""
        super().__init__("\n".join(["The settings cannot be used:", *(f"  - {mistake}" for mistake in mistakes)]))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Settings:
    """What the installation is. Times are in seconds. Secrets never show in `repr`."""

    instance: Path
    database_url: str = field(default="", repr=False)
    base_url: str = "http://127.0.0.1:5000"  # how people reach the site: stands in mails and calendar entries
    library_name: str = "Library"
    smtp_host: str = ""  # empty: messages go to instance/mail and staff see them
    smtp_port: int = 25
    smtp_username: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_starttls: bool = False
    mail_from: str = "booking@localhost"
    allow_local_connections: bool = (
        False  # calendar servers on loopback or link-local addresses, plain http: for the sandbox
    )
    #: The way out of the building to calendar servers; empty: straight. A password may stand in it.
    outbound_proxy: str = field(default="", repr=False)
    log_file: str = ""  # empty: standard error, which systemd keeps; may be renamed at any time, as logrotate does
    log_format: str = "text"  # or "json": one object a line, for programs that collect logs
    log_level: str = "warning"  # or "info", "debug"
    alert_mail: str = ""  # who is told when calendars are in trouble, unless a connection names somebody
    alert_minutes: float = 10.0  # how long something may be wrong, or nothing be read, before its owner is told
    conflict_alert_hours: float = 24.0  # how old an open conflict may grow before its owner is told
    #: What a monitor must show to read /metrics (Authorization: Bearer ...); empty: only this machine may.
    metrics_token: str = field(default="", repr=False)
    secure_cookies: bool = True
    trusted_proxies: int = 0
    sync_wait: float = 3.0  # how long a web request waits for the calendar's answer
    sync_workers: int = 4
    #: Who does what runs by itself: `booking serve` along with the pages, or `booking worker`, on any machine.
    background: str = EMBEDDED
    near_every: float = 45.0  # free/busy of the next 7 days: a meeting takes its slot within a minute
    far_every: float = 300.0  # of 42 days
    leg_timeout: float = 10.0
    call_deadline: float = 30.0
    claim_time: float = 45.0
    settle_time: float = 65.0
    second_look: float = 15.0
    sign_in_attempts: str = "10 per 5 minutes"
    session_key: str = field(default="", repr=False)
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    testing: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must stand in no log, whatever it is about."""
        password = urlsplit(self.database_url).password or ""
        return (
            self.session_key,
            *self.encryption_keys,
            self.smtp_password,
            self.metrics_token,
            self.outbound_proxy,
            password,
        )

    @property
    def key_fingerprints(self) -> tuple[str, ...]:
        """Return one for each encryption key, newest first: enough to tell keys apart, useless to open anything.

        The database remembers one. A key that is put in front of the others keeps the old ones valid; once the
        installation has started with it, the others may go when nothing is encrypted with them any more.
        """
        return tuple(hashlib.sha256(f"{self.session_key}\n{key}".encode()).hexdigest() for key in self.encryption_keys)


_NO_WORKER = f'background: "{WORKER}" needs PostgreSQL in database_url; with SQLite, `booking serve` does all the work'
_GENERATED = {"session_key", "encryption_keys", "instance"}


def load(instance: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of the installation in `instance`, creating its secrets on the first start.

    Raises:
        SettingsError: with every mistake, by file and line or by variable.
    """
    environ = os.environ if environ is None else environ
    instance = instance.resolve()
    instance.mkdir(parents=True, exist_ok=True)
    mistakes: list[str] = []
    values = _from_file(instance / SETTINGS_FILE, mistakes) | _from_environment(environ, mistakes)
    if values.get("background") == WORKER and not str(values.get("database_url", "")).startswith("postgresql"):
        mistakes.append(_NO_WORKER)
    if mistakes:
        raise SettingsError(mistakes)
    settings = Settings(
        instance=instance,
        session_key=_secret(instance / "session.key", lambda: secrets.token_urlsafe(48)),
        encryption_keys=tuple(_secret(instance / ENCRYPTION_KEYS, lambda: Fernet.generate_key().decode()).split()),
        **values,
    )
    _check_keys(settings)
    return (
        settings
        if settings.database_url
        else replace(settings, database_url=f"sqlite:///{instance / 'booking.sqlite'}")
    )


def variable(name: str) -> str | None:
    """Return what stands in a variable of the environment that an operator named, such as a password; None: not set."""
    return os.environ.get(name)


def encryption_keys(instance: Path) -> tuple[str, ...]:
    """Return the keys that lie in `instance` now, newest first."""
    return tuple((instance / ENCRYPTION_KEYS).read_text(encoding="ascii", errors="replace").split())


def add_encryption_key(instance: Path) -> None:
    """Put a new key in front of the others; from the next start on it encrypts, and the others still open."""
    keep_encryption_keys(instance, (Fernet.generate_key().decode(), *encryption_keys(instance)))


def keep_encryption_keys(instance: Path, keys: tuple[str, ...]) -> None:
    """Replace the file of keys in one step: nobody ever reads half of it, and it stays whose it was.

    It is on the disk when this returns, for what is encrypted next opens with nothing else.

    Raises:
        PermissionError: this account may not make a file that belongs to the old one's owner; nothing was changed.
    """
    path = (instance / ENCRYPTION_KEYS).resolve()  # itself, where the folder has only a link to it
    before = path.stat()
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as aside:
        try:
            aside.write("".join(f"{key}\n" for key in keys))
            aside.flush()
            os.chown(aside.name, before.st_uid, before.st_gid)
            Path(aside.name).chmod(stat.S_IMODE(before.st_mode))
            os.fsync(aside.fileno())
            Path(aside.name).replace(path)
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _from_file(path: Path, mistakes: list[str]) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        mistakes.append(f"{path.name}, line {line}: this is not UTF-8 text; save the file as UTF-8")
        return {}
    except IsADirectoryError:
        mistakes.append(f"{path.name}: this is a folder, not a file")
        return {}
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"{path.name}: {error}")  # the message ends with line and column
        return {}
    kinds = _kinds()
    values: dict[str, Any] = {}
    for name, value in table.items():
        where = f"{path.name}, line {_line_of(name, text)}"
        if name not in kinds:
            mistakes.append(f"{where}: there is no setting {name!r}; known are {', '.join(sorted(kinds))}")
        else:
            _take(values, name, value, kinds[name], where, mistakes)
    return values


def _from_environment(environ: Mapping[str, str], mistakes: list[str]) -> dict[str, Any]:
    kinds = _kinds()
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        name = variable.removeprefix(_PREFIX).lower()
        if not variable.startswith(_PREFIX) or variable == f"{_PREFIX}INSTANCE":
            continue
        if name not in kinds:
            if not _is_secret_of_a_file(name, kinds):
                mistakes.append(f"{variable}: there is no such setting")
            continue
        try:
            _take(values, name, _READ[kinds[name]](text), kinds[name], variable, mistakes)
        except ValueError:
            mistakes.append(f"{variable}: expected {_WORDS[kinds[name]]}")
    return values


def _is_secret_of_a_file(name: str, kinds: Mapping[str, type]) -> bool:
    """Tell whether a variable is a password that `booking apply` takes from here, and not a setting misspelt."""
    return name.endswith("_password") and not get_close_matches(name, kinds, cutoff=0.8)


def _take(values: dict[str, Any], name: str, value: object, kind: type, where: str, mistakes: list[str]) -> None:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        mistakes.append(f"{where}: {name} must be {_WORDS[kind]}")
        return
    if kind in {int, float} and float(str(value)) < 0:
        mistakes.append(f"{where}: {name} must not be negative")
        return
    fits, words = _LIMITS.get(name) or _LIMITS.get(kind, (_anything, ""))
    if not fits(value):
        mistakes.append(f"{where}: {name} must be {words}")
        return
    values[name] = value


def _anything(_value: Any) -> bool:  # noqa: ANN401 - a setting of any kind
    return True


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", value)


#: What else is asked of a setting, by its name or else its kind, and in words.
_LIMITS: Mapping[object, tuple[Callable[[Any], object], str]] = {
    int: (lambda value: value <= _MOST, "at most a million"),
    float: (lambda value: value <= _MOST, "at most a million"),  # not of "nan" either
    "smtp_port": (lambda value: 0 < value < 65536, "from 1 to 65535"),  # noqa: PLR2004 - the ports there are
    "near_every": (lambda value: 1 <= value <= _MOST, "from 1 to a million seconds"),
    "far_every": (lambda value: 1 <= value <= _MOST, "from 1 to a million seconds"),
    "base_url": (_is_address, "an address like https://rooms.example.org"),
    "outbound_proxy": (
        lambda value: not value or (_is_address(value) and urlsplit(value).scheme == "http"),
        "an address like http://proxy.example.org:3128",
    ),
    "background": (lambda value: value in {EMBEDDED, WORKER}, f'"{EMBEDDED}" or "{WORKER}"'),
    "log_format": (lambda value: value in {"text", "json"}, '"text" or "json"'),
    "log_level": (lambda value: value in {"warning", "info", "debug"}, '"warning", "info" or "debug"'),
    "alert_mail": (
        lambda value: not value or re.fullmatch(r"[^\s@]+@[^\s@]+", value),
        "an e-mail address, for example systems@example.org",
    ),
    "metrics_token": (
        lambda value: not value or (len(value) >= _SHORTEST_TOKEN and value.isascii() and value.isprintable()),
        "at least 16 letters, figures and signs, for nobody to guess it",
    ),
    "mail_from": (re.compile(r"[^\s@]+@[^\s@]+").fullmatch, "an e-mail address, for example rooms@example.org"),
    "sign_in_attempts": (
        re.compile(r"[1-9]\d{0,5} per ([1-9]\d{0,3} )?(second|minute|hour|day)s?", re.ASCII).fullmatch,
        'like "10 per 5 minutes"',
    ),
}


def _truth(text: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.strip().lower()]
    except KeyError:
        raise ValueError(text) from None


_READ: Mapping[type, Callable[[str], object]] = {str: str, int: int, float: float, bool: _truth}
_WORDS: Mapping[type, str] = {
    str: "text in quotation marks",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _kinds() -> dict[str, type]:
    return {
        each.name: each.type for each in fields(Settings) if each.name not in _GENERATED and isinstance(each.type, type)
    }


def _line_of(name: str, text: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.split("=")[0].strip().strip("[]\"'") == name:
            return number
    return 1


def _secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in `path`; if there is none, make it, so that of two starters only one wins.

    Written aside and linked into place: nobody ever reads half a secret.
    """
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as aside:  # owner-only by itself
            aside.write(make() + "\n")
            aside.flush()
            with contextlib.suppress(FileExistsError):
                os.link(aside.name, path)
    return path.read_text(encoding="ascii", errors="replace").strip()


def _check_keys(settings: Settings) -> None:
    """Pass if the files hold keys; an empty or broken one would only show when somebody signs in.

    Raises:
        SettingsError: naming the file, never what is in it.
    """
    mistakes = []
    if len(settings.session_key) < _SHORTEST_KEY or not settings.session_key.isascii():
        mistakes.append("session.key")
    try:
        readable = bool([Fernet(key) for key in settings.encryption_keys])
    except ValueError:
        readable = False
    if not readable:
        mistakes.append(ENCRYPTION_KEYS)
    if mistakes:
        advice = "holds no key of ours; put the file back from the backup. Nothing was changed."
        raise SettingsError([f"{name}: {advice}" for name in mistakes])
