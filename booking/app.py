"""The application is joined here: settings, keys, database, sync, pages."""

from datetime import timedelta
from pathlib import Path

from flask import Flask

from booking import admin, config, services
from booking.api import health
from booking.config import Settings, SettingsError
from booking.http import addresses, assets, errors, filters, identity, mounting, seats, security, theme, wiring
from booking.http.security import Attempts
from booking.http.wiring import Site, Wiring
from booking.mail import smtp
from booking.scheduler import engines
from booking.services.installation import WrongKeys
from booking.store import database
from booking.store.types import KEY_RING
from booking.sync.engine import Engine, Timing
from booking.sync.front import Front
from booking.web import account, bookings, spaces

_IDENTITY = "identity"
_STRANGERS = (
    "this folder belongs to another installation than the database, so calendars could be written by two. "
    "Put the folder back that belongs to the database. Nothing was changed."
)


def create_app(settings: Settings) -> Flask:
    """Return the application of this installation. It starts no background work.

    Raises:
        SettingsError: the database belongs to other keys, or to another installation.
    """
    KEY_RING.unlock(settings.encryption_keys, again=lambda: config.encryption_keys(settings.instance))
    app = Flask(__name__)
    addresses.keep_numbers_small(app)
    app.config.update(
        TESTING=settings.testing,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # Errors of the database go into the log, and what was being stored may be a name or a secret.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "hide_parameters": True},
    )
    database.db.init_app(app)
    engine = _engine(settings)
    with app.app_context():
        database.prepare(database.db.engine)
        _recognise(settings, engine)
    security.protect(
        app,
        key=settings.session_key,
        secure_cookies=settings.secure_cookies,
        trusted_proxies=settings.trusted_proxies,
    )
    mounting.mount(app, base_url=settings.base_url)
    wiring.join(app, _wiring(settings, engine))
    identity.guard(app)
    errors.explain_errors(app)
    _equip_templates(app, settings)
    for blueprint in (spaces.blueprint, bookings.blueprint, account.blueprint, health.blueprint, *admin.blueprints):
        app.register_blueprint(blueprint)
    return app


def _engine(settings: Settings) -> Engine:
    timing = Timing(
        wait=timedelta(seconds=settings.sync_wait),
        leg=timedelta(seconds=settings.leg_timeout),
        deadline=timedelta(seconds=settings.call_deadline),
        claim=timedelta(seconds=settings.claim_time),
        settle=timedelta(seconds=settings.settle_time),
        second_look=timedelta(seconds=settings.second_look),
        near_every=timedelta(seconds=settings.near_every),
        far_every=timedelta(seconds=settings.far_every),
    )
    return engines.engine(
        timing=timing,
        allow_local=settings.allow_local_connections,
        base_url=settings.base_url,
        proxy=settings.outbound_proxy,
    )


def _wiring(settings: Settings, engine: Engine) -> Wiring:
    return Wiring(
        settings=Site(
            library_name=settings.library_name,
            base_url=settings.base_url,
            instance=settings.instance,
            near_every=settings.near_every,
            far_every=settings.far_every,
            sync_workers=settings.sync_workers,
            mail_from=settings.mail_from,
            mail_goes_out=bool(settings.smtp_host),
            secure_cookies=settings.secure_cookies,
        ),
        engine=engine,
        front=Front(engine),
        attempts=Attempts(settings.sign_in_attempts),
        post=smtp.post(
            settings.instance / "mail",
            host=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password,
            starttls=settings.smtp_starttls,
        ),
    )


def _recognise(settings: Settings, engine: Engine) -> None:
    """Make sure that database and instance folder belong together; on the first start, join them.

    Raises:
        SettingsError: they do not, with what to do.
    """
    try:
        with database.transaction() as session:
            install_id = services.installation.ensure(
                session, key_fingerprints=settings.key_fingerprints, name=settings.library_name, now=engine.now()
            ).install_id
    except WrongKeys as error:
        raise SettingsError([str(error)]) from error
    kept = _kept_identity(settings.instance / _IDENTITY, install_id)
    if kept != install_id:
        raise SettingsError([f"{_IDENTITY}: {_STRANGERS}"])


def _kept_identity(path: Path, install_id: str) -> str:
    """Return what the folder says it is; a folder that says nothing yet is told."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(install_id + "\n")
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    return install_id


def _equip_templates(app: Flask, settings: Settings) -> None:
    """Give templates their filters and the few names that every page uses."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters.offer_filters(app)
    app.jinja_env.globals.update(
        asset=assets.address_maker(app),
        days_of_week=filters.DAYS,
        here=addresses.here,
        library_name=settings.library_name,
        seats_of=seats.plan,
        theme=theme.chosen,
        who=identity.current_actor,  # called by the layout, not here: the page of a broken database must not ask it
    )
