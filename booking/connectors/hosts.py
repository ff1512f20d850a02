"""Which machines a connection may talk to: all but this one and its link, unless the settings file allows it.

Without this, whoever may edit a connection could make the server fetch addresses inside the machine
or its cloud. So every address a name resolves to is judged, at each connect, and the connection is
made to the very address that was judged: a name that resolves differently a moment later gains nothing.
Private ranges (10.0.0.0/8 and so on) are fine: that is where an Exchange Server stands.
"""

import ipaddress
import socket
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from threading import Thread


class HostRefused(Exception):
    """The address is one that connections must not use. The message says which and why."""


class HostUnknown(Exception):
    """The name does not resolve, or not in time."""


def allowed(host: str, port: int, *, allow_local: bool, seconds: float) -> list[str]:
    """Return every address of `host`, all of them judged; in the order in which to try them.

    Args:
        host: a name or an IP address.
        port: where we will connect.
        allow_local: take this machine and its link too.
        seconds: how long the name server may take.

    Raises:
        HostUnknown: the name does not resolve in time.
        HostRefused: at least one address is not allowed. One bad address refuses the name: else the
            next try could reach it.
    """
    addresses = _in_time(host, port, seconds)
    if not allow_local:
        for address in addresses:
            _require_foreign(host, address)
    return addresses


def allowed_beyond(host: str, port: int, *, allow_local: bool, seconds: float) -> list[str]:
    """Return the addresses of a host that a proxy will look up for us, as far as we know them, all of them judged.

    Behind a proxy this machine often cannot look up outside names, and the proxy may see other addresses than we do.
    So what can be known here is refused here: addresses, `localhost`, and names that lead to a local address for us
    too. A name unknown to us is the proxy's to judge: it is the proxy that connects, from its own place in the
    network and under its own rules, which its administrators set.

    Raises:
        HostRefused: an address that we know is not allowed.
    """
    name = host.rstrip(".").lower()
    if not allow_local and (name == "localhost" or name.endswith(".localhost")):
        raise HostRefused(f"{host} is this machine itself. Connections there are not allowed.")
    try:
        return allowed(host, port, allow_local=allow_local, seconds=min(seconds, _OWN_LOOKUP))
    except HostUnknown:
        return []


_OWN_LOOKUP = 2.0  # seconds; a machine that sees no outside names should learn so quickly
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")  # Linux takes these for the machine itself
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # Source: RFC 6052
_CLOUD_SECRETS = ipaddress.ip_address("fd00:ec2::254")  # where 169.254.169.254 is in IPv6, though not link-local


def _require_foreign(host: str, address: str) -> None:
    """Refuse this machine, its link (also where clouds keep their secrets, 169.254.169.254), and what is no machine."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        ip = ip.ipv4_mapped or ip.sixtofour or inside or ip
    reasons = (
        (ip.is_loopback, "this machine itself"),
        (ip.is_link_local, "a link-local address"),
        (ip.is_unspecified, "no address of a machine"),
        (ip.is_multicast, "a multicast address"),
        (ip in _THIS_NETWORK, "no address of a machine"),
        (ip == _CLOUD_SECRETS, "where clouds keep the secrets of their machines"),
    )
    for refused, reason in reasons:
        if refused:
            raise HostRefused(f"{host} leads to {ip}, {reason}. Connections there are not allowed.")


def _in_time(host: str, port: int, seconds: float) -> list[str]:
    """Resolve `host`; the system's resolver knows no deadline, so it is asked from a thread that may be left behind."""
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.set_exception(HostUnknown(f"The name {host} does not resolve to an address ({error})."))
        else:
            answer.set_result(list(dict.fromkeys(str(each[4][0]) for each in found)))

    Thread(target=ask, name="resolve", daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except TooSlow:
        raise HostUnknown(f"Looking up the name {host} took longer than {seconds:g} seconds.") from None
