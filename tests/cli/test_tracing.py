"""`booking sync errors`, `why` and `reconcile`."""

import json
from datetime import timedelta

import pytest

from booking import clock
from booking.store import queries
from tests.cli.house import EXCHANGE, House, address, tomorrow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestSyncErrors:
    def test_says_so_when_nothing_went_wrong(self, house: House) -> None:
        assert house.does("sync", "errors") == "0 errors. Nothing went wrong.\n"

    def test_names_space_booking_kind_and_words(self, house: House) -> None:
        house.paired("lab", "nest")
        house.books("lab", 10)
        house.exchange.fault(operation="CreateItem", error="ErrorMailboxStoreUnavailable", count=1)
        house.runs("sync", "run")

        (told,) = house.tells("sync", "errors", "--space", "lab")

        with house.opened() as session:
            space = queries.places.space_by_slug(session, "lab")
            assert space is not None
            ((ref,),) = [(each.ref,) for each in queries.causes.ours(session, space.id, tomorrow(10))]
        assert (told["space"], told["booking"], told["operation"]) == ("lab", ref, "create")
        assert f"lab, booking {ref}  create, {told['kind']}" in house.does("sync", "errors")

    def test_are_told_as_far_as_was_asked(self, house: House) -> None:
        house.paired("lab", "nest")
        house.exchange.remove_mailbox(address("nest"))
        house.runs("sync", "run", "--all")
        everything = house.tells("sync", "errors")

        assert {each["space"] for each in everything} == {"nest"}
        assert house.tells("sync", "errors", "--space", "lab") == []
        assert house.tells("sync", "errors", "--connection", EXCHANGE) == everything
        assert house.tells("sync", "errors", "--kind", "throttled") == []
        assert house.tells("sync", "errors", "--hours", "0") == []
        assert len(house.tells("sync", "errors", "--last", "1")) == 1


class TestSyncWhy:
    def test_names_the_booking(self, house: House) -> None:
        house.paired("lab")
        house.books("lab", 10)
        house.does("sync", "run", "--all")

        told = house.does("sync", "why", "lab", tomorrow(10).start.isoformat())

        assert told.splitlines()[0].endswith(": busy.")
        assert "It stands in Outlook." in told

    def test_says_what_outlook_blocks_and_no_more(self, house: House) -> None:
        house.paired("lab")
        when = tomorrow(10)
        house.exchange.add_event(address("lab"), subject="Dismissal", start=when.start, end=when.end)
        house.does("sync", "run", "--all")

        told = house.tells("sync", "why", "lab", when.start.isoformat())

        assert (told["verdict"], told["reasons"][0]["kind"]) == ("busy", "outside")
        assert "Dismissal" not in json.dumps(told)

    def test_takes_a_time_on_the_clock_of_the_location(self, house: House) -> None:
        day = (clock.now() + timedelta(days=2)).date()

        told = house.tells("sync", "why", "lab", f"{day}T10:00")

        assert (told["verdict"], told["at"][:16]) == ("free", f"{day}T10:00")

    def test_refuses_what_is_no_time(self, house: House) -> None:
        answer = house.runs("sync", "why", "lab", "soon")

        assert (answer.exit_code, "'soon' is no time" in answer.stderr) == (2, True)


class TestSyncReconcile:
    def test_needs_to_know_what(self, house: House) -> None:
        assert house.runs("sync", "reconcile").exit_code == 2

    def test_says_that_both_sides_agree(self, house: House) -> None:
        house.paired("lab")
        house.books("lab", 10)
        house.does("sync", "run", "--all")

        assert "Compared 1 bookings and 0 other entries; both sides agree." in house.does("sync", "reconcile", "lab")

    def test_finds_and_repairs_what_was_missed_and_keeps_the_report(self, house: House) -> None:
        house.paired("lab")
        house.does("sync", "run", "--all")
        when = tomorrow(14)
        house.exchange.add_event(address("lab"), subject="Dismissal", start=when.start, end=when.end)

        (report,) = house.tells("sync", "reconcile", "lab")
        (kept,) = house.tells("sync", "reconcile", "lab", "--last")

        assert (report["found"], report["repaired"], report["left"]) == (1, 1, 0)
        assert kept == report
        assert "Dismissal" not in json.dumps(report)
