"""`booking keys`: the keys that passwords and links are encrypted with."""

import click

from booking import clock, config, services
from booking.cli.installation import Installation, pass_installation
from booking.store import queries
from booking.store.database import transaction
from booking.store.types import KEY_RING, KeyRing

_AT_ONCE = 500


@click.group(short_help="Rotate the keys that secrets are encrypted with.")
def keys() -> None:
    """Look after the keys that passwords and bookings' links are encrypted with."""


@keys.command()
@click.option("--forget-old", is_flag=True, help="Also remove the older keys; every server must have been restarted.")
@pass_installation
def rotate(installation: Installation, *, forget_old: bool) -> None:
    """Encrypt everything with a new key.

    Puts a new key in front of the others in encryption.keys, and encrypts passwords and links with it. A site that
    runs on this machine goes on; restart it so that it uses the new key too. With several machines: stop all, rotate
    on one, copy encryption.keys to the others, start again.

    Without --forget-old the old keys stay and still open what older backups hold. With it, no new key is made when
    there are several already: the newest stays, and the others go.
    """
    folder = installation.settings.instance
    if not (forget_old and len(installation.settings.encryption_keys) > 1):
        config.add_encryption_key(folder)
    with installation.open():
        known = config.encryption_keys(folder)
        KEY_RING.unlock(known)
        passwords, links = _renew()
        _remember(Installation(folder))  # while all keys are there: whatever stops us here, the next start knows them
        if forget_old:
            _renew_what_was_on_its_way(known[0])
            config.keep_encryption_keys(folder, known[:1])
    click.echo(f"Encrypted anew: {passwords} passwords of connections, {links} links of bookings.")
    if forget_old:
        click.echo(
            "The older keys are gone. A backup from before opens only with the keys that were backed up with it."
        )
    else:
        click.echo("Restart the site. Back up encryption.keys now, together with the database.")


def _renew() -> tuple[int, int]:
    """Encrypt everything with the newest key, in small steps so that nobody waits; return how much it was."""
    with transaction() as session:
        passwords = queries.secrets.renew_passwords(session)
    done, after = 0, 0
    while True:
        with transaction() as session:
            renewed = queries.secrets.renew_links(session, after=after, at_most=_AT_ONCE)
        if not renewed:
            return passwords, done
        done, after = done + len(renewed), renewed[-1]


def _renew_what_was_on_its_way(newest: str) -> None:
    """Encrypt anew what a site that runs had encrypted with an older key, but not stored yet, when we looked."""
    ring = KeyRing()
    ring.unlock([newest])
    with transaction() as session:
        queries.secrets.renew_left_over(session, is_new=ring.opens)


def _remember(changed: Installation) -> None:
    """Have the database know the installation by its newest key."""
    settings = changed.settings
    with transaction() as session:
        services.installation.ensure(
            session, key_fingerprints=settings.key_fingerprints, name=settings.library_name, now=clock.now()
        )
