"""Plans, results and mistakes as people and programs read them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from booking.cli.applying.carrying import Done
from booking.cli.applying.mistakes import Mistakes
from booking.cli.applying.plan import Action, Change, Plan

NO_DIFFERENCE = "No difference."
_LONGEST = 80

#: What `--json` prints.
Document = dict[str, object]


def mistakes(found: Mistakes, file: Path) -> str:
    """Return what is wrong in a file, a line each."""
    return "\n".join(
        f"{file}, line {each.line}: {each.where and f'{each.where}: '}{each.why}" for each in found.in_order()
    )


def plan(found: Plan) -> str:
    """Return every difference on a line of its own, then what the file does not name."""
    said = [change(each) for each in found.changes] or [NO_DIFFERENCE]
    if found.elsewhere:
        said += ["", "Not in the file, and left alone:", *(f"  {each}" for each in found.elsewhere)]
    return "\n".join(said)


def change(found: Change) -> str:
    """Return one difference: what, and from what to what."""
    if found.action is Action.CREATE:
        return f"new {found.what}: {_short(found.new)}"
    return f"{found.what}, {found.label}: {_short(found.old)} -> {_short(found.new)}"


def done(found: Done) -> str:
    """Return one thing that was done with a server, or could not be."""
    return f"{'done' if found.ok else 'FAILED'} {found.what}: {found.detail}"


def mistakes_document(found: Mistakes, file: Path) -> Document:
    """Return what is wrong in a file for a JSON document."""
    return {"file": str(file), "mistakes": [asdict(each) for each in found.in_order()]}


def plan_document(found: Plan, file: Path) -> Document:
    """Return a plan for a JSON document."""
    return {"file": str(file), **_plan(found)}


def result_document(found: Plan, results: Sequence[Done], file: Path) -> Document:
    """Return what was done for a JSON document."""
    listed = [asdict(each) for each in results]
    return {"file": str(file), **_plan(found), "results": listed, "failed": _failed(results)}


def _plan(found: Plan) -> Document:
    return {
        "difference": bool(found.changes),
        "changes": [asdict(each) for each in found.changes],
        "not_in_the_file": list(found.elsewhere),
    }


def _short(text: str) -> str:
    """Return text on one line, and not too long for it; empty text as a pair of quotation marks."""
    line = " / ".join(part.strip() for part in text.splitlines() if part.strip())
    return (line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}...") or '""'


def failures(results: Sequence[Done]) -> str:
    """Return how many things failed, as a sentence."""
    number = _failed(results)
    what = "1 thing" if number == 1 else f"{number} things"
    return f"{what} could not be done, see above. The rest is done; run this again when the cause is mended."


def _failed(results: Sequence[Done]) -> int:
    return sum(not each.ok for each in results)
