"""`booking connection add` and `find`: servers that are found, tried, and then kept."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from booking import clock, services
from booking.cli import known, passwords, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.errors import Invalid
from booking.domain.permissions import COMMAND_LINE
from booking.http.wiring import engine_itself
from booking.services.connections import ConnectionDraft
from booking.store.database import reading, transaction
from booking.store.queries.places import LocationRow
from booking.sync import connections
from booking.sync.trials import Outcome

RIGHTS = ("impersonation", "delegate")
DETECT = "detect"
_SIGN_INS = ("basic", "ntlm")
_CERTIFICATES = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
#: Where an entry that was refused stands on the command line.
_OPTIONS = {
    "name": "NAME",
    "server": "--server",
    "username": "--username",
    "email": "--email",
    "sign_in": "--sign-in",
    "version": "--exchange",
    "ca_pem": "--ca-file",
    "alert_email": "--alert-email",
    "netbios": "--netbios",
    "email_domains": "--email-domains",
    "default_owner": "--default-owner",
    "password": "password",
    "connection": "--location",
}
_SIGN_IN = click.option(
    "--sign-in",
    type=click.Choice(_SIGN_INS),
    default=_SIGN_INS[0],
    show_default=True,
    help="How the account shows who it is.",
)
_CA_FILE = click.option(
    "--ca-file", type=_CERTIFICATES, help="Certificate (PEM) of your own authority, if it issued the server's."
)


# ------------------------------------------------------------------------------------------------- add


class _Entered(TypedDict):
    """What `add` was told."""

    server: str
    username: str
    email: str
    rights: str
    sign_in: str
    exchange: str
    ca_file: Path | None
    alert_email: str
    netbios: str
    email_domains: str
    default_owner: str
    password_expires: datetime | None
    locations: tuple[str, ...]
    paused: bool
    password_stdin: bool
    password_file: Path | None
    password_env: str | None
    as_json: bool


@click.command()
@click.argument("name")
@click.option("--server", required=True, help="Host name, like mail.example.org, or the full address of its EWS.")
@click.option("--username", required=True, help="Of the service account: svc-rooms@example.org or STAFF\\svc-rooms.")
@click.option("--email", required=True, help="The service account's own address.")
@click.option(
    "--rights",
    type=click.Choice(RIGHTS),
    default=RIGHTS[0],
    show_default=True,
    help="How the account reaches the rooms.",
)
@_SIGN_IN
@click.option(
    "--exchange",
    metavar="VERSION",
    default=DETECT,
    show_default=True,
    help="Like 2016, 2013_SP1 or 2010_SP2. Exchange 2019 and Subscription Edition: 2016.",
)
@_CA_FILE
@click.option("--alert-email", default="", help="Who gets a mail when it is in trouble for ten minutes.")
@click.option("--netbios", default="", metavar="DOMAIN", help="The Windows domain, where --username is a name alone.")
@click.option("--email-domains", default="", metavar="LIST", help="More domains of your own, with commas between.")
@click.option("--default-owner", default="", help="Who owns an event that matches nobody: an address or a name.")
@click.option(
    "--password-expires", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it expires: told two weeks before."
)
@click.option("--location", "locations", multiple=True, metavar="SLUG", help="Uses it from now on. May be repeated.")
@click.option("--paused", is_flag=True, help="Keep it without a test, and ask nothing of the server until resumed.")
@passwords.password_options
@printing.as_json
@pass_installation
def add(installation: Installation, name: str, **entered: Unpack[_Entered]) -> None:
    """Connect to a calendar server.

    Tries it first, with one sign-in, prints each step, and keeps it as NAME if all is well. The password is asked
    for unless an option says where it is. Exit status 1, and nothing is kept, when a step fails.

    \b
    booking connection add "City Exchange" --server mail.example.org \\
        --username svc-rooms@example.org --email svc-rooms@example.org \\
        --password-file exchange.password --location central
    """  # noqa: D301 - \b is click's sign for lines that stay as they are
    draft = _draft(name, entered)
    with installation.open():
        with reading() as session:
            places = [known.location(session, slug) for slug in entered["locations"]]
        outcome = _tried(draft, places, paused=entered["paused"], now=clock.now())
    if entered["as_json"]:
        printing.document(
            {
                "name": draft.name,
                "saved": outcome.saved,
                "paused": entered["paused"],
                "locations": [place.slug for place in places] if outcome.saved else [],
                "steps": printing.rows_of(outcome.steps),
            }
        )
    else:
        printing.steps(outcome.steps)
    if not outcome.saved:
        raise click.ClickException("Nothing was kept, because a step failed.")
    if not entered["as_json"]:
        click.echo(_kept(draft.name, places, paused=entered["paused"]))


def _draft(name: str, entered: _Entered) -> ConnectionDraft:
    secret = passwords.password(
        stdin=entered["password_stdin"], file=entered["password_file"], env=entered["password_env"]
    )
    return ConnectionDraft(
        name=name,
        server=entered["server"],
        username=entered["username"],
        password=secret or passwords.asked_for(f"Password of {entered['username']}"),
        email=entered["email"],
        impersonate=entered["rights"] == RIGHTS[0],
        sign_in=entered["sign_in"],
        version=version(entered["exchange"]),
        ca_pem=_text(entered["ca_file"]),
        alert_email=entered["alert_email"],
        netbios=entered["netbios"],
        email_domains=entered["email_domains"],
        default_owner=entered["default_owner"],
        password_expires_on=entered["password_expires"].date() if entered["password_expires"] else None,
    )


def version(said: str) -> str:
    """Return a version as connections store it: "2013 sp1" is Exchange2013_SP1, and "detect" is empty."""
    if said.strip().lower() in {"", DETECT}:
        return ""
    tidy = said.strip().upper().removeprefix("EXCHANGE").strip(" _-").replace("-", "_").replace(" ", "_")
    return f"Exchange{tidy}"


def _tried(draft: ConnectionDraft, places: Sequence[LocationRow], *, paused: bool, now: datetime) -> Outcome:
    """Try a draft unless it is to be paused, keep it if that works, and have the locations use it.

    Raises:
        click.ClickException: an entry cannot be right, or a location is paired through another connection.
    """
    engine = engine_itself()
    try:
        with reading() as session:
            for place in places:
                services.connections.require_free(session, place.id, connection_id=None)
        if paused:
            kept = connections.save_paused(engine, draft, actor=COMMAND_LINE, now=now)
            outcome = Outcome((), saved=True, connection_id=kept)
        else:
            outcome = connections.save_and_test(engine, draft, actor=COMMAND_LINE, now=now)
        if outcome.connection_id is not None:
            with transaction() as session:
                for place in places:
                    services.connections.use(
                        session, outcome.connection_id, location_id=place.id, actor=COMMAND_LINE, now=now
                    )
    except Invalid as refusal:
        said = "\n".join(f"{_OPTIONS.get(name, name)}: {why}" for name, why in refusal.fields.items())
        raise click.ClickException(said) from refusal
    return outcome


def _kept(name: str, places: Sequence[LocationRow], *, paused: bool) -> str:
    used = f" Used from now on by {', '.join(place.name for place in places)}." if places else ""
    if paused:
        return f"Kept {name}, paused and without a test.{used} `booking connection resume` lets it work."
    return f"It works. Kept as {name}.{used}"


# ------------------------------------------------------------------------------------------------ find


@click.command()
@click.argument("address")
@click.option("--username", default="", help="If it differs from the address.")
@_SIGN_IN
@_CA_FILE
@passwords.password_options
@printing.as_json
@pass_installation
def find(
    installation: Installation,
    address: str,
    *,
    username: str,
    sign_in: str,
    ca_file: Path | None,
    password_stdin: bool,
    password_file: Path | None,
    password_env: str | None,
    as_json: bool,
) -> None:
    """Find a mailbox's server, as Outlook does.

    By autodiscover, for the mailbox ADDRESS; keeps nothing. Without a password nobody signs in, and the first
    server that answers like Exchange is named. With one it is tried once at most, and only at servers of the
    address's own domain.
    """
    secret = passwords.password(stdin=password_stdin, file=password_file, env=password_env)
    with installation.open():
        try:
            found = connections.find_server(
                engine_itself(),
                address,
                username,
                secret or "",
                actor=COMMAND_LINE,
                sign_in=sign_in,
                ca_pem=_text(ca_file),
            )
        except Invalid as refusal:
            raise click.ClickException("\n".join(refusal.fields.values())) from refusal
    if as_json:
        printing.document(dataclasses.asdict(found))
    else:
        of = f" of {found.display_name}" if found.display_name else ""
        known_as = f", Exchange {found.version.removeprefix('Exchange')}" if found.version else ""
        click.echo(f"The server{of} is {found.server}{known_as}.")
        click.echo(f"`booking connection add NAME --server {found.server} ...` connects to it.")


def _text(file: Path | None) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file else ""
