"""Connections as the file says, and which location uses which: checked here, tried and stored by `carrying`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from booking.cli.applying import keys
from booking.cli.applying.plan import Action, Change
from booking.cli.applying.said import ConnectionSaid, FileSaid, LocationSaid
from booking.cli.applying.tables import Said
from booking.cli.applying.words import WrongValue
from booking.cli.applying.working import Subject, Work
from booking.domain.errors import Invalid
from booking.services import connections
from booking.services.connections import ConnectionDraft
from booking.store import queries
from booking.store.models import Connection

_LABELS = {name: key for key, (name, _) in keys.CONNECTION.items()}
_FILE = "file:"
#: Reads `env:NAME` and `file:PATH`; raises WrongValue.
Secrets = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ToTry:
    """A connection that is new or differs: stored if the server lets us in. Without `connection_id`, a new one."""

    key: str
    draft: ConnectionDraft
    connection_id: int | None


@dataclass(frozen=True, slots=True)
class ToUse:
    """A location that shall use a connection which is not there yet."""

    slug: str
    location_id: int
    connection: str


def settle(work: Work, said: Sequence[ConnectionSaid], secrets: Secrets) -> tuple[ToTry, ...]:
    """Return the connections to try; what is wrong with any is remembered."""
    return tuple(found for each in said if (found := _settle(work, each, secrets)))


def _settle(work: Work, said: ConnectionSaid, secrets: Secrets) -> ToTry | None:
    subject = Subject(f"connection {said.key}", said.said, _LABELS)
    stored = queries.connections.named(work.session, said.name)
    values = _opened(work, said.said, secrets)
    new = ConnectionDraft(name=said.name, server="", username="", password=None)
    draft = replace(new if stored is None else _draft(stored), **values)
    try:
        whole = connections.checked(work.session, draft, connection_id=stored.id if stored else None, actor=work.actor)
    except Invalid as refusal:
        for name, why in refusal.fields.items():
            work.refuse(subject.place(name), why)
        return None
    changes = _differences(work, subject, stored, whole)
    work.changes += changes
    return ToTry(said.key, draft, stored.id if stored else None) if changes else None


def _opened(work: Work, said: Said, secrets: Secrets) -> Mapping[str, Any]:
    """Return what is said of a connection, with what its references stand for in their place."""
    values = dict(said.values)
    for name in _SECRETS:
        if name == "password" or str(values.get(name, "")).startswith(_FILE):
            try:
                values |= {name: _SECRETS[name](secrets(values[name]))} if name in values else {}
            except WrongValue as error:
                work.refuse(said.place(name), str(error))
                values[name] = "?"  # so that nothing else is said of it
    return values


def _one_line(secret: str) -> str:
    """Return a password; what has several lines is none, and trying it would only cost a sign-in."""
    if "\n" in secret:
        raise WrongValue("There are several lines where it points to. A password is one line.")
    return secret


#: What a file may refer to, and who looks at what was found there.
_SECRETS: Mapping[str, Callable[[str], str]] = {"password": _one_line, "ca_pem": str}


def _draft(stored: Connection) -> ConnectionDraft:
    return ConnectionDraft(
        name=stored.name,
        server=stored.server,
        username=stored.username,
        password=None,
        email=stored.email,
        impersonate=stored.impersonate,
        sign_in=stored.sign_in,
        version=stored.version,
        ca_pem=stored.ca_pem,
        alert_email=stored.alert_email,
        protocol=stored.protocol,
        netbios=stored.netbios,
        email_domains=stored.email_domains,
        default_owner=stored.default_owner,
        password_expires_on=stored.password_expires_on,
    )


def _differences(work: Work, subject: Subject, stored: Connection | None, whole: ConnectionDraft) -> list[Change]:
    if stored is None:
        line = work.mistakes.line(subject.said.path)
        return [Change(Action.CREATE, subject.what, new=f"{whole.server} as {whole.username}", line=line)]
    found = []
    for name, label in _LABELS.items():
        old, new = getattr(stored, name), getattr(whole, name)
        if old != new:
            line = work.mistakes.line(subject.place(name))
            found.append(Change(Action.CHANGE, subject.what, label, *_in_words(name, old, new), line=line))
    return found


def _in_words(name: str, old: object, new: object) -> tuple[str, str]:
    match name:
        case "password":
            return "the stored one", "another one"
        case "ca_pem":
            return "the stored one" if old else "none", "another one" if new else "none"
        case "impersonate":
            return "impersonation" if old else "delegate", "impersonation" if new else "delegate"
        case _:
            return str(old), str(new)


def use(work: Work, said: LocationSaid, location_id: int, file: FileSaid) -> ToUse | None:
    """Settle which connection a location uses; return it where that has to wait until the connection is stored."""
    if said.connection is None:
        return None
    names = {each.key: each.name for each in file.connections}
    name = names.get(said.connection, said.connection)
    stored = queries.connections.named(work.session, name)
    place = said.said.place("connection")
    if stored is None and said.connection not in names:
        known = [*names, *(row.name for row in queries.connections.rows(work.session))]
        near = get_close_matches(said.connection, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Write it under [connections.{said.connection}]."
        work.refuse(place, f'There is no connection "{said.connection}". {hint}')
        return None

    def view() -> dict[str, str]:
        row = queries.connections.row_of_location(work.session, location_id)
        return {"connection": row.name if row else "none"}

    subject = Subject(f"location {said.slug}", Said(place, {}, {"connection": place}))
    if stored is None:
        try:
            connections.require_free(work.session, location_id, connection_id=None)
        except Invalid as refusal:
            work.refuse(place, " ".join(refusal.fields.values()))
            return None
        line = work.mistakes.line(place)
        work.changes.append(Change(Action.CHANGE, subject.what, "connection", view()["connection"], name, line))
        return ToUse(said.slug, location_id, name)
    stored_id = stored.id
    work.settle(
        subject,
        view=view,
        act=lambda _values: connections.use(
            work.session, stored_id, location_id=location_id, actor=work.actor, now=work.now
        ),
    )
    return None
