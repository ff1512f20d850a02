"""The table of what runs by itself: what, how often, and why. State lives in our rows, so a lost run loses nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from booking.mail import worker as mail
from booking.mail.smtp import Post
from booking.sync import (
    alerts,
    clearing,
    folder_reading,
    folders,
    leaving,
    over,
    pull,
    reconciling,
    resets,
    ticking,
    tidying,
    worker,
)
from booking.sync.engine import Engine


@dataclass(frozen=True, slots=True)
class Context:
    """What tasks are given."""

    engine: Engine
    post: Post
    base_url: str
    mail_from: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is done again and again."""

    name: str
    every: timedelta
    why: str
    run: Callable[[Context], object]


def table(engine: Engine) -> tuple[Task, ...]:
    """Return all tasks, with the intervals of this installation."""
    timing = engine.timing
    return (
        Task(
            "push",
            timing.sweep_every,
            "writes whatever is due and whose wake-up was lost",
            lambda context: worker.push_due(context.engine),
        ),
        Task(
            "due reads",
            timing.sweep_every,
            "reads rooms that something points at, or whose last exact read grows old",
            lambda context: pull.read_due(context.engine),
        ),
        Task(
            "second looks",
            timing.sweep_every,
            "sees whether a booking attendant wrote while we did",
            lambda context: pull.second_looks(context.engine),
        ),
        Task(
            "folder trees",
            timing.sweep_every,
            "lists the folders that staff asked for",
            lambda context: folders.read_due(context.engine),
        ),
        Task("folders", timing.sweep_every, "reads ticked folders, and frees what was unticked", _read_folders),
        Task(
            "near sweep",
            timing.near_every,
            "finds rooms whose next seven days changed",
            lambda context: pull.sweep_near(context.engine),
        ),
        Task(
            "far sweep",
            timing.far_every,
            "finds rooms whose next 42 days changed",
            lambda context: pull.sweep_far(context.engine),
        ),
        Task(
            "rest sweep",
            timing.rest_every,
            "finds rooms that changed anywhere in the time for which they may be booked",
            lambda context: pull.sweep_rest(context.engine),
        ),
        Task(
            "reconcile",
            timedelta(minutes=1),
            "compares both sides of each room at night, and after whatever went wrong there",
            lambda context: reconciling.due(context.engine),
        ),
        Task("mail", timing.sweep_every, "sends the messages that wait", _send_mail),
        Task(
            "leaving",
            timedelta(seconds=30),
            "ends pairings that are on their way out",
            lambda context: leaving.go_on_with_all(context.engine),
        ),
        Task(
            "resets",
            timing.sweep_every,
            "carries out the resets that staff have marked",
            lambda context: resets.go_on(context.engine),
        ),
        Task(
            "conflicts",
            timedelta(seconds=10),
            "goes on with what was decided about conflicts and needs their server",
            lambda context: clearing.go_on(context.engine),
        ),
        Task(
            "over",
            timedelta(minutes=1),
            "lets held bookings expire and settles what is over, so that it asks for nobody",
            lambda context: over.let_go(context.engine),
        ),
        Task(
            "alerts",
            timedelta(seconds=30),
            "tells whoever looks after calendars what has been wrong for ten minutes, and when it is over",
            lambda context: alerts.look(context.engine),
        ),
        Task(
            "tidy",
            timedelta(hours=6),
            "forgets tombstones and old errors",
            lambda context: tidying.tidy(context.engine),
        ),
    )


def _read_folders(context: Context) -> int:
    return ticking.go_on(context.engine) + folder_reading.read_due(context.engine)


def _send_mail(context: Context) -> int:
    return mail.send_due(context.post, base_url=context.base_url, mail_from=context.mail_from, now=context.engine.now)
