"""Alerts: whatever is wrong for ten minutes is told to its owner, once, and once more when it is over.

One alert for each thing: what a whole connection suffers from is told once, not once for every room. Mails
are few: what happens while one waits goes along with it (`services.outbox.notify`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from booking import services
from booking.domain.states import FolderState, LinkState
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Alert
from booking.store.queries.health import WatchRow
from booking.sync import outages, status
from booking.sync.engine import Engine
from booking.sync.status import Code, SpaceHealth, Trouble

#: One thing that comes and goes is told so often a day; then it only stands on the page.
_OFTEN_ENOUGH = 3
_DAY = timedelta(days=1)
MAIL = "alerts"
#: What staff did on purpose is no alert; what waits behind it is.
_ON_PURPOSE = frozenset({Code.PAUSED, Code.CONNECTION_PAUSED, Code.LEAVING})
#: What never heals by itself is told at once.
_EXPIRES = "password_expires"
_AT_ONCE = frozenset({Code.WRITING_STOPPED, _EXPIRES})
#: How long before its day the owner of a password hears of it.
EXPIRY_NOTICE = timedelta(days=14)
_AWAY = "away"
_SILENT = "watch_silent"
_FOLDER = "folder"
#: Told by the age of what is known or waits. It grows old while nobody works, too: that is reckoned from our start.
_BY_AGE = frozenset({Code.WAITING, Code.NOT_READ_LATELY, Code.NOT_READ_YET, _AWAY, _SILENT, _FOLDER})
#: A server that is so sends no notifications either.
_SILENCES = frozenset({_AWAY, Code.SIGN_IN_FAILED})


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong, and since when. `words`: what is wrong, why, and what to do, a line each."""

    key: str
    code: str
    words: tuple[str, ...]
    since: datetime
    connection_id: int | None = None
    link_id: int | None = None


def look(engine: Engine) -> int:
    """Raise alerts for what is wrong for long enough, end those that are over; return how many are open."""
    now = engine.now()
    with reading() as session:
        told = {each.key for each in queries.alerts.still_open(session)}
        found = wrong(session, engine, told=told, now=now)
        is_as_it_was = told == found.keys()
    if not is_as_it_was:
        with transaction() as session:
            queries.alerts.lock(session)
            _update(session, engine, found, now=now)
    return len(found)


def wrong(session: Session, engine: Engine, *, told: AbstractSet[str], now: datetime) -> dict[str, Wrong]:
    """Return what is wrong for longer than it may be, or was `told` already, by key."""
    spaces = status.spaces(session, now=now, cadence=engine.timing.cadence)
    whole = list(_of_connections(session, spaces, now=now))
    silent = {each.connection_id for each in whole if each.code in _SILENCES}
    watches = [each for each in _of_watches(session, now=now) if each.connection_id not in silent]
    folders = [each for each in _of_folders(session) if each.connection_id not in silent]
    found = [*whole, *_of_passwords(session, now=now), *_of_spaces(spaces), *folders, *watches]
    return {each.key: each for each in found if each.key in told or _is_overdue(engine, each, now=now)}


def _is_overdue(engine: Engine, found: Wrong, *, now: datetime) -> bool:
    by_age = found.code in _BY_AGE and engine.began <= now  # else our clock was set back
    since = max(found.since, engine.began) if by_age else found.since
    return now - since >= _patience(engine, found)


def _patience(engine: Engine, found: Wrong) -> timedelta:
    if found.code in _AT_ONCE:
        return timedelta()
    return engine.timing.conflict_alert_after if found.code == Code.CONFLICT else engine.timing.alert_after


# ----------------------------------------------------------------------------------- what is wrong


def _of_connections(session: Session, spaces: Iterable[SpaceHealth], *, now: datetime) -> Iterator[Wrong]:
    """Yield what whole servers suffer from."""
    stopped, since = queries.health.stopped(session)
    if stopped:
        words = _said(("Nothing is written to any calendar", stopped, "An administrator must decide what this is."))
        yield Wrong("installation:writing_stopped", Code.WRITING_STOPPED, words, since or now)
    by_connection = _by_connection(spaces)
    for row in queries.connections.rows(session):
        paired = by_connection.get(row.id, [])
        if row.writes_stopped:
            heading = f"{row.name} is read, but not written to"
            words = _said((heading, row.writes_stopped, "An administrator must decide which copy of it is right."))
            yield Wrong(f"connection:{row.id}:writing_stopped", Code.WRITING_STOPPED, words, now, row.id)
        refused = [each.since for each in _refused(paired) if each.since is not None]
        if refused and not row.paused:
            words = _said((f"{row.name} does not let us in", row.breaker_reason, _advice(_refused(paired))))
            key = f"connection:{row.id}:{Code.SIGN_IN_FAILED}"
            yield Wrong(key, Code.SIGN_IN_FAILED, words, min(refused), row.id)
    for outage in outages.outages(spaces):
        first = outage.spaces[0]
        if outage.kind == "late" and outage.since is not None:
            words = _said((outage.words, outage.reason, outage.advice))
            yield Wrong(f"connection:{first.connection_id}:{_AWAY}", _AWAY, words, outage.since, first.connection_id)


def _of_passwords(session: Session, *, now: datetime) -> Iterator[Wrong]:
    """Yield the passwords that expire soon, or have: until staff write another day down."""
    for row in queries.connections.rows(session):
        if row.password_expires_on is None:
            continue
        last = datetime.combine(row.password_expires_on, time(), UTC)
        if now < last - EXPIRY_NOTICE:
            continue
        heading = f"The password of {row.name} {_expiry(row.password_expires_on, now.date())}"
        words = (
            heading,
            "After that day the server lets nobody in, and nothing is read or written.",
            (
                "Have it changed in Exchange, enter the new one in the connection's settings, and write down when that "
                "one expires."
            ),
        )
        yield Wrong(f"connection:{row.id}:{_EXPIRES}", _EXPIRES, _said(words), last - EXPIRY_NOTICE, row.id)


def _expiry(day: date, today: date) -> str:
    shown = f"{day.day} {day:%B %Y}"
    left = (day - today).days
    if left < 0:
        return f"expired on {shown}, as was written down here"
    return f"expires today, {shown}" if not left else f"expires on {shown}"


def _refused(paired: Iterable[SpaceHealth]) -> list[Trouble]:
    """Return the refused sign-ins that spaces of a connection suffer from, as far as their links say since when."""
    return [
        trouble
        for each in paired
        if each.state is LinkState.AUTH_FAILED
        for trouble in each.troubles
        if trouble.code is Code.SIGN_IN_FAILED
    ]


def _advice(troubles: Iterable[Trouble]) -> str:
    return next((each.advice for each in troubles if each.advice), "")


def _of_spaces(spaces: Iterable[SpaceHealth]) -> Iterator[Wrong]:
    """Yield what single spaces suffer from: not what their whole server does."""
    away = {space.connection_id for outage in outages.outages(spaces) for space in outage.spaces}
    for space in spaces:
        for trouble in space.troubles:
            if trouble.since is not None and _is_its_own(space, trouble, of_its_server=space.connection_id in away):
                yield _wrong(space, trouble, trouble.since)


def _is_its_own(space: SpaceHealth, trouble: Trouble, *, of_its_server: bool) -> bool:
    if trouble.code in _ON_PURPOSE or trouble.code in {Code.WRITING_STOPPED, Code.SIGN_IN_FAILED, Code.WRITING}:
        return False
    waits = trouble.code in {Code.WAITING, Code.NOT_READ_LATELY, Code.NOT_READ_YET}
    if waits and (of_its_server or space.state is LinkState.AUTH_FAILED):
        return False
    unread = trouble.code in {Code.NOT_READ_LATELY, Code.NOT_READ_YET}
    is_stopped = any(each.code in _ON_PURPOSE for each in space.troubles)
    return not (unread and (is_stopped or space.state is LinkState.GONE))


def _wrong(space: SpaceHealth, trouble: Trouble, since: datetime) -> Wrong:
    heading = f"{space.space_name} ({space.location_name}): {trouble.words}"
    return Wrong(
        f"link:{space.link_id}:{trouble.code}",
        trouble.code,
        _said((heading, trouble.problem, trouble.advice)),
        since,
        link_id=space.link_id,
    )


def _of_folders(session: Session) -> Iterator[Wrong]:
    """Yield the folders that cannot be read, and those of which staff must say what is true."""
    for each in queries.folders.troubled(session):
        frozen = each.state is FolderState.FROZEN
        heading = f"The folder {each.name} {'is frozen' if frozen else 'cannot be read'}"
        vanished = f"{each.vanishing} entries seem to have vanished from it at once. Nothing was freed."
        advice = "Say under Outlook/Exchange, Folders, whether that is true." if frozen else ""
        since = each.state_since if frozen else each.read_at or each.state_since
        words = _said((heading, vanished if frozen else each.last_error, advice))
        yield Wrong(f"folder:{each.id}:{each.state}", _FOLDER, words, since, each.connection_id)


def _of_watches(session: Session, *, now: datetime) -> Iterator[Wrong]:
    """Yield since when each connection sent none: a living listener hears at least that all is quiet."""
    silent: dict[int, list[WatchRow]] = defaultdict(list)
    asleep = {row.id for row in queries.connections.rows(session) if row.paused or _is_shut(row.breaker_until, now)}
    for watch in queries.health.watches(session):
        heard = watch.heard_at or watch.began_at
        if watch.connection_id not in asleep and heard is not None:
            silent[watch.connection_id].append(watch)
    for connection_id, watches in silent.items():
        since = min(each.heard_at or each.began_at or now for each in watches)
        words = (
            f"{watches[0].connection} sends no notifications",
            next((each.last_error for each in watches if each.last_error), ""),
            "Calendars are still asked again and again, so changes in Outlook arrive later, but do arrive.",
        )
        yield Wrong(f"connection:{connection_id}:{_SILENT}", _SILENT, _said(words), since, connection_id)


def _is_shut(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now


def _by_connection(spaces: Iterable[SpaceHealth]) -> dict[int, list[SpaceHealth]]:
    found: dict[int, list[SpaceHealth]] = defaultdict(list)
    for each in spaces:
        found[each.connection_id].append(each)
    return found


def _said(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(each.split()) for each in words if each)


# ------------------------------------------------------------------------------- raised, and over


def _update(session: Session, engine: Engine, found: dict[str, Wrong], *, now: datetime) -> None:
    known = queries.alerts.models_open(session)
    over = [alert for key, alert in known.items() if key not in found]
    for alert in over:
        alert.resolved_at = now
    raised = [_raise(session, each, now=now) for key, each in found.items() if key not in known]
    session.flush()
    _tell(session, engine, raised, over, now=now)


def _raise(session: Session, found: Wrong, *, now: datetime) -> Alert:
    alert = Alert(
        key=found.key,
        code=found.code,
        connection_id=found.connection_id,
        link_id=found.link_id,
        words="\n".join(found.words),
        since=found.since,
        raised_at=now,
    )
    session.add(alert)
    return alert


def _tell(session: Session, engine: Engine, raised: Iterable[Alert], over: Iterable[Alert], *, now: datetime) -> None:
    """Queue a mail to each owner, unless they have heard of the same thing too often today."""
    owners = _Owners(session, engine.alert_mail)
    news: dict[str, dict[str, list[object]]] = defaultdict(lambda: {"raised": [], "over": []})
    for what, alerts in (("raised", raised), ("over", over)):
        for alert in alerts:
            often = queries.alerts.raised_lately(session, alert.key, since=now - _DAY)
            owner = owners.of(alert)
            if owner and often <= _OFTEN_ENOUGH:
                news[owner][what].append(_news(alert))
    for owner, facts in news.items():
        services.outbox.notify(session, MAIL, owner, facts=facts, now=now, gap=engine.timing.alert_gap)


def _news(alert: Alert) -> dict[str, object]:
    heading, *lines = alert.words.split("\n")
    since = f"Since {alert.since:%d %B %Y, %H:%M} UTC."
    return {"heading": heading, "lines": [since, *lines]}


class _Owners:
    """Who looks after what: of a connection whom it names, else whom the settings name."""

    def __init__(self, session: Session, otherwise: str) -> None:
        self._otherwise = otherwise
        self._connections = {each.id: each.alert_email for each in queries.connections.rows(session)}
        self._links = {each.id: each.connection_id for each in queries.links.rows(session, states=tuple(LinkState))}

    def of(self, alert: Alert) -> str:
        connection_id = alert.connection_id or self._links.get(alert.link_id or 0)
        return self._connections.get(connection_id or 0, "") or self._otherwise
