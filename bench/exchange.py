"""What the conversation with Exchange costs this machine: CPU of the asking thread, on canned answers.

A stub answers over a real socket, so that everything between the port and the wire is in the figures.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import exchangelib
from exchangelib.protocol import FailFast
from exchangelib.version import EXCHANGE_2016

from bench.rows import Row
from booking.connectors import registry
from booking.connectors.ews import session
from booking.connectors.port import ConnectionSettings, Connector, FreeBusy
from booking.domain.intervals import Interval
from tests.connectors.stub import NAMESPACES, Stub, found, http, item, soap

ROUNDS = 9
MONDAY = datetime(2026, 6, 8, tzinfo=UTC)
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))
HOURS = (9, 11, 13, 15)  # four bookings a room and day
MOST_ROOMS = 100
IDLE_ROOMS = 1000
ITEMS = 999  # one more is a full view, which is read in halves
ROOM = "reading-room@library.example"
#: What exchangelib reads without further requests.
SIMPLE = ("subject", "start", "end", "sensitivity", "legacy_free_busy_status", "is_all_day", "is_cancelled", "type")


def rows() -> list[Row]:
    """Measure, and return what came out."""
    return [
        Row("free/busy of 100 mailboxes for 7 days, client CPU", _free_busy(MOST_ROOMS) * 1000, 40, "ms"),
        Row("1,000 idle rooms, client CPU of a cycle", _free_busy(IDLE_ROOMS), 1.5, "s"),
        Row("view of 1,000 items, against exchangelib with simple fields", _view(), 1.1, "times"),
    ]


def _free_busy(rooms: int) -> float:
    """Seconds of CPU for one look at so many rooms, each with four bookings a day."""
    names = [f"room-{number}@library.example" for number in range(rooms)]
    with Stub(http(_busy())) as stub, _connected(stub) as connector:

        def look() -> None:
            answer = connector.free_busy(names, WEEK)
            if not all(isinstance(each, FreeBusy) and len(each.blocks) == len(HOURS) * 7 for each in answer.values()):
                msg = "the canned answer was not understood"
                raise RuntimeError(msg)

        return _cpu(look)


def _view() -> float:
    """How many times longer a view takes than exchangelib's own, in turns."""
    with Stub(http(_items())) as stub, _connected(stub) as connector:
        theirs = _exchangelib(stub)

        def look() -> None:
            _require(len(connector.window(ROOM, WEEK).events))

        ratios = [_once(look) / _once(lambda: _require(theirs())) for _ in range(ROUNDS)]
    return statistics.median(ratios)


def _exchangelib(stub: Stub) -> Callable[[], int]:
    """Return exchangelib's own view with simple fields, as its documentation has it."""
    config = exchangelib.Configuration(
        service_endpoint=stub.url,
        credentials=exchangelib.Credentials("svc@library.example", "none"),
        auth_type=exchangelib.BASIC,
        version=exchangelib.Version(build=EXCHANGE_2016),
        retry_policy=FailFast(),
    )
    account: Any = exchangelib.Account(
        ROOM, config=config, autodiscover=False, access_type=exchangelib.DELEGATE, default_timezone=exchangelib.UTC
    )
    folder: Any = session.calendar(account)
    start, end = (exchangelib.EWSDateTime.from_datetime(each) for each in (WEEK.start, WEEK.end))
    return lambda: len(list(folder.view(start=start, end=end, max_items=ITEMS + 1).only(*SIMPLE)))


def _require(count: int) -> None:
    if count != ITEMS:
        msg = f"the canned view held {count} items"
        raise RuntimeError(msg)


def _cpu(work: Callable[[], object]) -> float:
    """Seconds of this thread's CPU, the middle of several rounds."""
    work()  # connections and caches
    return statistics.median(_once(work) for _ in range(ROUNDS))


def _once(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


@contextmanager
def _connected(stub: Stub) -> Iterator[Connector]:
    made = registry.connect(ConnectionSettings("ews", stub.url, "svc@library.example", "none", allow_local=True))
    try:
        yield made
    finally:
        made.close()


def _busy() -> str:
    """A free/busy answer for a hundred rooms."""
    events = "".join(
        f"<t:CalendarEvent><t:StartTime>2026-06-{8 + day:02}T{hour:02}:00:00</t:StartTime>"
        f"<t:EndTime>2026-06-{8 + day:02}T{hour + 1:02}:00:00</t:EndTime><t:BusyType>Busy</t:BusyType>"
        "</t:CalendarEvent>"
        for day in range(7)
        for hour in HOURS
    )
    room = (
        '<m:FreeBusyResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        "</m:ResponseMessage><m:FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType>"
        f"<t:CalendarEventArray>{events}</t:CalendarEventArray></m:FreeBusyView></m:FreeBusyResponse>"
    )
    return soap(
        f"<m:GetUserAvailabilityResponse {NAMESPACES}><m:FreeBusyResponseArray>{room * MOST_ROOMS}"
        "</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>"
    )


def _items() -> str:
    """A view of a thousand entries, ten minutes apart, with all that we ask for."""
    more = (
        "<t:Location>Reading Room, first floor</t:Location><t:CalendarItemType>Single</t:CalendarItemType>"
        "<t:IsAllDayEvent>false</t:IsAllDayEvent><t:IsCancelled>false</t:IsCancelled>"
        "<t:Organizer><t:Mailbox><t:Name>Grace Hopper</t:Name></t:Mailbox></t:Organizer>"
    )
    starts = [MONDAY + timedelta(minutes=10 * number) for number in range(ITEMS)]
    return found(
        *(
            item(f"item-{start:%d%H%M}", f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{start + STEP:%Y-%m-%dT%H:%M:%SZ}", more)
            for start in starts
        )
    )


STEP = timedelta(minutes=10)

if __name__ == "__main__":
    for row in rows():
        print(f"{row.name:<62}{row.figure:>9.2f} {row.unit:<6} (goal {row.goal or 0:g})")
