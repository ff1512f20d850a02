"""Debian's davmail as a real process: CalDAV in, EWS out, with a home of its own and no way to the network outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import free_port, running

PROGRAM = "/usr/bin/davmail-server"
_STARTS_WITHIN = 60
_SETTINGS = """\
davmail.server=true
davmail.mode=EWS
davmail.url={ews_url}
davmail.caldavPort={port}
davmail.bindAddress=127.0.0.1
davmail.allowRemote=false
davmail.disableUpdateCheck=true
davmail.enableProxy=false
davmail.useSystemProxies=false
davmail.caldavPastDelay=0
davmail.caldavAutoSchedule=true
davmail.logFilePath={home}/davmail.log
davmail.logFileSize=0
log4j.rootLogger=WARN
log4j.logger.davmail=WARN
log4j.logger.httpclient.wire=WARN
"""


@contextmanager
def serving(ews_url: str, home: Path) -> Iterator[str]:
    """Run davmail in front of an EWS server, and give the address at which it speaks CalDAV; it ends with its Java."""
    port = free_port()
    settings = home / "davmail.properties"
    settings.write_text(_SETTINGS.format(ews_url=ews_url, port=port, home=home), encoding="utf-8")
    environ = {"HOME": str(home), "JAVA_TOOL_OPTIONS": f"-Djava.awt.headless=true -Duser.home={home}"}
    with running(
        [PROGRAM, str(settings)], ports=[port], environ=environ, folder=home, seconds=_STARTS_WITHIN
    ) as process:
        yield f"http://127.0.0.1:{port}"
        status = process.end()
        assert status in {0, 143}, process.output  # 143: Java's, when it is asked to end
