"""The command line as an operator uses it: arguments in, words and an exit status out."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support import processes


def booking(
    *arguments: str, instance: Path, typed: str = "", environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `booking` to its end, in a process of its own."""
    return subprocess.run(
        [processes.BOOKING, "--instance", str(instance), *arguments],
        input=typed,
        capture_output=True,
        text=True,
        env=processes.clean_environment() | dict(environ or {}),
        check=False,
        timeout=100,
    )
