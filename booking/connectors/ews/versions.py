"""The versions of EWS that a request may ask for, and which one a server understands.

Source: learn.microsoft.com, EWS reference, RequestServerVersion; "Exchange Server build numbers and release dates".
"""

from booking.connectors.port import Limits

#: Newest first: the order in which they are tried.
NAMES = (
    "Exchange2016",
    "Exchange2013_SP1",
    "Exchange2013",
    "Exchange2010_SP2",
    "Exchange2010_SP1",
    "Exchange2010",
    "Exchange2007_SP1",
)
NEWEST = NAMES[0]
OLDEST = NAMES[-1]
DETECTED = ""

#: What staff may choose, with words. With cumulative updates it is the newest of that year.
CHOICES = (
    (DETECTED, "Find out by itself"),
    ("Exchange2016", "Exchange 2016, 2019 or Subscription Edition"),
    ("Exchange2013_SP1", "Exchange 2013 SP1, or 2013 with a cumulative update from 4 on"),
    ("Exchange2013", "Exchange 2013"),
    ("Exchange2010_SP2", "Exchange 2010 SP2 or SP3"),
    ("Exchange2010_SP1", "Exchange 2010 SP1"),
    ("Exchange2010", "Exchange 2010"),
    ("Exchange2007_SP1", "Exchange 2007 SP1, SP2 or SP3"),
)
WORDS = dict(CHOICES)
HINT = "Exchange 2019 and Subscription Edition: choose 2016. With cumulative updates: the newest of that year."

_SP1_OF_2013 = 847  # the build 15.0.847 is Service Pack 1, also called cumulative update 4
#: By the first two numbers of a server's build, the newest that it understands.
_OF_BUILD = {(8, 0): OLDEST, (8, 1): OLDEST, (8, 2): OLDEST, (8, 3): OLDEST, (14, 0): "Exchange2010",
             (14, 1): "Exchange2010_SP1", (14, 2): "Exchange2010_SP2", (14, 3): "Exchange2010_SP2"}  # fmt: skip

#: What a server answers that does not know the version asked for: definite, the request was not looked at.
REFUSED = frozenset({
    "ErrorInvalidServerVersion", "ErrorIncorrectSchemaVersion", "ErrorInvalidSchemaVersionForMailboxVersion",
})  # fmt: skip


def newest_of(build: tuple[int, ...]) -> str | None:
    """Return the newest version that a server of this build understands, or None if we cannot tell."""
    if len(build) < len(("major", "minor", "build")):
        return None
    if build[0] == 15:  # noqa: PLR2004 - Exchange 2013 to Subscription Edition
        if build[1] > 0:
            return NEWEST
        return "Exchange2013_SP1" if build[2] >= _SP1_OF_2013 else "Exchange2013"
    return _OF_BUILD.get((build[0], build[1]))


def below(name: str, *, build: tuple[int, ...] = ()) -> str | None:
    """Return the version to try after the server refused `name`, or None if that was the oldest.

    A server that says its build spares us the versions in between.
    """
    older = NAMES[NAMES.index(name) + 1 :]
    known = newest_of(build)
    return known if known in older else next(iter(older), None)


def limits(name: str) -> Limits:
    """Return what a call may ask for in this version.

    Source: learn.microsoft.com, "Notification subscriptions, mailbox events, and EWS in Exchange": at most 200
    subscriptions in one streaming request, which Exchange has since 2010 SP1; "EWS throttling in Exchange": ten
    hanging connections for one account, three in 2013.
    """
    if name in ("Exchange2010", OLDEST):
        return Limits(watched_mailboxes=0, hanging=0)
    return Limits(watched_mailboxes=200, hanging=3 if name.startswith("Exchange2013") else 10)
