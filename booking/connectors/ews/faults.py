"""What went wrong on the wire, in the port's words: one table, no network.

The one question that matters for a write is whether it may have been done. When in doubt it is `Ambiguous`.

Source: learn.microsoft.com, EWS reference, ResponseCode; SYNC.md section 7.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus

from booking.connectors.ews import versions
from booking.connectors.port import Ambiguous, ConnectorError, Definite, Kind, SignIn


class Wire(StrEnum):
    """Failures below EWS. Their names are no EWS codes, so both can stand in `Fault.code`."""

    NOT_CONNECTED = "NotConnected"  # refused, no route, or no name: nothing was sent
    HOST_REFUSED = "HostRefused"
    NOT_TRUSTED = "NotTrusted"
    NO_ANSWER = "NoAnswer"  # sent, then reset, closed or too slow
    OVERDUE = "Overdue"  # the whole call took too long, so we hung up
    UNREADABLE = "Unreadable"
    REDIRECTED = "Redirected"
    NOT_OFFERED = "NotOffered"  # the server takes other kinds of sign-in only
    NO_CHALLENGE = "NoChallenge"  # it offers NTLM, and does not carry it through
    HTTP = "Http"  # any other status than 200; `status` says which


class Fault(Exception):
    """One failed call, as the wire showed it. `code` is EWS's response code or a `Wire`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        status: int = 0,
        wait: timedelta | None = None,
        ways: frozenset[SignIn] | None = None,
    ) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.status = status
        self.wait = wait
        self.ways = ways  # of signing in, that the server offers; None if it named none


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked when it failed, as far as the words depend on it."""

    writes: bool = False
    signed_in: bool = False  # this session has had an answer before
    sign_in: SignIn = SignIn.BASIC
    build: tuple[int, ...] = ()  # of the server, as far as it said
    version: str = ""  # of EWS, as staff chose it; empty: we found it out
    mailbox: str = ""
    account: str = ""
    impersonate: bool = True
    seconds: float = 30
    about_folder: bool = False  # "not found" then means the calendar, not one entry


def error(fault: Fault, call: Call) -> ConnectorError:
    """Return what the port raises for it."""
    if fault.code == Wire.HTTP:
        return _http(fault, call)
    if fault.code in tuple(Wire):
        return _wire(Wire(fault.code), fault, call)
    return _refusal(fault, call)


def missing_right(call: Call, *, to: str) -> str:
    """Say which right the account lacks in the mailbox, and the command that grants it."""
    who = call.account or "The account"
    if call.impersonate:
        return (
            f"{who} may not {to} the calendar of {call.mailbox}: it needs the ApplicationImpersonation role for this"
            " mailbox, and for rooms alone. The lines that give it stand with the connection, under Rights of the"
            " account, and in `booking connection rights`."
        )
    reads = to == "write in"
    also = " may read this calendar but not write in it" if reads else f" may not {to} this calendar"
    # Where it may not even read, the right to write comes in one go: Author holds both.
    need = "the Author right" if reads else "the Author right, or Reviewer where it shall only read"
    cmdlet = "Set" if reads else "Add"  # a right stands there already, or none
    return (
        f"{who}{also}: it needs {need}"
        f" ({cmdlet}-MailboxFolderPermission {call.mailbox}:\\Calendar -User {who} -AccessRights Author)."
    )


def not_offered(chosen: SignIn, ways: frozenset[SignIn]) -> str:
    """Say which way to sign in to choose instead."""
    other = next((way for way in SignIn if way in ways), None)
    words = f"The server does not offer {SIGN_IN_WORDS[chosen]} sign-in, which this connection uses"
    return f"{words}; it offers {SIGN_IN_WORDS[other]}: choose {SIGN_IN_WORDS[other]}." if other else f"{words}."


SIGN_IN_WORDS = {SignIn.BASIC: "Basic", SignIn.NTLM: "NTLM"}
THROTTLED = frozenset({
    "ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorTooManyObjectsOpened", "ErrorInsufficientResources",
    "ErrorExceededFindCountLimit",
})  # fmt: skip
CONFLICT = frozenset({
    "ErrorIrresolvableConflict", "ErrorStaleObject", "ErrorChangeKeyRequired",
    "ErrorChangeKeyRequiredForWriteOperations", "ErrorInvalidChangeKey",
})  # fmt: skip
NOT_FOUND = frozenset({"ErrorItemNotFound", "ErrorCalendarOccurrenceIsDeletedFromRecurrence"})
NO_FOLDER = frozenset({"ErrorFolderNotFound", "ErrorParentFolderNotFound"})
MAILBOX_GONE = frozenset({"ErrorNonExistentMailbox", "ErrorMailRecipientNotFound", "ErrorNameResolutionNoMailbox"})
FORBIDDEN = frozenset({
    "ErrorAccessDenied", "ErrorCreateItemAccessDenied", "ErrorImpersonateUserDenied", "ErrorImpersonationDenied",
    "ErrorImpersonationFailed", "ErrorNoFreeBusyAccess", "ErrorDeleteDistinguishedFolder",
})  # fmt: skip
SIGN_IN = frozenset({"ErrorAccountDisabled", "ErrorPasswordExpired", "ErrorPasswordChangeRequired"})
#: The server stumbled in the middle: a write may have been done before.
STUMBLED = frozenset({
    "ErrorTimeoutExpired", "ErrorInternalServerError", "ErrorInternalServerTransientError", "ErrorConnectionFailed",
    "ErrorConnectionFailedTransientError", "ErrorProxyRequestProcessingFailed", "ErrorProxyCallFailed",
    "ErrorMailboxFailover", "ErrorMailboxStoreUnavailable", "ErrorBatchProcessingStopped",
})  # fmt: skip
NOT_NOW = frozenset({
    "ErrorMailboxMoveInProgress", "ErrorADUnavailable", "ErrorADOperation", "ErrorFreeBusyGenerationFailed",
    "ErrorNoRespondingCASInDestinationSite", "ErrorServiceDiscoveryFailed", "ErrorProxyServiceDiscoveryFailed",
    # A watch that the server has forgotten, or will not have now: another one may succeed.
    "ErrorSubscriptionNotFound", "ErrorSubscriptionUnsubscribed", "ErrorInvalidSubscription",
    "ErrorExpiredSubscription", "ErrorReadEventsFailed", "ErrorExceededSubscriptionCount",
    "ErrorMissedNotificationEvents",
})  # fmt: skip


def _refusal(fault: Fault, call: Call) -> ConnectorError:
    """Translate an answer of EWS itself: it understood us, and said no."""
    code, where = fault.code, f" for {call.mailbox}" if call.mailbox else ""
    if code in THROTTLED:
        return Definite(Kind.THROTTLED, "Exchange asks us to slow down.", wait=fault.wait, code=code)
    if code in CONFLICT:
        return Definite(Kind.CONFLICT, "The entry was changed in Exchange since we read it.", code=code)
    if code in MAILBOX_GONE:
        return Definite(Kind.MAILBOX_GONE, f"Exchange knows no mailbox {call.mailbox}.".replace(" .", "."), code=code)
    if code in FORBIDDEN or code in NO_FOLDER or (code in NOT_FOUND and call.about_folder):
        to = "write in" if call.writes else "read"
        return Definite(Kind.FORBIDDEN, missing_right(call, to=to), code=code)
    if code in NOT_FOUND:
        return Definite(Kind.NOT_FOUND, "The entry is not in the calendar, or we may not see it.", code=code)
    if code in versions.REFUSED:
        return Definite(Kind.PERMANENT, _other_version(call), code=code)
    if code in SIGN_IN:
        return Definite(Kind.SIGN_IN, f"Exchange does not let {call.account} sign in ({code}).", code=code)
    return _trouble(fault, call, where)


def _other_version(call: Call) -> str:
    """Say which version to choose instead."""
    if not call.version:
        return "The server understands none of the versions of Exchange Web Services that we speak, 2007 SP1 to 2016."
    chosen = f"The server is older than the version that this connection is set to, {versions.WORDS[call.version]}"
    known = versions.newest_of(call.build)
    right = f"“{versions.WORDS[known]}”, or " if known else ""
    return f"{chosen}. Choose {right}“{versions.WORDS[versions.DETECTED]}”."


def _trouble(fault: Fault, call: Call, where: str) -> ConnectorError:
    """Translate what is neither our rights nor the entry: the server's own trouble, or a request it cannot take."""
    if fault.code in STUMBLED and call.writes:
        return Ambiguous(f"Exchange stumbled over the change{where} ({fault.code}); it may have been made.")
    if fault.code in STUMBLED | NOT_NOW:
        return Definite(Kind.TRANSIENT, f"Exchange cannot answer{where} right now ({fault.code}).", code=fault.code)
    detail = "" if "<" in fault.detail else f" {fault.detail[:200]}".rstrip()
    return Definite(Kind.PERMANENT, f"Exchange refused{where}: {fault.code}.{detail}", code=fault.code)


def _wire(wire: Wire, fault: Fault, call: Call) -> ConnectorError:
    """Translate a failure below EWS; where nothing was sent, nothing can have been done."""
    kind, words = WIRE_WORDS[wire]
    words = words.format(seconds=call.seconds, detail=fault.detail).strip()
    if wire in NOTHING_SENT:
        return Definite(kind, words, code=wire)
    return _unless_written(kind, words, wire, call)


NOTHING_SENT = frozenset({Wire.NOT_CONNECTED, Wire.HOST_REFUSED, Wire.NOT_TRUSTED, Wire.NO_CHALLENGE})
WIRE_WORDS = {
    Wire.NOT_CONNECTED: (Kind.TRANSIENT, "The server cannot be reached. {detail}"),
    Wire.HOST_REFUSED: (Kind.PERMANENT, "{detail}"),
    Wire.NOT_TRUSTED: (Kind.TRANSIENT, "The server's certificate is not trusted. {detail}"),
    Wire.NOT_OFFERED: (Kind.SIGN_IN, "{detail}"),
    Wire.NO_CHALLENGE: (
        Kind.TRANSIENT,
        (
            "The server offers NTLM and then does not carry it through; the password was not tried."
            " A load balancer that sends each request of one connection to another machine does that."
        ),
    ),
    Wire.REDIRECTED: (Kind.PERMANENT, "The server sends us elsewhere. {detail}"),
    Wire.OVERDUE: (
        Kind.TRANSIENT,
        "The server did not finish its answer within {seconds:g} seconds, so we hung up.",
    ),
    Wire.UNREADABLE: (Kind.TRANSIENT, "The server's answer could not be read."),
    Wire.NO_ANSWER: (Kind.TRANSIENT, "The connection broke, or took too long, before the server answered."),
}

#: Statuses that are a clear no.
REFUSALS = {
    403: (Kind.FORBIDDEN, "The server forbids this account to use Exchange Web Services at all."),
    404: (Kind.PERMANENT, "There is no Exchange Web Services at this address."),
    405: (Kind.PERMANENT, "There is no Exchange Web Services at this address."),
    410: (Kind.PERMANENT, "There is no Exchange Web Services at this address."),
    400: (Kind.PERMANENT, "The server does not understand the request."),
    413: (Kind.PERMANENT, "The request is too large for the server."),
    415: (Kind.PERMANENT, "The server does not understand the request."),
}


def _http(fault: Fault, call: Call) -> ConnectorError:
    """Translate an HTTP status; a proxy in front can answer 5xx or 401 after the write went through."""
    status, code = fault.status, f"HTTP {fault.status}"
    if status == HTTPStatus.UNAUTHORIZED and call.writes and call.signed_in:
        return Ambiguous("The server asked us to sign in again in the middle of a change; it may have been made.")
    if status == HTTPStatus.UNAUTHORIZED and fault.ways and call.sign_in not in fault.ways:
        return Definite(Kind.SIGN_IN, not_offered(call.sign_in, fault.ways), code=Wire.NOT_OFFERED)
    if status == HTTPStatus.UNAUTHORIZED:
        words = f"The server does not accept the user name {call.account} with this password."
        return Definite(Kind.SIGN_IN, words, code=code)
    asked_to_wait = status == HTTPStatus.SERVICE_UNAVAILABLE and fault.wait is not None
    if asked_to_wait and call.writes:  # a page of what stands before the server may hide that the server broke down
        return Ambiguous("The server asks us to slow down. The change may have been made.", wait=fault.wait)
    if asked_to_wait or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Definite(Kind.THROTTLED, "The server asks us to slow down.", wait=fault.wait, code=code)
    if status in REFUSALS:
        kind, words = REFUSALS[status]
        return Definite(kind, f"{words} ({code})", code=code)
    kind = Kind.TRANSIENT if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Kind.PERMANENT
    return _unless_written(kind, f"The server is in trouble ({code}).", code, call)


def _unless_written(kind: Kind, words: str, code: str, call: Call) -> ConnectorError:
    if call.writes:
        return Ambiguous(f"{words} The change may have been made.")
    return Definite(kind, words, code=code)
