"""The server that a domain names in its DNS for autodiscover.

DNS can be forged, so what it names is a candidate and proves nothing.

Source: learn.microsoft.com, "Autodiscover for Exchange": _autodiscover._tcp; RFC 2782.
"""

from dns import exception, resolver

LONGEST_LOOKUP = 3.0
HTTPS = 443


def targets(domain: str, *, seconds: float, asking: resolver.Resolver | None = None) -> tuple[str, ...]:
    """Return the hosts that the domain names, the preferred one first; none if it names none or does not answer."""
    try:
        asks = asking or resolver.Resolver()
        found = asks.resolve(f"_autodiscover._tcp.{domain}", "SRV", lifetime=min(seconds, LONGEST_LOOKUP))
    except (exception.DNSException, OSError, UnicodeError):
        return ()
    named = sorted(found, key=lambda each: (each.priority, -each.weight))
    hosts = (str(each.target).rstrip(".").lower() for each in named if each.port == HTTPS)
    return tuple(dict.fromkeys(filter(None, hosts)))  # a target of "." says that there is none
