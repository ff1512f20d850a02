"""Throttling: too many requests in a minute, too many at once, and a client that comes back too early."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
import requests

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2010, EXCHANGE_2016, Personality
from booking.sandbox.exchange.throttle import Throttle, Throttling, TooManyAtOnce
from tests.sandbox.exchange import ANN, NOW, PASSWORD, ROOM, SERVICE, furnish, utc
from tests.sandbox.wire import calendar_view, envelope

VIEW = calendar_view(ROOM, utc(27, 0), utc(28, 0), most=10)


@contextmanager
def throttled(policy: Throttling) -> Iterator[ExchangeSandbox]:
    with ExchangeSandbox(now=lambda: NOW, throttling=policy) as sandbox:
        furnish(sandbox)
        sandbox.grant(ANN, ROOM, "reviewer")
        yield sandbox


def ask(sandbox: ExchangeSandbox, *, username: str = SERVICE, password: str = PASSWORD, timeout: float = 10) -> str:
    """What the server says to one more request."""
    data = envelope(VIEW)
    return requests.post(sandbox.ews_url, data=data, auth=(username, password), timeout=timeout).text


def back_off(answer: str) -> float:
    """Seconds to wait, as the answer says."""
    found = re.search(r'Name="BackOffMilliseconds">(\d+)<', answer)
    assert found is not None, answer
    return int(found[1]) / 1000


class TestBudget:
    def test_refuses_what_is_too_much_in_a_minute_and_says_how_long_to_wait(self) -> None:
        with throttled(Throttling(requests_per_minute=3, back_off_seconds=10)) as sandbox:
            answers = [ask(sandbox) for _ in range(4)]
            outcomes = [each.outcome for each in sandbox.requests()]

        assert outcomes == ["NoError", "NoError", "NoError", "ErrorServerBusy"]
        assert back_off(answers[-1]) == pytest.approx(10, abs=0.5)

    def test_is_prolonged_by_who_comes_back_too_early(self) -> None:
        with throttled(Throttling(requests_per_minute=1, back_off_seconds=10)) as sandbox:
            ask(sandbox)
            waits = [back_off(ask(sandbox)) for _ in range(4)]

        assert waits == pytest.approx([10, 20, 30, 40], abs=0.5)

    def test_is_there_again_for_who_waits(self) -> None:
        with throttled(Throttling(requests_per_minute=1, back_off_seconds=10)) as sandbox:
            ask(sandbox)
            refused = ask(sandbox)

            sandbox.advance(timedelta(seconds=back_off(refused) + 1))
            after = ask(sandbox)

        assert "NoError" in after

    def test_of_one_account_is_not_anothers(self) -> None:
        with throttled(Throttling(requests_per_minute=1)) as sandbox:
            answers = [ask(sandbox), ask(sandbox), ask(sandbox, username=ANN, password="ann's own")]

        assert ["ErrorServerBusy" in answer for answer in answers] == [False, True, False]

    def test_is_nobodys_concern_by_default(self) -> None:
        with ExchangeSandbox(now=lambda: NOW) as sandbox:
            furnish(sandbox)

            answers = [ask(sandbox) for _ in range(100)]

        assert all("NoError" in answer for answer in answers)


class TestConcurrency:
    def test_refuses_one_too_many_at_once(self) -> None:
        with throttled(Throttling(concurrency=2)) as sandbox:
            sandbox.fault(operation="FindItem", latency=0.5, count=2)
            begun = threading.Barrier(3, timeout=5)

            def take_part(_number: int) -> str:
                begun.wait()
                return ask(sandbox)

            with ThreadPoolExecutor(max_workers=3) as pool:
                answers = list(pool.map(take_part, range(3)))
            after = ask(sandbox)

        refused = [answer for answer in answers if "ErrorExceededConnectionCount" in answer]
        assert len(refused) == 1
        assert 'Name="MaxConcurrencyLimit">2<' in refused[0]
        assert "NoError" in after

    @pytest.mark.parametrize(("personality", "most"), [(EXCHANGE_2010, 10), (EXCHANGE_2016, 27)])
    def test_is_what_this_kind_of_server_allows_unless_told(self, personality: Personality, most: int) -> None:
        throttle = Throttle(Throttling(), personality.limits, elapsed=lambda: 0.0)

        with ExitStack() as under_way:
            for _ in range(most):
                under_way.enter_context(throttle.passing(SERVICE))
            with pytest.raises(TooManyAtOnce) as caught:
                under_way.enter_context(throttle.passing(SERVICE))

        assert caught.value.most == most
