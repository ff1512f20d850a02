"""`booking location`: places, and which calendar server each uses."""

import dataclasses
from dataclasses import dataclass

import click

from booking import clock, services, store
from booking.cli import known, printing
from booking.cli.installation import Installation, pass_installation
from booking.domain.errors import Invalid
from booking.domain.permissions import COMMAND_LINE
from booking.store.database import reading, transaction


@click.group()
def location() -> None:
    """See the locations, and connect them to calendar servers."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A location in a list. `connection` is the name of the connection that it uses, if any."""

    slug: str
    name: str
    time_zone: str
    public: bool
    spaces: int
    paired: int
    connection: str | None


@location.command("list")
@printing.as_json
@pass_installation
def list_locations(installation: Installation, *, as_json: bool) -> None:
    """List the locations, and the connection that each uses."""
    with installation.open(), reading() as session:
        names = {each.id: each.name for each in store.queries.connections.rows(session)}
        paired = [each.location_id for each in store.queries.links.rows(session)]
        rows = [
            Listed(
                slug=each.slug,
                name=each.name,
                time_zone=each.zone,
                public=each.is_public,
                spaces=len(store.queries.places.spaces(session, location_id=each.id)),
                paired=paired.count(each.id),
                connection=names.get(each.connection_id) if each.connection_id else None,
            )
            for each in store.queries.places.locations(session)
        ]
    if as_json:
        printing.document([dataclasses.asdict(each) for each in rows])
    elif rows:
        printing.table(
            ("SLUG", "NAME", "TIME ZONE", "SPACES", "PAIRED", "CONNECTION"),
            (
                (row.slug, row.name, row.time_zone, str(row.spaces), str(row.paired), row.connection or "none")
                for row in rows
            ),
        )
    else:
        click.echo("There is no location yet.")


@location.command()
@click.argument("slug")
@click.argument("connection")
@printing.as_json
@pass_installation
def connect(installation: Installation, slug: str, connection: str, *, as_json: bool) -> None:
    """Have a location use a connection.

    Its spaces can be paired with mailboxes then. Refused while spaces are paired through another connection.
    """
    with installation.open():
        with reading() as session:
            place, found = known.location(session, slug), known.connection(session, connection)
        try:
            with transaction() as session:
                services.connections.use(session, found.id, location_id=place.id, actor=COMMAND_LINE, now=clock.now())
        except Invalid as refusal:
            raise click.ClickException("\n".join(refusal.fields.values())) from refusal
    if as_json:
        printing.document(
            {"location": place.slug, "connection": found.name, "changed": place.connection_id != found.id}
        )
    elif place.connection_id == found.id:
        click.echo(f"{place.name} uses {found.name} already.")
    else:
        click.echo(f"{place.name} uses {found.name} from now on.")
