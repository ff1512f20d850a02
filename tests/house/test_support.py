import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import waiting
from tests.support.postgres import Cluster
from tests.support.processes import DiedError, clean_environment, free_port, running

SERVER = (
    "import http.server, sys; http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), None).serve_forever()"
)
HOLDS_A_CLUSTER = """
import sys
from tests.support.postgres import cluster
with cluster() as server:
    print(server.folder, flush=True)
    sys.stdin.read()
"""


class TestARunningProcess:
    def test_listens_and_has_ended_afterwards(self) -> None:
        port = free_port()

        with running([sys.executable, "-c", SERVER, str(port)], ports=[port]) as server:
            assert server.process.poll() is None

        assert server.process.returncode == -signal.SIGTERM

    def test_tells_what_it_said_when_it_ends_too_early(self) -> None:
        command = [sys.executable, "-c", "print('out of paper'); raise SystemExit(3)"]

        with pytest.raises(DiedError, match=r"status 3.*\n.*out of paper"), running(command, ports=[free_port()]):
            pass

    def test_is_missed_when_it_ends_without_being_asked(self) -> None:
        command = [sys.executable, "-c", "print('out of paper'); raise SystemExit(3)"]

        with pytest.raises(DiedError, match=r"status 3.*\n.*out of paper"), running(command) as process:
            process.process.wait(timeout=20)

    def test_is_killed_and_reported_when_it_does_not_listen_to_reason(self) -> None:
        deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(60)"

        with running([sys.executable, "-c", deaf]) as process:
            waiting.until(lambda: "ready" in process.output, what="the process to be ready")
            with pytest.raises(DiedError, match="did not stop"):
                process.end(seconds=0.2)

        assert process.process.returncode == -signal.SIGKILL


class TestThePostgresCluster:
    def test_gives_databases_that_know_nothing_of_each_other(self, postgres_cluster: Cluster) -> None:
        template = postgres_cluster.create()
        with postgres_cluster.connect(template) as connection:
            connection.execute("CREATE EXTENSION btree_gist")
            connection.execute("CREATE TABLE shelf (id integer)")
        copies = [postgres_cluster.create(template=template) for _ in range(2)]

        with postgres_cluster.connect(copies[0]) as connection:
            connection.execute("INSERT INTO shelf VALUES (1)")

        with postgres_cluster.connect(copies[1]) as connection:
            assert connection.execute("SELECT count(*) FROM shelf").fetchone() == (0,)

    def test_ends_even_when_its_owner_is_killed(self) -> None:
        owner = subprocess.Popen(
            [sys.executable, "-c", HOLDS_A_CLUSTER],
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with owner:
            assert owner.stdout is not None
            folder = Path(owner.stdout.readline().strip())
            server = int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])

            owner.kill()

        waiting.until(lambda: not Path(f"/proc/{server}").exists(), what="PostgreSQL to end")
        shutil.rmtree(folder)  # a killed owner cannot
