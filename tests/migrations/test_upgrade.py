import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from booking.store import database, job_queue, upgrading
from booking.store.models import Base
from tests.support.postgres import Cluster
from tests.support.processes import TREE, clean_environment


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    return cluster.url(cluster.create())


def _server(url: str) -> subprocess.Popen[str]:
    """A process that has loaded everything, says so, and migrates when it is told to."""
    upgrade = (
        "import sys; from booking.store import upgrading; print('loaded', flush=True); sys.stdin.readline();"
        " upgrading.upgrade(sys.argv[1])"
    )
    command = [sys.executable, "-c", upgrade, url]
    return subprocess.Popen(command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether a table is of our models, and not Procrastinate's."""
    return kind != "table" or not str(name).startswith(job_queue.PREFIX)


_A_LOCATION = (
    "INSERT INTO location (id, name, slug, zone, is_public, address, phone, contact_name, contact_email, position,"
    " retired) VALUES (1, 'Central', 'central', 'UTC', true, '', '', '', '', 0, false)"
)
_A_PROFILE = (
    "INSERT INTO sync_profile (id, name, active, location_id, direction, when_deleted, when_moved, when_both_changed,"
    " title_option, tentative_blocks, show_private_rows, keep_titles, keep_organizers, hold_when_unknown, days_back,"
    " created_at) VALUES ({number}, 'Profile {number}', true, {place}, 'both', 'follow', 'follow', 'exchange', 'name',"
    " false, false, false, false, false, {days}, '2026-11-20 09:00:00')"
)


def _upgrade_to(connection: Connection, revision: str) -> None:
    """Bring the tables to an older version's."""
    config = Config()
    config.set_main_option("script_location", str(TREE / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


class TestTheMigrations:
    def test_make_exactly_the_tables_of_the_models(self, empty_url: str) -> None:
        upgrading.upgrade(empty_url)

        engine = create_engine(empty_url)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_ours})
            assert compare_metadata(context, Base.metadata) == []
        engine.dispose()

    def test_change_nothing_the_second_time(self, empty_url: str) -> None:
        upgrading.upgrade(empty_url)

        upgrading.upgrade(empty_url)

        engine = create_engine(empty_url)
        names = {name for name in inspect(engine).get_table_names() if not name.startswith(job_queue.PREFIX)}
        assert names == {*Base.metadata.tables, "alembic_version"}
        engine.dispose()

    def test_can_be_started_by_four_servers_at_once(self, empty_url: str) -> None:
        with ExitStack() as stack:
            servers = [stack.enter_context(_server(empty_url)) for _ in range(4)]
            assert [server.stdout and server.stdout.readline() for server in servers] == ["loaded\n"] * 4

            for server in servers:  # now all at the same moment, however long each took to load
                assert server.stdin is not None
                server.stdin.write("go\n")
                server.stdin.flush()

            assert [server.wait(timeout=60) for server in servers] == [0, 0, 0, 0]

        engine = create_engine(empty_url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar_one() == 1
        engine.dispose()

    def test_keep_every_guard_of_the_database(self, empty_url: str) -> None:
        upgrading.upgrade(empty_url)

        engine = create_engine(empty_url)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                guards = {f"{table}_not_too_long_on" for table in ("occurrence", "external_event")}
                wanted = {
                    f"{guard}_{moment}" for guard in (*guards, "occurrence_alone_on") for moment in ("insert", "update")
                }
            else:
                query = "SELECT conname FROM pg_constraint WHERE conname LIKE '%longest' OR conname LIKE '%alone%'"
                wanted = {"ck_occurrence_longest", "ck_external_event_longest"}
            found = set(connection.scalars(text(query)))
        engine.dispose()
        assert wanted <= found

    def test_keep_each_profile_with_its_place_and_how_far_it_looks_back(self, empty_url: str) -> None:
        engine = create_engine(empty_url)
        with engine.begin() as connection:
            _upgrade_to(connection, "0003")
            connection.exec_driver_sql(_A_LOCATION)
            for number, days in ((1, 0), (2, 14)):
                connection.exec_driver_sql(_A_PROFILE.format(number=number, place=("1", "NULL")[number - 1], days=days))

        upgrading.upgrade(empty_url)

        with engine.connect() as connection:
            members = "SELECT profile_id, location_id, category_id, space_id FROM profile_member"
            assert connection.exec_driver_sql(members).all() == [(1, 1, None, None)]
            profiles = "SELECT name, days_back, window_kind, field_mapping FROM sync_profile ORDER BY id"
            found = connection.exec_driver_sql(profiles).all()
            assert found == [("Profile 1", 0, "today", ""), ("Profile 2", 14, "days", "")]
        engine.dispose()

    def test_end_where_the_health_check_looks(self) -> None:
        assert ScriptDirectory(str(TREE / "migrations")).get_current_head() == database.NEWEST_REVISION

    def test_follow_one_line(self) -> None:
        scripts = ScriptDirectory(str(TREE / "migrations"))

        assert len(scripts.get_heads()) == 1

    def test_never_import_booking(self) -> None:
        sources = {path.name: path.read_text(encoding="utf-8") for path in (TREE / "migrations").rglob("*.py")}

        assert [
            name for name, source in sources.items() if re.search(r"^\s*(from|import) booking", source, re.MULTILINE)
        ] == []
