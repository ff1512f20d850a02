"""The storm: one step after the other of two people, one server and many processes, then calm, and both sides agree."""

from collections.abc import Callable
from typing import ClassVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.storm import calm, checks, telling
from tests.storm.deciding import Deciding
from tests.storm.ours import Ours
from tests.storm.outlook import Outlook
from tests.storm.staffing import Staffing
from tests.storm.syncing import Syncing
from tests.storm.throws import DAYS, HOURS, Acts, Throw
from tests.storm.world import World

#: What can happen, and how often in a hundred steps or so.
OFTEN = {
    Ours: {
        "place": 12,
        "place_series": 2,
        "place_and_die": 3,
        "place_and_die_first": 1,
        "race": 1,
        "move": 6,
        "rename": 2,
        "cancel": 4,
        "move_space": 4,
    },
    Outlook: {
        "meet": 5,
        "move_theirs": 2,
        "remove_theirs": 2,
        "move_ours": 4,
        "remove_ours": 3,
        "copy_ours": 2,
        "repeat_ours": 1,
        "edit_ours": 2,
        "clear": 1,
    },
    Syncing: {
        "write": 8,
        "write_all": 8,
        "write_in_peace": 6,
        "die_at": 4,
        "freeze": 2,
        "disk_full": 2,
        "lose_answer": 6,
        "read": 6,
        "read_between": 3,
        "late_snapshot": 3,
        "sweep": 3,
        "look_twice": 3,
        "land": 4,
        "eight": 1,
    },
    Deciding: {
        "settle": 3,
        "undo": 2,
        "retire": 1,
        "take_copy": 2,
        "restore": 1,
        "say_server": 3,
        "clone": 1,
        "die_silently": 1,
    },
    Staffing: {
        "pause": 1,
        "pair": 2,
        "disconnect": 1,
        "retry": 1,
        "accept": 1,
        "profile": 1,
        "turn_one_way": 1,
        "blind": 3,
        "pair_while_open": 2,
        "rename": 1,
        "turn": 10,
        "jump": 1,
    },
}
_WEIGHTED = [
    f"{kind.__name__.lower()}.{name}"
    for kind, acts in OFTEN.items()
    for name, weight in acts.items()
    for _ in range(weight)
]
#: Sync goes on by itself: mostly something of it follows what people do.
_APART = 2**17
_THEN = ("", "write", "write_all", "read", "write", "write_all")


class Storm(RuleBasedStateMachine):
    """One example. `world` is set by whoever runs it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin()
        self._acts: dict[str, Acts] = {kind.__name__.lower(): kind(self.world) for kind in OFTEN}
        self._broken = False
        self._steps = 0

    @rule(
        act=st.sampled_from(_WEIGHTED),
        pick=st.integers(0, 11),
        day=st.integers(0, DAYS - 1),
        hour=st.integers(0, len(HOURS) - 1),
        seed=st.integers(0, 2**16),
    )
    def step(self, act: str, pick: int, day: int, hour: int, seed: int) -> None:
        """Let something happen."""
        self._broken = True
        kind, _, name = act.partition(".")
        do: Callable[[Throw], None] = getattr(self._acts[kind], name)
        self._steps += 1
        throw = Throw(pick, day, hour, seed + _APART * self._steps)  # the same draw twice is other weather
        do(throw)
        if (then := _THEN[throw.seed % len(_THEN)]) and kind != "syncing":
            getattr(self._acts["syncing"], then)(throw)
        checks.always(self.world)
        self._broken = False

    def teardown(self) -> None:
        """Let it grow calm, and compare both sides; not after a step that failed, which says enough."""
        if self._broken:
            return
        try:
            calm.calm(self.world)
            checks.after_all(self.world)
        except Exception as failure:
            failure.add_note(telling.picture(self.world))
            raise


def blow(world: World, *, seed: int, examples: int, steps: int, shrink: bool = True) -> None:
    """Run so many examples; one that fails is printed step by step, after its seed."""
    kind = hypothesis.seed(seed)(type("Storm", (Storm,), {"world": world}))
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(kind, settings=chosen)
    except BaseException as failure:
        failure.add_note(f"seed {seed}, {examples} examples of {steps} steps, on {world.far.protocol}")
        raise
