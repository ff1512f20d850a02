import pytest

from booking.config import Settings
from booking.services import installation
from booking.services.installation import WrongKeys
from booking.store import queries
from booking.store.database import transaction
from tests.build import NOW


@pytest.mark.usefixtures("in_app")
class TestEnsure:
    def test_gives_the_installation_an_id_once(self, settings: Settings) -> None:
        with transaction() as session:
            made = queries.installation.installation(session)  # by the application, when it started
            assert made is not None
            install_id = made.install_id
        with transaction() as session:
            again = installation.ensure(session, key_fingerprint=settings.key_fingerprint, name="Wexcombe", now=NOW)

            assert len(install_id) >= 16
            assert again.install_id == install_id
            assert again.name == "Wexcombe"

    def test_refuses_a_database_that_belongs_to_other_keys(self) -> None:
        with pytest.raises(WrongKeys, match="Nothing was changed"), transaction() as session:
            installation.ensure(session, key_fingerprint="e" * 64, name="Wexcombe", now=NOW)
