"""A test beside the one before it: whether another server answers than last time."""

import re
from collections.abc import Iterable
from dataclasses import replace

from booking.connectors.port import StepResult
from booking.store.queries.connections import ConnectionRow
from booking.sync import trials
from booking.sync.trials import Step

#: What the step of the version says of the server: its name first.
_SERVER = re.compile(r"(Exchange(?: Server)? \w+) \(build [\d.]+\)")
_CHOSEN = "It is one that you chose here: choose that of the server which answers now, or “Find out by itself”."
_DETECTED = "It is found out by itself here, so nothing needs to be done."


def noticed(row: ConnectionRow, steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps of a test; where another kind of server answers than at the last one, with a warning."""
    return tuple(_then_and_now(row, each) if each.name == "version" else each for each in steps)


def _then_and_now(row: ConnectionRow, step: Step) -> Step:
    last = next((each for each in trials.read_report(row.check_report) if each["name"] == "version"), {})
    then, now = _SERVER.search(last.get("detail", "")), _SERVER.search(step.detail)
    if then is None or (step.ok and now is None):
        return step
    if not step.ok or now is None:  # to be compared with, when it answers again
        return replace(step, detail=f"{step.detail or 'Not asked.'} Last time it was {then[0]}.")
    if then[1] == now[1]:
        return step
    words = f"At the last test it was {then[1]}; now another one answers. {step.detail}"
    remedy = f"An administrator has updated or replaced the server. {_CHOSEN if row.version else _DETECTED}"
    return replace(step, result=StepResult.WARNING, detail=words, remedy=remedy)
