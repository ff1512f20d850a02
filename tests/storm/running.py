"""`make storm`: a storm over all cores, with its seeds, its counts and its visits to each point of SYNC.md."""

import argparse
import dataclasses
import json
import multiprocessing
import os
import secrets
import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from tests.storm import shares
from tests.storm.shares import Share
from tests.storm.visits import FEWEST, VISITS, Visits

_LONGEST = 50
#: Of so many examples, each point must be visited `FEWEST` times.
_WHOLE = 10_000
_SEEDS = 1_000_000


@dataclass(frozen=True)
class Result:
    """What came of one share."""

    share: Share
    visits: Mapping[str, int]
    seconds: float
    failure: str


def _blow(share: Share) -> Result:
    begun, failure = time.process_time(), ""
    try:
        shares.blow(share)
    except Exception as error:  # noqa: BLE001 - the report says it all
        failure = "".join(traceback.format_exception(error))
    return Result(share, dict(VISITS.counts), time.process_time() - begun, failure)


def main() -> int:
    """Run, print, and return what the shell is told."""
    wanted = argparse.ArgumentParser(prog="make storm", description=__doc__)
    wanted.add_argument("--examples", type=int, default=_WHOLE)
    wanted.add_argument("--seed", type=int, default=None, help="the same seed gives the same storm")
    wanted.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    wanted.add_argument("--log", type=Path, default=None, help="keep what is done there, and go on with what is left")
    given = wanted.parse_args()
    seed = secrets.randbelow(_SEEDS) if given.seed is None else given.seed
    print(f"A storm of {given.examples} examples, seed {seed}, in {given.processes} processes.", flush=True)
    every = shares.shares(given.examples, seed=seed, longest=_LONGEST)
    results = [each for each in _kept(given.log) if each.share in every]
    if results:
        print(f"  {len(results)} of {len(every)} shares were done before.", flush=True)
    done = {each.share for each in results}
    for result in _run([each for each in every if each not in done], given.processes):
        _tell(result)
        results.append(result)
        _keep(given.log, result)
    return _report(results, given.examples, seed)


def _run(wanted: list[Share], processes: int) -> Iterator[Result]:
    """Run each share in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(_blow, share) for share in wanted]):
            yield done.result()


def _tell(result: Result) -> None:
    each = result.seconds / result.share.examples
    outcome = "FAILED" if result.failure else "good"
    print(f"  {result.share.name}: {outcome}, {each:.2f} s of processor an example", flush=True)
    if result.failure:
        print(result.failure, flush=True)


def _keep(log: Path | None, result: Result) -> None:
    """Note a share that is done, so that a storm that was cut off goes on; one that failed is run again."""
    if log is not None and not result.failure:
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dataclasses.asdict(result)) + "\n")


def _kept(log: Path | None) -> list[Result]:
    if log is None or not log.exists():
        return []
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [Result(**row | {"share": Share(**row["share"])}) for row in rows]


def _report(results: list[Result], examples: int, seed: int) -> int:
    visits = Visits()
    for result in results:
        visits.add(Visits(result.visits))
    print("\npoint   visits")
    print("\n".join(visits.table()))
    fewest = ceil(FEWEST * min(examples, _WHOLE) / _WHOLE)
    rare = visits.rare(fewest)
    failed = sum(bool(each.failure) for each in results)
    print(f"\n{examples} examples, seed {seed}: {failed} of {len(results)} shares failed.")
    print(f"Visited less often than {fewest} times: {', '.join(map(str, rare)) or 'none'}.")
    return 1 if failed or rare else 0
