"""`booking sync`: how the calendars are, and bringing them into step now."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import click

from booking import clock
from booking.cli import comparing, health, printing, rehearsing, resetting, tracing
from booking.cli.installation import Installation, pass_installation
from booking.http import filters, wiring
from booking.store.database import reading
from booking.sync import pull, rounds, status, worker
from booking.sync.outages import Outage, outages
from booking.sync.rounds import Done
from booking.sync.status import Code, SpaceHealth, Trouble

#: How many different reasons a round names that did not go well.
_MOST_REASONS = 3


@click.group()
def sync() -> None:
    """See how the calendars are, and bring them into step now."""


sync.add_command(health.show_health)
sync.add_command(health.show_runs)
sync.add_command(tracing.show_errors)
sync.add_command(tracing.show_why)
sync.add_command(comparing.reconcile)
sync.add_command(resetting.reset_space)
sync.add_command(rehearsing.dry_run_now)


# ---------------------------------------------------------------------------------------------- status


@sync.command("status")
@printing.as_json
@pass_installation
def show_status(installation: Installation, *, as_json: bool) -> None:
    """Say of each space that has a calendar how its sync is.

    A server that fails all its spaces is named once, first. Asks no calendar: this is what the last rounds found.
    Exit status 0 whatever it says.
    """
    with installation.open(), reading() as session:
        now = clock.now()
        spaces = status.spaces(session, now=now, cadence=wiring.cadence())
    away = outages(spaces)
    if as_json:
        printing.document(_rows(spaces, away))
    else:
        click.echo("\n".join(_report(spaces, away, now=now)) or "No space is paired with a calendar yet.")


def _rows(spaces: Iterable[SpaceHealth], away: Iterable[Outage]) -> list[dict[str, object]]:
    """Return each space for programs; `outage` says what its whole server suffers from, if it does."""
    told = {space.link_id: outage.words for outage in away for space in outage.spaces}
    return [dataclasses.asdict(each) | _ways(each) | {"outage": told.get(each.link_id)} for each in spaces]


def _ways(space: SpaceHealth) -> dict[str, object]:
    """Return how far sync is, each way, with the word for it."""
    ways = {"to_exchange": space.to_exchange, "from_exchange": space.from_exchange}
    return {key: dataclasses.asdict(way) | {"words": way.words} for key, way in ways.items()}


def _report(spaces: Sequence[SpaceHealth], away: Sequence[Outage], *, now: datetime) -> list[str]:
    told = {space.link_id for outage in away for space in outage.spaces}
    lines = [line for outage in away for line in _outage(outage, now=now)]
    return lines + [line for each in spaces for line in (_short(each) if each.link_id in told else _long(each))]


def _outage(outage: Outage, *, now: datetime) -> list[str]:
    since = f"Since {_moment(outage.since)}, {filters.ago(outage.since, now)}, for" if outage.since else "For"
    said = [
        f"{outage.words}.",
        f"  {outage.reason}" if outage.reason else "",
        f"  {outage.advice}" if outage.advice else "",
    ]
    return [*(line for line in said if line), f"  {since} all {len(outage.spaces)} spaces.", ""]


def _short(space: SpaceHealth) -> list[str]:
    waiting = f", {space.waiting} waiting" if space.waiting and space.code is not Code.WAITING else ""
    return [f"{_title(space)}: {space.words}{waiting}, last read {_moment(space.last_read)}"]


def _long(space: SpaceHealth) -> list[str]:
    ways = f"to Outlook: {space.to_exchange.words}, from Outlook: {space.from_exchange.words}"
    said = [f"{_title(space)}: {space.words}", f"  {ways}"]
    if space.waiting:
        how_long = f", the oldest for {filters.duration_words(space.lag)}" if space.lag else ""
        said.append(f"  waiting: {space.waiting}{how_long}")
    said += [
        f"  last {what}: {_moment(when)}" for what, when in (("read", space.last_read), ("write", space.last_write))
    ]
    if space.needs_somebody and space.since:
        said.append(f"  since: {_moment(space.since)}")
    is_new = space.code is not Code.IN_STEP and space.last_error not in space.problem
    wrong = [space.problem, space.last_error if is_new else "", space.advice]
    said += [f"  {words}" for words in wrong if words]
    return said + [f"  also: {_since(each)}" for each in space.also]


def _since(trouble: Trouble) -> str:
    return f"{trouble.words}, since {_moment(trouble.since)}" if trouble.since else trouble.words


def _title(space: SpaceHealth) -> str:
    return f"{space.location_name}, {space.space_name} ({space.mailbox})"


def _moment(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if when else "never"


# ------------------------------------------------------------------------------------------------- run


@sync.command()
@click.option("--all", "everything", is_flag=True, help="Write all that waits, and read every calendar exactly.")
@printing.as_json
@pass_installation
def run(installation: Installation, *, everything: bool, as_json: bool) -> None:
    """Do one round now: write what waits, then read what may have changed.

    With --all it stays until nothing is left to write, reads every calendar whether it may have changed or not,
    and says of each that could not be brought into step why. The exit status is 1 when there is any. Safe beside a
    running site: both share the work, room by room.
    """
    with installation.open():
        if everything:
            done = rounds.everything(wiring.engine_itself(), tell=printing.tell)
            _print_all(done, as_json=as_json)
            return
        engine = wiring.engine
        written = worker.push_due(engine)
        read = pull.sweep_near(engine) + pull.sweep_far(engine) + pull.read_due(engine)
        with reading() as session:
            found = status.spaces(session, now=clock.now(), cadence=wiring.cadence())
    failed = [each for each in found if each.last_error]
    if as_json:
        printing.document({"rooms_written": written, "rooms_read": read, "rooms_failed": len(failed)})
    elif not failed:
        click.echo(f"Done. Wrote to {written} calendars, and read {read} exactly; the others had not changed.")
    if failed:
        raise click.ClickException(_not_in_step(failed, of=len(found)))


def _not_in_step(failed: Sequence[SpaceHealth], *, of: int) -> str:
    said = [
        f"Not in step: {len(failed)} of {of} calendars. `booking sync status` and `booking sync run --all` say more."
    ]
    reasons = Counter(each.last_error for each in failed)
    return "\n".join(said + [f"  {reason} ({number})" for reason, number in reasons.most_common(_MOST_REASONS)])


def _print_all(done: Sequence[Done], *, as_json: bool) -> None:
    """Print how a whole round ended; raises what ends the command when something is left."""
    read, failed = sum(each.was_read for each in done), [each for each in done if each.problem]
    if as_json:
        rooms = [_room(each) for each in done]
        printing.document({"rooms_read": read, "rooms_failed": len(failed), "rooms": rooms})
    elif not done:
        click.echo("No space is paired with a calendar yet.")
    else:
        click.echo(f"Read {read} of {len(done)} calendars.{'' if failed else ' Nothing waits to be written.'}")
        for line in _failures(failed, outages(each.health for each in done)):
            click.echo(line)
    conflicts = sum(each.health.conflicts for each in done)
    if conflicts and not as_json:
        click.echo(f"{'One conflict waits' if conflicts == 1 else f'{conflicts} conflicts wait'} for staff.")
    if failed:
        raise click.ClickException(f"Not in step: {len(failed)} of {len(done)} calendars.")


def _failures(failed: Iterable[Done], away: Iterable[Outage]) -> Iterator[str]:
    """Yield what went wrong: of a server that fails all its rooms once, else of each room."""
    told = set()
    for outage in away:
        told |= {space.link_id for space in outage.spaces}
        yield f"  {outage.words}, so none of its {len(outage.spaces)} spaces can be brought into step."
        yield from (f"    {words}" for words in (outage.reason, outage.advice) if words)
    for each in failed:
        if each.health.link_id not in told and not each.left_alone:
            words = each.health.words if each.was_read or each.health.code is not Code.IN_STEP else "not read"
            yield f"  {_title(each.health)}: {words}"
            yield f"    {each.problem}"
    alone = Counter(
        each.health.connection_name for each in failed if each.left_alone and each.health.link_id not in told
    )
    for name, number in alone.items():
        spaces = "space was" if number == 1 else "spaces were"
        yield f"  {name} failed these in a row, so {number} more {spaces} not asked for."


def _room(done: Done) -> dict[str, object]:
    health = done.health
    return {
        "space": health.space_slug,
        "mailbox": health.mailbox,
        "connection": health.connection_name,
        "code": health.code,
        "read": done.was_read,
        "last_read": health.last_read,
        "last_write": health.last_write,
        "waiting": health.waiting,
        "conflicts": health.conflicts,
        "problem": done.problem,
    }
