"""`booking staff`: who may sign in."""

import sys

import click

from booking import clock, services, store
from booking.cli.installation import Installation, pass_installation
from booking.domain.permissions import Role
from booking.store.database import Session, reading, transaction

ROLES = [role.value for role in Role if role is not Role.EVERYBODY]


@click.group()
def staff() -> None:
    """Look after the people who may sign in."""


@staff.command()
@click.argument("email")
@click.option("--first", required=True, help="First name.")
@click.option("--last", required=True, help="Last name.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they are.")
@click.option("--location", help="Slug of the only location in which they are that; without it, in all.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@pass_installation
def add(
    installation: Installation,
    email: str,
    *,
    first: str,
    last: str,
    role: str,
    location: str | None,
    password_stdin: bool,
) -> None:
    """Let somebody sign in with EMAIL and a password.

    An administrator looks after everything, calendar connections included; a manager also after a place's
    settings; a librarian after its bookings.
    """
    with installation.open():
        location_id = _location_id(location)
        password = _password(from_stdin=password_stdin)
        with transaction() as session:
            services.people.add_staff(
                session,
                email=email,
                first_name=first,
                last_name=last,
                password=password,
                role=Role(role),
                location_id=location_id,
                now=clock.now(),
            )
    click.echo(f"{first} {last} can sign in with {email.lower()}.")


def _location_id(slug: str | None) -> int | None:
    if slug is None:
        return None
    with reading() as session:
        found = store.queries.places.location_by_slug(session, slug)
        if found is None:
            raise click.BadParameter(f"there is no location {slug!r}; {_known(session)}", param_hint="--location")
        return found.id


def _known(session: Session) -> str:
    slugs = [row.slug for row in store.queries.places.locations(session)]
    return f"known are {', '.join(slugs)}" if slugs else "there is none yet"


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
