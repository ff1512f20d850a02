"""The connection test, step by step, in words for staff.

A step that fails ends the test: the others are shown as skipped. The password is tried once.
"""

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace

from booking.connectors.ews import address, check_places, dial, faults, transport, versions
from booking.connectors.ews.faults import SIGN_IN_WORDS
from booking.connectors.ews.proxy import ProxyRefused
from booking.connectors.ews.trial import TITLES, Said, Step, Stop, Trial
from booking.connectors.hosts import HostRefused, HostUnknown
from booking.connectors.port import CheckStep, ConnectionSettings, ConnectorError, Definite, Kind, SignIn, StepResult

#: Source: learn.microsoft.com, "Exchange Server build numbers and release dates".
SERVERS = {(8, 0): "2007", (8, 1): "2007", (8, 2): "2007", (8, 3): "2007", (14, 0): "2010", (14, 1): "2010",
           (14, 2): "2010", (14, 3): "2010", (15, 0): "2013", (15, 1): "2016", (15, 20): "Online"}  # fmt: skip
#: For each way to sign in, how Exchange's administrators turn it on.
TURN_ON = {
    SignIn.BASIC: (
        "Or ask the Exchange administrator to allow Basic: Set-WebServicesVirtualDirectory -BasicAuthentication $true."
        " It travels inside the encrypted connection."
    ),
    SignIn.NTLM: (
        "Or ask the Exchange administrator to allow NTLM: Set-WebServicesVirtualDirectory -WindowsAuthentication $true."
    ),
}
#: Source: techcommunity.microsoft.com 4492361, "Exchange Online EWS, Your Time is Almost Up".
ONLINE = ("outlook.office365.com", "outlook.office.com")
FIRST_SE_BUILD = 2562  # 15.2 is 2019 before it, and Subscription Edition from it on


def run(trial: Trial) -> Iterator[CheckStep]:
    """Yield each step with its result, duration and, if it failed, the remedy; never raises."""
    failed = False
    trial.begin()
    for name, step in STEPS.items():
        if name in _ABOUT_A_PLACE and not trial.about_a_place:
            return
        if failed:
            yield CheckStep(name, TITLES[name], StepResult.SKIPPED)
            continue
        began = time.monotonic()
        shown = _tried(CheckStep(name, TITLES[name], StepResult.OK), step, trial)
        failed = shown.result is StepResult.FAILED
        yield replace(shown, milliseconds=round((time.monotonic() - began) * 1000))


def _tried(shown: CheckStep, step: Step, trial: Trial) -> CheckStep:
    try:
        result, detail, remedy = step(trial)
    except Stop as stop:
        return replace(shown, result=StepResult.FAILED, detail=stop.detail, remedy=stop.remedy)
    except ConnectorError as error:
        return replace(shown, result=StepResult.FAILED, detail=str(error))
    return replace(shown, result=result, detail=detail, remedy=remedy)


def _resolve(trial: Trial) -> Said:
    try:
        trial.line = dial.line(trial.settings)
        endpoint = trial.line.endpoint
        with trial.line.door.deadline(trial.left):
            found = trial.line.door.addresses(endpoint.host, endpoint.port)
    except address.AddressRefused as refusal:
        raise Stop(str(refusal), "Enter the server as in mail.example.org, or its full EWS address.") from None
    except HostUnknown as unknown:
        raise Stop(str(unknown), "Check the spelling, and that this machine can look up names.") from None
    except HostRefused as refusal:
        raise Stop(
            str(refusal),
            "Enter the name of the Exchange server itself; only the settings file can allow local addresses.",
        ) from None
    where = f"{endpoint.host} is {', '.join(found[:3])}." if found else f"{endpoint.host} is looked up by the proxy."
    if trial.line.door.proxy:
        where += f" The way there leads through the outbound proxy {trial.line.door.proxy.name}."
    if endpoint.host in ONLINE:
        why = (
            "Microsoft has been switching Exchange Web Services off there since 1 October 2026, and ends them for good"
            " on 1 April 2027. What takes their place there is Microsoft Graph, which this version does not speak:"
            " pair only mailboxes on an Exchange Server of your own."
        )
        return StepResult.WARNING, where, why
    return StepResult.OK, where, ""


def _tls(trial: Trial) -> Said:
    line = _line(trial)
    host, port = line.endpoint.host, line.endpoint.port
    if line.endpoint.scheme == "http":
        return (
            StepResult.WARNING,
            "Plain http, which the settings file allows for tests: the password travels in the clear.",
            "",
        )
    try:
        with line.door.deadline(trial.left):
            version, until = transport.certificate(line.door, host, port, line.context)
    except (HostUnknown, HostRefused, OSError) as error:
        raise _no_tls(error, line) from None
    return StepResult.OK, f"{version}; the certificate is valid until {until:%d %B %Y}.", ""


def _no_tls(error: Exception, line: dial.Line) -> Stop:
    """Return why there is no encrypted connection, and what helps."""
    host, port = line.endpoint.host, line.endpoint.port
    if isinstance(error, ssl.SSLCertVerificationError):
        return Stop(
            f"The certificate of {host} is not trusted: {error.verify_message}.",
            "If your Exchange uses a certificate authority of its own, add that authority's certificate (PEM) to this"
            " connection. If the name is wrong, enter the one that the certificate was made for.",
        )
    if isinstance(error, ssl.SSLError):
        reason = error.reason or "no handshake"
        return Stop(f"{host} answers on port {port}, but not with TLS ({reason}).", "Check the port.")
    if isinstance(error, ProxyRefused):
        return Stop(str(error), "Whoever runs the proxy can allow it, or the settings file names another way.")
    if not isinstance(error, OSError):
        return Stop(str(error))  # the name resolves in another way than a moment ago
    late = isinstance(error, TimeoutError) or line.door.overdue
    words = "did not answer in time" if late else "cannot be reached"
    return Stop(f"{host} {words} on port {port}.", "Check the server's name, and that no firewall stands between.")


def _sign_in(trial: Trial) -> Said:
    settings = trial.settings
    offer = trial.client().offer()  # as a stranger: no try is spent where our way is not offered
    if offer.ways is not None and settings.sign_in not in offer.ways:
        words = faults.not_offered(settings.sign_in, offer.ways)
        raise Stop(words, TURN_ON[settings.sign_in])
    try:
        trial.client().rights(None)
    except Definite as refusal:
        if refusal.kind is Kind.SIGN_IN:
            raise Stop(str(refusal), _other_form(settings)) from None
        if not trial.client().signed_in:
            raise
        trial.own_refusal = refusal  # it let us in, and then refused something else
    offered = f" The server offers {offer.words}." if offer.words else ""
    return StepResult.OK, f"Signed in as {settings.username} with {SIGN_IN_WORDS[settings.sign_in]}.{offered}", ""


def _other_form(settings: ConnectionSettings) -> str:
    """Suggest the other way to write a user name; we never try it ourselves: each try counts towards a lock."""
    remedy = (
        f"Check the password. Or the server wants the user name in its other form: try {_other_name(settings)}."
        " It was tried only once, so this test has not locked the account. The server gives the same answer when the"
        " password has expired, the account is locked or disabled, or may only sign in at certain hours or from"
        " certain machines (in Active Directory: Logon Hours, Log On To); the account must be free of such limits."
    )
    if settings.sign_in is SignIn.NTLM:
        remedy += (
            " If something in front of Exchange ends the encryption (a load balancer), Extended Protection refuses"
            " NTLM even with the right password: then choose Basic."
        )
    return remedy


def _other_name(settings: ConnectionSettings) -> str:
    """Return how the same account may be called instead."""
    _, slash, name = settings.username.rpartition("\\")
    if slash or "@" not in name:
        upn = settings.email or f"{name}@example.org"
        return upn if slash else f"{upn}, or DOMAIN\\{name}"
    return f"DOMAIN\\{name.partition('@')[0]}, with the name of your Windows domain (NetBIOS) in place of DOMAIN"


def _version(trial: Trial) -> Said:
    client, refusal = trial.client(), trial.own_refusal
    if refusal is not None and refusal.code in versions.REFUSED:
        raise Stop(str(refusal), "The server was updated or replaced since this version was chosen, or never was it.")
    how = "found out" if not trial.settings.version else "as chosen"
    spoken = f"Version in use, {how}: {client.version}."
    build = client.server_build
    if len(build) < len(("major", "minor", "build")):
        return StepResult.WARNING, f"The server does not say which version it is. {spoken}", ""
    return StepResult.OK, f"{server_name(build)} (build {'.'.join(map(str, build))}). {spoken}", ""


def server_name(build: tuple[int, ...]) -> str:
    """Return a server's version in words."""
    if build[:2] == (15, 2):
        return "Exchange Server SE" if build[2] >= FIRST_SE_BUILD else "Exchange Server 2019"
    year = SERVERS.get((build[0], build[1]))
    if year == "Online":
        return "Exchange Online"
    return f"Exchange Server {year}" if year else "An Exchange server of a version that we do not know"


def _line(trial: Trial) -> dial.Line:
    if trial.line is None:
        raise Stop("The server's name was not looked up.")
    return trial.line


STEPS: dict[str, Step] = {
    "resolve": _resolve,
    "tls": _tls,
    "sign_in": _sign_in,
    "version": _version,
    "account": check_places.account,
    "mailbox": check_places.mailbox,
    "folder": check_places.folder,
    "read": check_places.read,
    "write": check_places.write,
}
#: What is only asked where a mailbox or a folder was chosen.
_ABOUT_A_PLACE = frozenset({"mailbox", "folder", "read", "write"})
