"""What the sandbox holds survives a restart, a crash in the middle of a line, and being furnished again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import ANN, NOW, ROOM, Exchange, furnish, utc


def sandbox_on(path: Path) -> ExchangeSandbox:
    return ExchangeSandbox(path, now=lambda: NOW)


class TestFile:
    def test_brings_back_everything_after_a_restart(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "exchange.jsonl"
        with sandbox_on(path) as first:
            furnish(first)
            first.add_event(
                ROOM, subject="Daily", start=utc(27, 8), end=utc(27, 9), repeat="daily", until=date(2026, 10, 30)
            )
            first.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11))
            before = first.items(ROOM), first.items(ANN)

        with sandbox_on(path) as second:
            after = second.items(ROOM), second.items(ANN)
            sign_in = Exchange(second).account().calendar.name

        assert after == before
        assert sign_in == "Calendar"

    def test_forgets_what_was_deleted(self, tmp_path: Path) -> None:
        path = tmp_path / "exchange.jsonl"
        with sandbox_on(path) as first:
            furnish(first)
            first.delete(ROOM, first.add_event(ROOM, subject="Gone", start=utc(27, 8), end=utc(27, 9)))

        with sandbox_on(path) as second:
            assert second.items(ROOM) == []

    def test_ignores_a_last_line_that_a_crash_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "exchange.jsonl"
        with sandbox_on(path) as first:
            furnish(first)
            first.add_event(ROOM, subject="Kept", start=utc(27, 8), end=utc(27, 9))
            first.add_event(ROOM, subject="Cut short", start=utc(27, 10), end=utc(27, 11))
        path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")

        with sandbox_on(path) as second:
            assert [item.subject for item in second.items(ROOM)] == ["Kept"]

    def test_gives_no_change_key_twice(self, tmp_path: Path) -> None:
        path = tmp_path / "exchange.jsonl"
        with sandbox_on(path) as first:
            furnish(first)
            item_id = first.add_event(ROOM, subject="A", start=utc(27, 8), end=utc(27, 9))
            before = first.items(ROOM)[0].change

        with sandbox_on(path) as second:
            second.edit(ROOM, item_id, subject="B")

            assert second.items(ROOM)[0].change > before


class TestFurnishing:
    def test_again_updates_and_keeps_the_calendars(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="There", start=utc(27, 8), end=utc(27, 9))

        furnish(exchange.sandbox)
        exchange.sandbox.add_room(ROOM.upper(), "New name")

        assert [item.subject for item in exchange.sandbox.items(ROOM)] == ["There"]

    def test_knows_no_other_rights(self, exchange: Exchange) -> None:
        with pytest.raises(ValueError, match="owner"):
            exchange.sandbox.grant(ANN, ROOM, "owner")


class TestServer:
    def test_listens_on_the_same_port_after_a_pause(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.event(account)
        port = exchange.sandbox.port

        exchange.sandbox.stop()
        exchange.sandbox.start()

        assert exchange.sandbox.port == port
        assert [item.subject for item in exchange.account().calendar.all()] == ["Choir"]

    def test_loses_nothing_when_many_write_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "exchange.jsonl"
        with sandbox_on(path) as first:
            furnish(first)
            accounts = [Exchange(first).account() for _ in range(8)]
            with ThreadPoolExecutor(max_workers=8) as pool:
                list(pool.map(Exchange(first).event, accounts))
            before = first.items(ROOM)

        with sandbox_on(path) as second:
            assert len(before) == 8
            assert second.items(ROOM) == before
