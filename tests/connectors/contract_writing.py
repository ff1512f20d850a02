"""The contract's sentences about writing, and about finding what was written."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.connectors.port import (
    Connector,
    Definite,
    Deletion,
    EventField,
    EventKind,
    Kind,
    RemoteRef,
)
from booking.domain.reconcile import BusyClass
from tests.connectors.world import MONDAY, OTHER, ROOM, STAMP, WEEK, World, at, draft


class Writing:
    """Part of `ConnectorContract`."""

    def test_gives_back_what_it_wrote(self, connector: Connector, world: World) -> None:
        written = connector.create(ROOM, draft(), STAMP)

        found = connector.get(ROOM, written)

        assert found is not None
        assert found.ref == written
        assert found.ref.uid == STAMP.uid
        assert found.when == at(9, 10)
        assert (found.subject, found.location) == (draft().subject, draft().location)
        assert (found.busy, found.all_day, found.private, found.cancelled) == (BusyClass.BUSY, False, False, False)
        assert (found.categories, found.reminder_minutes) == ((), None)
        assert found.kind is EventKind.SINGLE
        assert found.stamp == STAMP
        assert world.body(written.id).split() == draft().body.split()

    def test_writes_with_the_zone_on_both_sides_of_a_clock_change(self, connector: Connector) -> None:
        for month, date in ((3, 28), (3, 29), (10, 25)):
            day = datetime(2026, month, date, tzinfo=UTC)
            written = connector.create(ROOM, draft(at(0.5, 1.5, day=day)), STAMP)

            found = connector.get(ROOM, written)

            assert found is not None
            assert found.when == at(0.5, 1.5, day=day)

    def test_shows_an_empty_subject_as_empty(self, connector: Connector) -> None:
        written = connector.create(ROOM, replace(draft(), subject=""), STAMP)

        found = connector.get(ROOM, written)

        assert found is not None
        assert found.subject == ""

    def test_takes_a_zone_that_windows_does_not_know(self, connector: Connector) -> None:
        written = connector.create(ROOM, replace(draft(), zone="Etc/GMT-1"), STAMP)

        found = connector.get(ROOM, written)

        assert found is not None
        assert found.when == at(9, 10)

    def test_changes_only_the_fields_it_is_told_to(self, connector: Connector, world: World) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        changed = replace(draft(at(11, 12)), subject="Somebody else", location="Elsewhere", body="Another body")

        updated = connector.update(ROOM, written, changed, fields=frozenset({EventField.TIME}), stamp=STAMP)

        found = connector.get(ROOM, updated)
        assert found is not None
        assert found.ref == updated
        assert found.when == at(11, 12)
        assert (found.subject, found.location) == (draft().subject, draft().location)
        assert found.stamp == STAMP
        assert world.body(written.id).split() == draft().body.split()

    def test_changes_every_field_it_is_told_to(self, connector: Connector, world: World) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        changed = replace(
            draft(at(11, 12)), subject="Grace Hopper", location="Elsewhere", body="Another body", busy=BusyClass.OOF
        )

        connector.update(ROOM, written, changed, fields=frozenset(EventField), stamp=replace(STAMP, version=7))

        found = connector.get(ROOM, written)
        assert found is not None
        assert (found.when, found.busy) == (at(11, 12), BusyClass.OOF)
        assert (found.subject, found.location) == ("Grace Hopper", "Elsewhere")
        assert found.stamp == replace(STAMP, version=7)
        assert world.body(written.id).split() == ["Another", "body"]

    def test_gives_back_what_marks_an_entry_and_leaves_it_alone_unless_told(self, connector: Connector) -> None:
        marked = replace(
            draft(),
            categories=("Library booking", "Study <rooms> & more"),
            reminder_minutes=15,
            busy=BusyClass.TENTATIVE,
        )
        written = connector.create(ROOM, marked, STAMP)
        retitled = replace(draft(), subject="Grace Hopper")

        changed = connector.update(ROOM, written, retitled, fields=frozenset({EventField.SUBJECT}), stamp=STAMP)

        found = connector.get(ROOM, changed)
        assert found is not None
        assert (found.subject, found.busy) == ("Grace Hopper", BusyClass.TENTATIVE)
        assert (found.categories, found.reminder_minutes) == (("Library booking", "Study <rooms> & more"), 15)

    def test_changes_categories_and_reminder_and_takes_them_away(self, connector: Connector) -> None:
        written = connector.create(ROOM, replace(draft(), categories=("Old",), reminder_minutes=15), STAMP)
        extras = frozenset({EventField.CATEGORIES, EventField.REMINDER})

        marked = replace(draft(), categories=("New", "Newer"), reminder_minutes=0)
        changed = connector.update(ROOM, written, marked, fields=extras, stamp=STAMP)
        seen = connector.get(ROOM, changed)
        cleared = connector.update(ROOM, changed, draft(), fields=extras, stamp=STAMP)
        bare = connector.get(ROOM, cleared)

        assert seen is not None
        assert (seen.categories, seen.reminder_minutes) == (("New", "Newer"), 0)
        assert bare is not None
        assert (bare.categories, bare.reminder_minutes) == ((), None)

    def test_changes_the_etag_with_each_change(self, connector: Connector) -> None:
        written = connector.create(ROOM, draft(), STAMP)

        updated = connector.update(ROOM, written, draft(at(11, 12)), fields=frozenset({EventField.TIME}), stamp=STAMP)

        assert updated.etag != written.etag

    def test_refuses_to_overwrite_a_change_it_has_not_seen(self, connector: Connector, world: World) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        world.move(written.id, at(14, 15))

        with pytest.raises(Definite) if world.refuses_stale else nullcontext() as refusal:
            connector.update(ROOM, written, draft(at(11, 12)), fields=frozenset({EventField.TIME}), stamp=STAMP)

        found = connector.get(ROOM, written)
        assert found is not None
        assert found.when == (at(14, 15) if world.refuses_stale else at(11, 12))
        assert refusal is None or refusal.value.kind is Kind.CONFLICT

    def test_says_not_found_when_what_it_shall_change_is_gone(self, connector: Connector, world: World) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        world.remove(written.id)

        with pytest.raises(Definite) as refusal:
            connector.update(ROOM, written, draft(at(11, 12)), fields=frozenset({EventField.TIME}), stamp=STAMP)

        assert refusal.value.kind is Kind.NOT_FOUND

    def test_deletes_once_and_then_says_absent(self, connector: Connector) -> None:
        written = connector.create(ROOM, draft(), STAMP)

        first, second = connector.delete(ROOM, written), connector.delete(ROOM, written)

        assert (first, second) == (Deletion.DELETED, Deletion.ABSENT)
        assert connector.get(ROOM, written) is None
        assert connector.window(ROOM, WEEK).events == ()
        assert connector.find(ROOM, STAMP, WEEK) == []

    def test_finds_by_stamp_wherever_the_entry_was_moved(self, connector: Connector, world: World) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        world.move(written.id, at(9, 10, day=MONDAY + timedelta(days=60)))

        found = connector.find(ROOM, STAMP, at(9, 10))

        assert [event.ref.id for event in found] == [written.id]

    def test_finds_only_that_generation_of_that_occurrence(self, connector: Connector) -> None:
        connector.create(ROOM, draft(), STAMP)

        assert connector.find(ROOM, replace(STAMP, generation=1), WEEK) == []
        assert connector.find(ROOM, replace(STAMP, key="occurrence"), WEEK) == []
        assert connector.find(OTHER, STAMP, WEEK) == []

    def test_finds_by_mark_whatever_the_version(self, connector: Connector) -> None:
        connector.create(ROOM, draft(), STAMP)

        found = connector.find(ROOM, replace(STAMP, version=99, uid=""), WEEK)

        assert [event.stamp for event in found] == [STAMP]

    def test_finds_both_of_two_with_the_same_stamp(self, connector: Connector) -> None:
        one = connector.create(ROOM, draft(), STAMP)
        other = connector.create(ROOM, draft(at(12, 13)), STAMP)

        found = connector.find(ROOM, STAMP, WEEK)

        assert {event.ref.id for event in found} == {one.id, other.id}

    def test_gets_none_for_what_was_never_there(self, connector: Connector) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        connector.delete(ROOM, written)

        assert connector.get(ROOM, RemoteRef(written.id, "")) is None

    def test_declines_an_invitation_and_tells_why(self, connector: Connector, world: World) -> None:
        world.invite(at(9, 10))
        (meeting,) = connector.window(ROOM, WEEK).events

        connector.decline(ROOM, meeting.ref, "The room is taken then: Ada Lovelace was first.")

        assert connector.window(ROOM, WEEK).events == ()
        assert connector.get(ROOM, meeting.ref) is None
        assert world.declined() == ["The room is taken then: Ada Lovelace was first."]

    def test_declines_one_date_of_a_series(self, connector: Connector, world: World) -> None:
        world.invite(at(9, 10), repeat="daily")
        first, second, *others = connector.window(ROOM, WEEK).events

        connector.decline(ROOM, second.ref, "Not that day.")

        assert [event.when for event in connector.window(ROOM, WEEK).events] == [each.when for each in (first, *others)]
        assert connector.get(ROOM, second.ref) is None

    def test_declines_nothing_that_changed_since_it_was_read(self, connector: Connector, world: World) -> None:
        world.invite(at(9, 10))
        (meeting,) = connector.window(ROOM, WEEK).events
        world.move(meeting.ref.id, at(11, 12))

        with pytest.raises(Definite) if world.refuses_stale else nullcontext() as refusal:
            connector.decline(ROOM, meeting.ref, "No.")

        assert world.count() == (1 if world.refuses_stale else 0)
        assert refusal is None or refusal.value.kind is Kind.CONFLICT

    def test_says_not_found_when_what_it_shall_decline_is_gone(self, connector: Connector, world: World) -> None:
        world.invite(at(9, 10))
        (meeting,) = connector.window(ROOM, WEEK).events
        world.remove(meeting.ref.id)

        with pytest.raises(Definite) as refusal:
            connector.decline(ROOM, meeting.ref, "No.")

        assert refusal.value.kind is Kind.NOT_FOUND

    def test_declines_nothing_that_nobody_invited_the_room_to(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10))
        (entry,) = connector.window(ROOM, WEEK).events

        with pytest.raises(Definite) as refusal:
            connector.decline(ROOM, entry.ref, "No.")

        assert refusal.value.kind is Kind.PERMANENT
        assert world.count() == 1
        assert world.declined() == []
