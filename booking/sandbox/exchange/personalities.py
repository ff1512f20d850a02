"""Which Exchange the sandbox is: its version, and where it behaves unlike the others."""

from dataclasses import dataclass, field

from booking.sandbox.exchange.limits import Limits


@dataclass(frozen=True, slots=True)
class Version:
    """What the server calls itself in every answer."""

    major: int = 15
    minor: int = 1
    build: int = 2507
    revision: int = 6
    name: str = "V2017_07_11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """One kind of server. The flags say what the well-behaved ones do."""

    name: str
    version: Version
    #: The newest schema that a request may ask for; a newer one is ErrorInvalidServerVersion.
    newest_schema: str = "Exchange2016"
    limits: Limits = field(default_factory=Limits)
    knows_time_zones: bool = True  # GetServerTimeZones
    expands_series: bool = True  # CalendarView shows dates, not the master
    names_items_in_events: bool = True  # else a streaming event names only the folder
    keeps_bad_mailboxes_apart: bool = True  # else one unknown mailbox fails a whole free/busy batch
    checks_change_keys: bool = True  # else an update never conflicts
    keeps_attendees_in_order: bool = True
    cuts_views_at_edges: bool = True  # else items that only touch a view's edge are in it
    refuses_unknown_sync_states: bool = True  # else the whole folder comes again, without a word
    knows_working_elsewhere: bool = True  # LegacyFreeBusyStatus, from 2013 on
    knows_streaming: bool = True

    def knows(self, operation: str) -> bool:
        """True unless this kind of server lacks that operation."""
        known = {"GetServerTimeZones": self.knows_time_zones, "GetStreamingEvents": self.knows_streaming}
        return known.get(operation, True)


EXCHANGE_2010 = Personality(
    name="2010",
    version=Version(14, 3, 513, 0, "Exchange2010_SP2"),
    newest_schema="Exchange2010_SP2",
    limits=Limits(concurrency=10),
    knows_working_elsewhere=False,
)
EXCHANGE_2016 = Personality(name="2016", version=Version())
EXCHANGE_2019 = Personality(name="2019", version=Version(15, 2, 1544, 4, "V2018_01_08"))
ODD = Personality(
    name="odd",
    version=Version(),
    knows_time_zones=False,
    expands_series=False,
    names_items_in_events=False,
    keeps_bad_mailboxes_apart=False,
    checks_change_keys=False,
    keeps_attendees_in_order=False,
    cuts_views_at_edges=False,
    refuses_unknown_sync_states=False,
)

PERSONALITIES = {each.name: each for each in (EXCHANGE_2016, EXCHANGE_2019, EXCHANGE_2010, ODD)}
