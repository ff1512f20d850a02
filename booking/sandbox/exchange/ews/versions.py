"""Which version of the schema a request speaks, and what the older ones cannot say.

Sources: learn.microsoft.com, EWS reference, RequestServerVersion; github.com/nmarus/node-ews/issues/18 (2010, asked in
2013's words: ErrorInvalidServerVersion) and github.com/ecederstrand/exchangelib/issues/927 (a name that does not
exist: ErrorInvalidRequest).
"""

from booking.sandbox.exchange.ews.errors import Fault
from booking.sandbox.exchange.ews.xml import Element, find_all
from booking.sandbox.exchange.personalities import Personality

_SCHEMAS = (
    "Exchange2007",
    "Exchange2007_SP1",
    "Exchange2009",
    "Exchange2010",
    "Exchange2010_SP1",
    "Exchange2010_SP2",
    "Exchange2012",
    "Exchange2013",
    "Exchange2013_SP1",
    "Exchange2015",
    "Exchange2016",
    "V2015_10_05",
    "V2016_01_06",
    "V2016_04_13",
    "V2016_07_13",
    "V2016_10_10",
    "V2017_01_07",
    "V2017_04_14",
    "V2017_07_11",
    "V2017_10_09",
    "V2018_01_08",
)
_NEVER_SHIPPED = ("Exchange2009", "Exchange2012")
_FROM_2013 = _SCHEMAS.index("Exchange2012")
#: Properties that came with Exchange 2013, among those that we know.
NEW_IN_2013 = frozenset(
    {
        "item:TextBody",
        "calendar:StartTimeZoneId",
        "calendar:EndTimeZoneId",
        "calendar:StartWallClock",
        "calendar:EndWallClock",
        "calendar:IsOrganizer",
    }
)


def up_to(personality: Personality) -> list[str]:
    """The schemas that this server speaks and names by their year, oldest first."""
    spoken = _SCHEMAS[: _SCHEMAS.index(personality.newest_schema) + 1]
    return [name for name in spoken if name.startswith("Exchange") and name not in _NEVER_SHIPPED]


def require_known(asked: str, personality: Personality) -> None:
    """Raise a fault if the request speaks a schema that this server does not.

    A request that names none is taken as it is.
    """
    if not asked:
        return
    if asked not in _SCHEMAS:
        raise Fault("ErrorInvalidRequest", "The request is invalid.")
    if _SCHEMAS.index(asked) > _SCHEMAS.index(personality.newest_schema):
        raise Fault("ErrorInvalidServerVersion", "The specified server version is invalid.")


def require_words(body: Element, personality: Personality) -> None:
    """Raise a fault if the request uses words that came after this server, as its own schema check would."""
    if not is_before_2013(personality):
        return
    asked = {element.get("FieldURI", "") for element in find_all(body, ".//t:FieldURI")}
    said = {(element.text or "").strip() for element in find_all(body, ".//t:LegacyFreeBusyStatus")}
    unknown = sorted((asked & NEW_IN_2013) | (said & {"WorkingElsewhere"}))
    if unknown:
        raise Fault(
            "ErrorSchemaValidation",
            f"The request failed schema validation: the value '{unknown[0]}' is invalid according to its datatype.",
        )


def is_before_2013(personality: Personality) -> bool:
    """True for Exchange 2007 and 2010."""
    return _SCHEMAS.index(personality.newest_schema) < _FROM_2013
