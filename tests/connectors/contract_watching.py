"""The contract's sentences about watching."""

from collections.abc import Iterator
from threading import Thread

import pytest

from booking.connectors.port import Connector, Definite, Hint, HintKind, Kind
from tests.connectors.world import NOBODY, OTHER, ROOM, STAMP, World, at, draft

PATIENCE = 10.0
MANY = 50  # signs of life; more mean that what is waited for does not come


class Watching:
    """Part of `ConnectorContract`."""

    def test_watches_each_mailbox_before_anything_else(self, connector: Connector) -> None:
        hints = connector.watch([ROOM, OTHER])

        first = {next(hints), next(hints)}

        assert first == {Hint(HintKind.WATCHING, ROOM), Hint(HintKind.WATCHING, OTHER)}

    def test_tells_where_something_came_changed_and_went(self, connector: Connector, world: World) -> None:
        hints = _watching(connector, ROOM, OTHER)

        entry = world.put(at(9, 10))
        _require_hint(hints, ROOM)
        world.move(entry, at(10, 11))
        _require_hint(hints, ROOM)
        world.remove(entry)
        _require_hint(hints, ROOM)

    def test_tells_of_what_we_wrote_ourselves_too(self, connector: Connector, world: World) -> None:
        hints = _watching(connector, ROOM)

        writer = world.connect()
        writer.create(ROOM, draft(), STAMP)
        writer.close()

        _require_hint(hints, ROOM)

    def test_tells_nothing_of_other_mailboxes_but_that_the_line_stands(
        self, connector: Connector, world: World
    ) -> None:
        hints = _watching(connector, OTHER)

        world.put(at(9, 10))

        assert [next(hints), next(hints)] == [Hint(HintKind.ALIVE)] * 2

    def test_says_which_mailbox_cannot_be_watched_and_watches_the_others(
        self, connector: Connector, world: World
    ) -> None:
        hints = connector.watch([NOBODY, ROOM])

        failed, watching = sorted((next(hints), next(hints)), key=lambda hint: hint.kind.value)
        world.put(at(9, 10))

        assert (failed.kind, failed.mailbox) == (HintKind.FAILED, NOBODY)
        assert isinstance(failed.error, Definite)
        assert failed.error.kind is Kind.MAILBOX_GONE
        assert watching == Hint(HintKind.WATCHING, ROOM)
        _require_hint(hints, ROOM)

    def test_ends_where_no_mailbox_can_be_watched(self, world: World) -> None:
        world.grant("none")
        connector = world.connect()

        (failed,) = list(connector.watch([ROOM]))

        assert isinstance(failed.error, Definite)
        assert failed.error.kind is Kind.FORBIDDEN

    def test_tries_a_wrong_password_once_to_watch(self, world: World) -> None:
        connector = world.connect(password="wrong")

        with pytest.raises(Definite) as refusal:
            list(connector.watch([ROOM, OTHER]))

        assert refusal.value.kind is Kind.SIGN_IN
        assert world.requests() == 1

    def test_ends_without_an_error_when_it_is_closed_from_elsewhere(self, connector: Connector) -> None:
        hints = _watching(connector, ROOM)
        rest: list[Hint] = []
        reader = Thread(target=lambda: rest.extend(hints))

        reader.start()
        connector.close()
        reader.join(PATIENCE)

        assert not reader.is_alive()
        assert {hint.kind for hint in rest} <= {HintKind.ALIVE}

    def test_takes_the_end_of_a_watch_for_no_error(self, connector: Connector, world: World) -> None:
        hints = _watching(connector, ROOM)

        world.end_watches()

        further = [hint for _, hint in zip(range(3), hints, strict=False)]
        assert {hint.kind for hint in further} <= {HintKind.ALIVE}

    def test_says_so_when_the_line_breaks(self, connector: Connector, world: World) -> None:
        hints = _watching(connector, ROOM)

        world.break_watches()

        with pytest.raises(Definite) as failure:
            list(_some(hints))
        assert failure.value.kind is Kind.TRANSIENT


def _watching(connector: Connector, *mailboxes: str) -> Iterator[Hint]:
    """A watch that has begun."""
    hints = connector.watch(mailboxes)
    for _ in mailboxes:
        assert next(hints).kind is HintKind.WATCHING
    return hints


def _require_hint(hints: Iterator[Hint], mailbox: str) -> None:
    """Wait for a hint about the mailbox, and then for quiet."""
    assert Hint(HintKind.CHANGED, mailbox) in _some(hints)
    while next(hints).kind is not HintKind.ALIVE:
        pass


def _some(hints: Iterator[Hint]) -> Iterator[Hint]:
    """Hints until it has been quiet for too long."""
    quiet = 0
    for hint in hints:
        yield hint
        quiet += hint.kind is HintKind.ALIVE
        if quiet == MANY:
            return
