"""`booking sync errors` and `booking sync why`: what went wrong lately, and why a slot is as it is."""

import dataclasses
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from booking import clock
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain import rules
from booking.http import filters, wiring
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.health import ErrorRow
from booking.sync import remedies, why
from booking.sync.why import Answer, Reason

_MOST = 10_000
_WHEN = "2026-10-26T10:00"


@click.command("errors")
@click.option("--space", "slug", metavar="SPACE", help="Only of this space, and of its connection.")
@click.option("--connection", "name", metavar="NAME", help="Only of this connection.")
@click.option("--booking", "ref", metavar="REFERENCE", default="", help="Only about this booking.")
@click.option("--kind", type=click.Choice([*remedies.KINDS]), help="Only of this kind.")
@click.option("--hours", type=click.FloatRange(0, _MOST), help="Only of the last so many hours.")
@click.option("--last", type=click.IntRange(1, _MOST), default=50, show_default=True, help="At most so many.")
@printing.as_json
@pass_installation
def show_errors(
    installation: Installation,
    *,
    slug: str | None,
    name: str | None,
    ref: str,
    kind: str | None,
    hours: float | None,
    last: int,
    as_json: bool,
) -> None:
    """Say what went wrong with calendars, newest first.

    Each with the space or connection it happened to, the booking it was about, its kind, and the server's words.
    What is older than 30 days is forgotten.
    """
    with installation.open(), reading() as session:
        found = queries.health.errors(
            session,
            _link_id(session, slug) if slug else None,
            connection_id=known.connection(session, name).id if name else None,
            ref=ref.strip().upper(),
            kind=kind or "",
            since=clock.now() - timedelta(hours=hours) if hours is not None else None,
            at_most=last,
        )
    if as_json:
        printing.document([dataclasses.asdict(each) | {"remedy": remedies.remedy(each.kind)} for each in found])
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("0 errors. Nothing went wrong.")


def _link_id(session: Session, slug: str) -> int:
    space = known.space(session, slug)
    link = queries.links.row_of_space(session, space.id)
    if link is None:
        message = f"{space.name} is not paired with a calendar."
        raise click.BadParameter(message)
    return link.id


def _line(error: ErrorRow) -> str:
    where = error.space or error.connection
    about = f", booking {error.booking}" if error.booking else ""
    first = f"{error.at:%Y-%m-%d %H:%M:%S} UTC  {where}{about}  {error.operation}, {error.kind}"
    return f"{first}\n  {error.message}\n  {remedies.remedy(error.kind)}"


@click.command("why")
@click.argument("slug", metavar="SPACE")
@click.argument("moment", metavar="WHEN")
@printing.as_json
@pass_installation
def show_why(installation: Installation, *, slug: str, moment: str, as_json: bool) -> None:
    """Say why SPACE is busy, free or not certain at WHEN.

    WHEN is a time on the clock of the space's location, such as 2026-10-26T10:00, or one with its offset from UTC.
    Every reason is named, the one that counts first: our booking, an entry in Outlook, closing hours, changeover,
    a calendar that was not read. Asks no calendar.
    """
    with installation.open(), reading() as session:
        space = known.space(session, slug)
        at = _moment(moment, space.zone)
        found = why.why(session, space, at, now=clock.now(), cadence=wiring.cadence())
    if as_json:
        printing.document(_document(found))
        return
    local = filters.local(at, space.zone)
    click.echo(f"{space.name}, {space.location_name}, {local:%A %d %B %Y, %H:%M}: {_VERDICTS[found.verdict]}.")
    for reason in found.reasons:
        click.echo(f"  {_said(reason, space.zone)}")
    for words in found.also:
        click.echo(f"  Also: {words}")


_VERDICTS = {
    why.Verdict.BUSY: "busy",
    why.Verdict.HELD: "held",
    why.Verdict.CLOSED: "closed",
    why.Verdict.NOT_CERTAIN: "not certain",
    why.Verdict.NOT_BOOKABLE: "cannot be booked",
    why.Verdict.FREE: "free",
}


def _moment(text: str, zone: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        message = f"{text!r} is no time. Write it like {_WHEN}."
        raise click.BadParameter(message) from None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    return rules.wall_time(found.date(), found.time(), zone)


def _said(reason: Reason, zone: str) -> str:
    if reason.when is None:
        return reason.words
    start, end = (each.astimezone(ZoneInfo(zone)) for each in (reason.when.start, reason.when.end))
    return f"{start:%a %d %b, %H:%M} to {end:%a %d %b, %H:%M}: {reason.words}"


def _document(answer: Answer) -> dict[str, object]:
    return {
        "space": answer.space.slug,
        "at": answer.at,
        "verdict": answer.verdict,
        "reasons": [_plain(each) for each in answer.reasons],
        "also": list(answer.also),
        "calendar": None if answer.health is None else answer.health.code,
        "last_read": None if answer.health is None else answer.health.last_read,
    }


def _plain(reason: Reason) -> dict[str, object]:
    return {
        "verdict": reason.verdict,
        "kind": reason.kind,
        "words": reason.words,
        "start": reason.when.start if reason.when else None,
        "end": reason.when.end if reason.when else None,
        "booking": reason.ref or None,
    }
