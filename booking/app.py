"""The application is joined here: settings, keys, database, sync, pages."""

import platform
from datetime import timedelta

from flask import Flask

from booking import admin, config, services
from booking.api import health, metrics
from booking.api.metrics import Guard
from booking.config import Settings, SettingsError
from booking.http import addresses, assets, errors, filters, identity, mounting, seats, security, theme, wiring
from booking.http.security import Attempts
from booking.http.wiring import Site, Wiring
from booking.mail import smtp
from booking.scheduler import engines
from booking.services.installation import WrongKeys
from booking.store import database, job_queue
from booking.store.job_queue import JobQueue
from booking.store.types import KEY_RING
from booking.sync.engine import Engine, Timing
from booking.sync.front import Front
from booking.web import account, bookings, spaces


def create_app(settings: Settings) -> Flask:
    """Return the application of this installation. It starts no background work.

    Raises:
        SettingsError: the database belongs to other keys.
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
    with app.app_context():
        database.prepare(database.db.engine)
        engine = _engine(settings)
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
    metrics.offer(
        app,
        engine,
        Guard(token=settings.metrics_token, trusted_proxies=settings.trusted_proxies, base_url=settings.base_url),
    )
    return app


def _engine(settings: Settings) -> Engine:
    """Return the engine of sync; needs the application's context."""
    timing = Timing(
        wait=timedelta(seconds=settings.sync_wait),
        leg=timedelta(seconds=settings.leg_timeout),
        deadline=timedelta(seconds=settings.call_deadline),
        claim=timedelta(seconds=settings.claim_time),
        settle=timedelta(seconds=settings.settle_time),
        second_look=timedelta(seconds=settings.second_look),
        near_every=timedelta(seconds=settings.near_every),
        far_every=timedelta(seconds=settings.far_every),
        alert_after=timedelta(minutes=settings.alert_minutes),
        conflict_alert_after=timedelta(hours=settings.conflict_alert_hours),
    )
    return engines.engine(
        timing=timing,
        allow_local=settings.allow_local_connections,
        base_url=settings.base_url,
        folder=settings.instance,
        queue=JobQueue(database.db.engine) if job_queue.can_hold_one(settings.database_url) else None,
        proxy=settings.outbound_proxy,
        alert_mail=settings.alert_mail,
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

    Where only the identities differ the site starts, and writes to no calendar: `services.installation`.

    Raises:
        SettingsError: the keys are another installation's, with what to do.
    """
    try:
        with database.transaction() as session:
            services.installation.recognise(
                session,
                settings.instance,
                key_fingerprints=settings.key_fingerprints,
                name=settings.library_name,
                machine=platform.node(),
                now=engine.now(),
            )
    except WrongKeys as error:
        raise SettingsError([str(error)]) from error


def _equip_templates(app: Flask, settings: Settings) -> None:
    """Give templates their filters and the few names that every page uses."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters.offer_filters(app)
    app.jinja_env.globals.update(
        asset=assets.address_maker(app),
        conflict_count=admin.conflicts.count,
        days_of_week=filters.DAYS,
        has_endpoint=addresses.endpoint_asker(app),
        here=addresses.here,
        library_name=settings.library_name,
        profile_here=admin.profiles.here,
        seats_of=seats.plan,
        theme=theme.chosen,
        writing_stopped=admin.identity.is_stopped,
        who=identity.current_actor,  # called by the layout, not here: the page of a broken database must not ask it
    )
