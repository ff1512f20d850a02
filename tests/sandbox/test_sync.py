"""SyncFolderItems and SyncFolderHierarchy: everything once, then only what happened since."""

import re
from pathlib import Path

import pytest
import requests
from exchangelib.errors import ErrorInvalidSyncStateData

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import ODD
from booking.sandbox.exchange.state.changes import Position
from tests.sandbox.exchange import NOW, OTHER_ROOM, PASSWORD, ROOM, SERVICE, Exchange, furnish, london, utc
from tests.sandbox.wire import distinguished, envelope, found, post, sync, values


class Client:
    """Somebody who keeps a sync state, and a list of what it knows."""

    def __init__(self, exchange: Exchange, *, most: int = 512) -> None:
        self._exchange = exchange
        self._most = most
        self.state = ""
        self.known: list[str] = []
        self.heard: list[tuple[str, str]] = []

    def page(self) -> bool:
        """One call; True if it was the last of its round."""
        raw = post(self._exchange.sandbox, sync(self.state, most=self._most)).content
        (self.state,) = values(raw, "SyncState")
        for change in found(raw, "Changes")[0]:
            kind, item_id = change.tag.rpartition("}")[2], next(change.iter("{*}ItemId")).get("Id") or ""
            self.heard.append((kind, item_id))
            assert (item_id in self.known) == (kind == "Update") or kind == "Delete"
            self.known = [each for each in self.known if each != item_id]
            self.known += [] if kind == "Delete" else [item_id]
        return values(raw, "IncludesLastItemInRange") == ["true"]

    def catch_up(self) -> list[tuple[str, str]]:
        """All pages; what was heard in them."""
        self.heard = []
        while not self.page():
            assert self.heard
        return self.heard


def add(exchange: Exchange, subject: str = "Choir", hour: int = 10) -> str:
    return exchange.sandbox.add_event(ROOM, subject=subject, start=utc(27, hour), end=utc(27, hour + 1))


class TestFirstSync:
    def test_gives_the_whole_folder_newest_first(self, exchange: Exchange) -> None:
        items = [add(exchange, hour=hour) for hour in (15, 9, 12)]

        heard = Client(exchange).catch_up()

        assert heard == [("Create", item) for item in reversed(items)]

    def test_gives_pages_of_what_was_asked_for(self, exchange: Exchange) -> None:
        items = {add(exchange, hour=hour) for hour in range(7)}
        client = Client(exchange, most=3)

        ends = [client.page() for _ in range(3)]

        assert ends == [False, False, True]
        assert set(client.known) == items

    def test_gives_at_most_512_changes(self, exchange: Exchange) -> None:
        for _ in range(513):
            add(exchange)
        client = Client(exchange)

        ends = [client.page(), client.page()]

        assert ends == [False, True]
        assert len(set(client.known)) == 513

    @pytest.mark.parametrize("most", [0, 513])
    def test_refuses_a_size_that_the_schema_forbids(self, exchange: Exchange, most: int) -> None:
        answer = requests.post(
            exchange.sandbox.ews_url, data=envelope(sync(most=most)), auth=(SERVICE, PASSWORD), timeout=10
        )

        assert values(answer.content, "ResponseCode") == ["ErrorInvalidPagingMaxRows"]


class TestNextSync:
    def test_is_empty_when_nothing_happened(self, exchange: Exchange) -> None:
        add(exchange)
        client = Client(exchange)
        client.catch_up()

        assert client.catch_up() == []

    def test_tells_each_change_once_whatever_was_done(self, exchange: Exchange) -> None:
        kept, changed, deleted = (add(exchange, hour=hour) for hour in (8, 10, 12))
        client = Client(exchange)
        client.catch_up()

        exchange.sandbox.edit(ROOM, changed, subject="A")
        exchange.sandbox.edit(ROOM, changed, subject="B")
        exchange.sandbox.delete(ROOM, deleted)
        new = add(exchange, hour=14)
        passing = add(exchange, hour=16)
        exchange.sandbox.delete(ROOM, passing)

        assert sorted(client.catch_up()) == sorted([("Create", new), ("Update", changed), ("Delete", deleted)])
        assert set(client.known) == {kept, changed, new}

    def test_knows_no_dates_of_a_series(self, exchange: Exchange) -> None:
        account = exchange.account()
        series = exchange.sandbox.add_event(
            ROOM, subject="Daily", start=utc(27, 8), end=utc(27, 9), repeat="daily", until=utc(31, 0).date()
        )
        client = Client(exchange)
        created = client.catch_up()
        second = account.calendar.view(london(28, 0), london(29, 0), max_items=10).get()

        second.delete(send_meeting_cancellations="SendToNone")

        assert created == [("Create", series)]
        assert client.catch_up() == [("Update", series)]

    def test_of_another_folder_sees_what_was_moved_there(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        list(account.trash.sync_items())

        item.move_to_trash(send_meeting_cancellations="SendToNone")

        changes_there = list(account.trash.sync_items(sync_state=account.trash.item_sync_state))
        assert [(kind, moved.subject) for kind, moved in changes_there] == [("create", "Choir")]

    def test_leaves_out_what_the_client_ignores(self, exchange: Exchange) -> None:
        item = add(exchange)
        other = add(exchange, hour=12)

        raw = post(exchange.sandbox, sync(ignore=f'<m:Ignore><t:ItemId Id="{item}"/></m:Ignore>')).content

        assert [each.get("Id") for each in found(raw, "ItemId")] == [other]

    def test_carries_the_properties_asked_for(self, exchange: Exchange) -> None:
        add(exchange, subject="Tenors")
        extra = "<t:AdditionalProperties><t:FieldURI FieldURI='item:Subject'/></t:AdditionalProperties>"

        raw = post(exchange.sandbox, sync(extra=extra)).content

        assert values(raw, "Subject") == ["Tenors"]

    def test_goes_on_after_a_restart(self, tmp_path: Path, checker: object) -> None:
        path = tmp_path / "exchange.jsonl"
        with ExchangeSandbox(path, now=lambda: NOW) as first:
            furnish(first)
            exchange = Exchange(first)
            client = Client(exchange)
            item, gone = add(exchange), add(exchange, hour=12)
            client.catch_up()
            first.delete(ROOM, gone)

        with ExchangeSandbox(path, now=lambda: NOW) as second:
            client._exchange = Exchange(second)
            heard = client.catch_up()

        assert checker
        assert heard == [("Delete", gone)]
        assert client.known == [item]

    def test_begins_anew_on_a_file_from_before_there_was_any(self, tmp_path: Path, checker: object) -> None:
        path = tmp_path / "exchange.jsonl"
        with ExchangeSandbox(path, now=lambda: NOW) as first:
            furnish(first)
            item = add(Exchange(first))
        old = re.sub(r'"arrived": \d+, ', "", path.read_text(encoding="utf-8"))
        path.write_text(old, encoding="utf-8")

        with ExchangeSandbox(path, now=lambda: NOW) as second:
            client = Client(Exchange(second))
            heard = client.catch_up()
            second.edit(ROOM, item, subject="Later")
            then = client.catch_up()

        assert checker
        assert '"arrived"' not in old
        assert (heard, then) == ([("Create", item)], [("Update", item)])


class TestRound:
    def test_misses_nothing_that_changes_between_its_pages(self, exchange: Exchange) -> None:
        items = [add(exchange, hour=hour) for hour in range(6)]
        client = Client(exchange, most=2)
        client.page()

        exchange.sandbox.edit(ROOM, items[0], subject="Not told yet")
        exchange.sandbox.edit(ROOM, items[5], subject="Told already")
        exchange.sandbox.delete(ROOM, items[1])
        exchange.sandbox.delete(ROOM, items[4])
        late = add(exchange, hour=20)
        this_round = client.catch_up()
        next_round = client.catch_up()

        assert ("Create", items[0]) in this_round
        assert ("Update", items[5]) in next_round
        assert set(client.known) == {items[0], items[2], items[3], items[5], late}


class TestSyncState:
    @pytest.mark.parametrize("state", ["bm9uc2Vuc2U=", "not base64!", "AXN5bmN7fQ=="])
    def test_that_is_none_is_refused(self, exchange: Exchange, state: str) -> None:
        answer = post(exchange.sandbox, sync(state))

        assert values(answer.content, "ResponseCode") == ["ErrorInvalidSyncStateData"]

    def test_of_another_folder_is_refused(self, exchange: Exchange) -> None:
        client = Client(exchange)
        client.catch_up()

        answer = post(exchange.sandbox, sync(client.state, folder=distinguished("calendar", OTHER_ROOM)))

        assert values(answer.content, "ResponseCode") == ["ErrorInvalidSyncStateData"]

    def test_of_another_time_is_refused(self, exchange: Exchange) -> None:
        state = Position(place=exchange.account().calendar.id, done=10_000).text()

        answer = post(exchange.sandbox, sync(state))

        assert values(answer.content, "ResponseCode") == ["ErrorInvalidSyncStateData"]

    def test_that_is_bad_reaches_exchangelib_as_such(self, exchange: Exchange) -> None:
        calendar = exchange.account().calendar

        with pytest.raises((ErrorInvalidSyncStateData, AttributeError)):
            list(calendar.sync_items(sync_state="bm9uc2Vuc2U="))

    def test_that_is_bad_is_the_beginning_for_an_odd_server(self, checker: object) -> None:
        with ExchangeSandbox(now=lambda: NOW, personality=ODD) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)
            item = add(exchange)

            raw = post(sandbox, sync("bm9uc2Vuc2U=")).content

        assert checker
        assert [each.get("Id") for each in found(raw, "ItemId")] == [item]


class TestFolderThatIsNotThere:
    def test_has_a_code_of_its_own(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, sync(folder='<t:DistinguishedFolderId Id="archiveinbox"/>'))

        assert values(answer.content, "ResponseCode") == ["ErrorSyncFolderNotFound"]


class TestHierarchy:
    def test_is_told_whole_and_then_only_as_it_changes(self, exchange: Exchange) -> None:
        account = exchange.account()
        top = account.root.tois
        first = [(kind, folder.name) for kind, folder in top.sync_hierarchy()]

        made = exchange.sandbox.add_calendar(ROOM, "Rehearsals")
        second = [(kind, folder.name) for kind, folder in top.sync_hierarchy(top.folder_sync_state)]
        exchange.sandbox.remove_folder(made)
        third = [(kind, folder.id) for kind, folder in top.sync_hierarchy(top.folder_sync_state)]

        assert ("create", "Calendar") in first
        assert ("create", "Deletions") not in first
        assert second == [("create", "Rehearsals")]
        assert third == [("delete", made)]

    def test_does_not_change_with_its_counts(self, exchange: Exchange) -> None:
        top = exchange.account().root.tois
        list(top.sync_hierarchy())

        add(exchange)

        assert list(top.sync_hierarchy(top.folder_sync_state)) == []

    def test_begins_at_the_top_when_no_folder_is_named(self, exchange: Exchange) -> None:
        body = """<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>
            </m:SyncFolderHierarchy>"""

        raw = post(exchange.sandbox, body).content

        assert "Calendar" in values(raw, "DisplayName")
        assert values(raw, "IncludesLastFolderInRange") == ["true"]

    def test_of_a_bad_state_is_refused(self, exchange: Exchange) -> None:
        top = exchange.account().root.tois

        with pytest.raises((ErrorInvalidSyncStateData, AttributeError)):
            list(top.sync_hierarchy("bm9uc2Vuc2U="))
