import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from flask import Flask
from sqlalchemy import delete

from booking.config import Settings
from booking.services import installation
from booking.services.installation import WrongKeys
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import Installation
from tests.build import NOW


@pytest.mark.usefixtures("in_app")
class TestEnsure:
    def test_gives_the_installation_an_id_once(self, settings: Settings) -> None:
        with transaction() as session:
            made = queries.installation.installation(session)  # by the application, when it started
            assert made is not None
            install_id = made.install_id
        with transaction() as session:
            again = installation.ensure(session, key_fingerprints=settings.key_fingerprints, name="Wexcombe", now=NOW)

            assert len(install_id) >= 16
            assert again.install_id == install_id
            assert again.name == "Wexcombe"

    def test_gives_two_that_start_at_the_same_moment_one_id(self, settings: Settings, in_app: Flask) -> None:
        first_is_in, first_may_end = threading.Event(), threading.Event()

        def start(*, first: bool) -> str:
            with in_app.app_context(), transaction() as session:
                made = installation.ensure(session, key_fingerprints=settings.key_fingerprints, name="W", now=NOW)
                if first:
                    first_is_in.set()
                    assert first_may_end.wait(30)
                return made.install_id

        with transaction() as session:
            session.execute(delete(Installation))
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(start, first=True)
            assert first_is_in.wait(30)
            other = pool.submit(start, first=False)
            wait([other], timeout=1)  # it waits for the first, or is done already, which is what must not be
            first_may_end.set()

            assert one.result(30) == other.result(30)

    def test_refuses_a_database_that_belongs_to_other_keys(self) -> None:
        with pytest.raises(WrongKeys, match="Nothing was changed"), transaction() as session:
            installation.ensure(session, key_fingerprints=["e" * 64], name="Wexcombe", now=NOW)

    def test_knows_the_database_by_an_older_key_while_it_is_kept_behind_a_new_one(self, settings: Settings) -> None:
        kept = settings.key_fingerprints
        with transaction() as session:
            installation.ensure(session, key_fingerprints=["f" * 64, *kept], name="Wexcombe", now=NOW)

        with pytest.raises(WrongKeys), transaction() as session:  # a machine that lacks the new key
            installation.ensure(session, key_fingerprints=kept, name="Wexcombe", now=NOW)
