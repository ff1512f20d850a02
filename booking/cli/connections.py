"""`booking connection`: the calendar servers that are known, tried, and let work again."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import click

from booking import clock, services, store
from booking.cli import connecting, exchange_side, known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.permissions import COMMAND_LINE
from booking.domain.verdicts import Verdict
from booking.http.wiring import engine_itself
from booking.store.database import Session, reading, transaction
from booking.store.queries.connections import ConnectionRow
from booking.sync import proofs


@click.group()
def connection() -> None:
    """Look after the connections to calendar servers."""


connection.add_command(connecting.add)
connection.add_command(connecting.find)
connection.add_command(exchange_side.rights)
connection.add_command(exchange_side.analyzer)


# ------------------------------------------------------------------------------------------------ list


@dataclass(frozen=True, slots=True)
class Listed:
    """A connection in a list. `state` is stable: works, paused, sign_in_failed, writing_stopped, slowed_down."""

    name: str
    server: str
    username: str
    email: str
    rights: str
    sign_in: str
    exchange: str
    alert_email: str
    netbios: str
    email_domains: tuple[str, ...]
    default_owner: str
    password_expires_on: date | None
    locations: tuple[str, ...]
    state: str
    problem: str
    checked_at: datetime | None
    signed_in_at: datetime | None


@connection.command("list")
@printing.as_json
@pass_installation
def list_connections(installation: Installation, *, as_json: bool) -> None:
    """List the connections and the locations that use them.

    Asks no server, and shows no password.
    """
    with installation.open(), reading() as session:
        now = clock.now()
        rows = [_listed(session, each, now=now) for each in store.queries.connections.rows(session)]
    if as_json:
        printing.document([dataclasses.asdict(each) for each in rows])
    elif rows:
        printing.table(
            ("NAME", "SERVER", "USER NAME", "SIGN-IN", "RIGHTS", "EXCHANGE", "LOCATIONS", "STATE"),
            (
                (
                    row.name,
                    row.server,
                    row.username,
                    row.sign_in,
                    row.rights,
                    row.exchange,
                    _joined(row.locations),
                    _state(row),
                )
                for row in rows
            ),
        )
        for row in rows:
            if row.problem:
                click.echo(f"\n{row.name}: {row.problem}")
    else:
        click.echo("There is no connection yet. `booking connection add` makes one.")


def _listed(session: Session, row: ConnectionRow, *, now: datetime) -> Listed:
    standing = services.standings.of(row, now=now)
    return Listed(
        name=row.name,
        server=row.server,
        username=row.username,
        email=row.email,
        rights=connecting.RIGHTS[0] if row.impersonate else connecting.RIGHTS[1],
        sign_in=row.sign_in,
        exchange=row.version.removeprefix("Exchange") or connecting.DETECT,
        alert_email=row.alert_email,
        netbios=row.netbios,
        email_domains=services.connections.domains(row),
        default_owner=row.default_owner,
        password_expires_on=row.password_expires_on,
        locations=tuple(each.slug for each in store.queries.connections.locations(session, row.id)),
        state=standing.state.value,
        problem=standing.problem,
        checked_at=row.checked_at,
        signed_in_at=row.signed_in_at,
    )


def _joined(slugs: Sequence[str]) -> str:
    return ", ".join(slugs) or "none"


def _state(row: Listed) -> str:
    return row.state.replace("_", " ")


# --------------------------------------------------------------------------------------- check, resume


@connection.command()
@click.argument("name")
@click.option("--mailbox", metavar="ADDRESS", default="", help="Also see what the account may do in this mailbox.")
@click.option("--folder", metavar="PATH", default="", help="In this calendar of it; without one, a public folder.")
@printing.as_json
@pass_installation
def check(installation: Installation, name: str, *, mailbox: str, folder: str, as_json: bool) -> None:
    """Try a connection step by step, within 30 seconds.

    With one sign-in at most, and nothing is changed on the server. Exit status 1 when a step fails.
    """
    with installation.open():
        with reading() as session:
            found = known.connection(session, name)
        proof = proofs.prove(
            engine_itself(), found.id, mailbox=mailbox, folder=folder, actor=COMMAND_LINE, now=clock.now()
        )
    works = proof.verdict is not Verdict.FAILED
    if as_json:
        printing.document(
            {
                "name": found.name,
                "mailbox": mailbox or None,
                "folder": folder or None,
                "works": works,
                "verdict": proof.verdict.value,
                "milliseconds": proof.milliseconds,
                "steps": printing.rows_of(proof.steps),
            }
        )
    else:
        printing.steps(proof.steps)
        click.echo(f"{proof.verdict.words}, after {proof.milliseconds / 1000:.1f} seconds.")
    if not works:
        raise click.ClickException(f"{found.name} does not work as it is.")


@connection.command()
@click.argument("name")
@printing.as_json
@pass_installation
def pause(installation: Installation, name: str, *, as_json: bool) -> None:
    """Let a connection rest: nothing is read or written through it, and what people book waits."""
    with installation.open():
        with reading() as session:
            found = known.connection(session, name)
        with transaction() as session:
            services.connections.pause(session, found.id, actor=COMMAND_LINE, now=clock.now())
    if as_json:
        printing.document({"name": found.name, "was_paused": found.paused})
    else:
        click.echo(f"{found.name} is paused. `booking connection resume` lets it work again.")


@connection.command()
@click.argument("name")
@printing.as_json
@pass_installation
def resume(installation: Installation, name: str, *, as_json: bool) -> None:
    """Let a connection work again after it was paused. Asks no server: `booking connection check` does."""
    with installation.open():
        with reading() as session:
            found = known.connection(session, name)
        with transaction() as session:
            services.connections.resume(session, found.id, actor=COMMAND_LINE, now=clock.now())
    if as_json:
        printing.document({"name": found.name, "was_paused": found.paused, "writing_was_stopped": found.writes_stopped})
    elif found.writes_stopped:
        click.echo(f"{found.name} is asked again, and nothing is written through it. `booking identity show` says why.")
    elif found.paused:
        click.echo(f"{found.name} works again from now on. `booking connection check` tries it.")
    else:
        click.echo(f"{found.name} was not paused. It is asked again from now on.")
