"""What a client that reads page by page is told, whatever happens between its pages."""

from hypothesis import given
from hypothesis import strategies as st

from booking.sandbox.exchange.state import changes
from booking.sandbox.exchange.state.changes import Kind, Position, Trace


class Place:
    """A folder of nothing but numbers, and a client that reads it page by page."""

    def __init__(self) -> None:
        self.traces: dict[str, Trace] = {}
        self.position = Position(place="here")
        self.known: dict[str, int] = {}
        self.newest = 0

    @property
    def there(self) -> dict[str, int]:
        return {each.id: each.changed for each in self.traces.values() if not each.gone}

    def step(self, name: str, number: int, *, most: int) -> None:
        if name == "page":
            self.read(most=most)
            return
        self.newest += 1
        if name == "add":
            self.traces[f"{number}"] = Trace(f"{number}", self.newest, self.newest)
        elif self.there:
            chosen = self.traces[sorted(self.there)[number % len(self.there)]]
            self.traces[chosen.id] = Trace(chosen.id, chosen.arrived, self.newest, gone=name == "remove")

    def read(self, *, most: int) -> bool:
        told, self.position = changes.following(self.traces.values(), self.position, newest=self.newest, most=most)
        for each in told:
            assert (each.id in self.known) == (each.kind is Kind.UPDATE) or each.kind is Kind.DELETE
            self.known.pop(each.id, None)
            if each.kind is not Kind.DELETE:
                self.known[each.id] = self.there[each.id]
        return self.position.last is None


class TestFollowing:
    @given(script=st.lists(st.sampled_from(["add", "change", "remove", "page"]), max_size=40), most=st.integers(1, 4))
    def test_leads_every_client_to_what_is_there(self, script: list[str], most: int) -> None:
        place = Place()
        for number, step in enumerate(script):
            place.step(step, number, most=most)

        for _ in range(3):
            while not place.read(most=most):
                pass

        assert place.known == place.there

    def test_tells_what_is_new_before_what_changed(self) -> None:
        traces = [Trace("old", 1, 4), Trace("new", 2, 2), Trace("newer", 3, 3)]

        first, position = changes.following(traces, Position(place="here", done=1), newest=4, most=1)
        rest, position = changes.following(traces, position, newest=4, most=5)

        assert [each.id for each in first + rest] == ["newer", "new", "old"]
        assert position == Position(place="here", done=4)
