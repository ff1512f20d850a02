"""The tables of the job queue: made once, brought up from any older state, by any number of machines at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine

from booking.store import job_queue
from tests.support.postgres import Cluster

SHAPE = """
    SELECT 'function ' || proname || md5(pg_get_functiondef(oid)) FROM pg_proc WHERE proname LIKE 'procrastinate%'
    UNION ALL SELECT 'column ' || table_name || column_name || data_type FROM information_schema.columns
        WHERE table_name LIKE 'procrastinate%'
    UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE tablename LIKE 'procrastinate%'
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'procrastinate%'
"""
LAST = "SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')"


@pytest.fixture
def empty(postgres_cluster: Cluster) -> Iterator[Engine]:
    """Give a PostgreSQL database with nothing in it."""
    engine = create_engine(postgres_cluster.url(postgres_cluster.create()))
    yield engine
    engine.dispose()


@pytest.fixture
def fresh(postgres_cluster: Cluster) -> Iterator[Engine]:
    """Give one whose queue was made by this version."""
    engine = create_engine(postgres_cluster.url(postgres_cluster.create()))
    job_queue.bring_up(engine)
    yield engine
    engine.dispose()


def run(engine: Engine, statements: str) -> set[str]:
    with engine.begin() as connection:
        done = connection.execution_options(no_parameters=True).exec_driver_sql(statements)
        return set(done.scalars()) if done.returns_rows else set()


def made_by(engine: Engine, number: int) -> None:
    """Make the queue as an older Procrastinate did: by its first migrations."""
    steps = list(job_queue.migrations().items())[:number]
    for _, statements in steps:
        run(engine, statements)
    run(engine, f"COMMENT ON TABLE procrastinate_jobs IS '{steps[-1][0]}'")


class TestTheJobQueue:
    @pytest.mark.parametrize("behind", [1, 4, 20])
    def test_is_brought_up_from_what_an_older_version_made(self, empty: Engine, fresh: Engine, behind: int) -> None:
        made_by(empty, len(job_queue.migrations()) - behind)
        assert run(empty, SHAPE) != run(fresh, SHAPE)

        job_queue.bring_up(empty)

        assert run(empty, SHAPE) == run(fresh, SHAPE)
        assert run(empty, LAST) == run(fresh, LAST) == {list(job_queue.migrations())[-1]}

    def test_is_taken_as_it_is_where_procrastinate_itself_made_it(self, empty: Engine, fresh: Engine) -> None:
        run(empty, job_queue.schema())

        job_queue.bring_up(empty)

        assert run(empty, LAST) == run(fresh, LAST)

    def test_keeps_its_jobs(self, fresh: Engine) -> None:
        run(fresh, "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('push', 'x')")

        job_queue.bring_up(fresh)

        assert run(fresh, "SELECT task_name FROM procrastinate_jobs") == {"x"}

    def test_is_left_alone_by_an_older_version(self, fresh: Engine) -> None:
        run(fresh, "COMMENT ON TABLE procrastinate_jobs IS '99.00.00_01_pre_of_tomorrow.sql'")

        job_queue.bring_up(fresh)

        assert run(fresh, LAST) == {"99.00.00_01_pre_of_tomorrow.sql"}

    def test_is_made_once_by_machines_that_start_at_the_same_moment(self, empty: Engine) -> None:
        with ThreadPoolExecutor(6) as machines:
            done = [machines.submit(job_queue.bring_up, empty) for _ in range(6)]

        assert [each.result() for each in done] == [None] * 6
        assert run(empty, LAST) == {list(job_queue.migrations())[-1]}

    def test_is_not_made_in_sqlite(self) -> None:
        engine = create_engine("sqlite://")

        job_queue.bring_up(engine)

        assert not job_queue.can_hold_one("sqlite:////srv/booking.sqlite")
        engine.dispose()


class TestTheDriver:
    def test_is_told_what_stands_in_the_address(self) -> None:
        told = job_queue.connect_arguments("postgresql+psycopg://me:a%40b@db.example.org:5433/rooms?sslmode=require")

        assert told == {
            "dbname": "rooms",
            "host": "db.example.org",
            "password": "a@b",
            "port": 5433,
            "sslmode": "require",
            "user": "me",
        }
