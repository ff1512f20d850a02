"""The domains of an organisation's e-mail addresses: which addresses are its own, and which come from outside."""

import re
from collections.abc import Iterable

from booking.domain.entries import Entries

_SEPARATORS = re.compile(r"[\s,;]+")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
MOST = 100


def listed(text: str) -> tuple[str, ...]:
    """Return the domains of a list as somebody types it, each once and in lower case, without a leading @."""
    parts = (part.strip().lstrip("@").rstrip(".").lower() for part in _SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def joined(domains: Iterable[str]) -> str:
    """Return a list of domains as it is stored and shown."""
    return ", ".join(domains)


def checked(entries: Entries, field: str, text: str) -> str:
    """Return the list tidied; what is no domain is a mistake of that field."""
    domains = listed(text)
    wrong = [domain for domain in domains if not _NAME.fullmatch(_ascii(domain))]
    if wrong:
        entries.wrong(field, f"Not a domain: {wrong[0][:60]}. Give domains like example.org, with commas between them.")
    elif len(domains) > MOST:
        entries.wrong(field, f"At most {MOST} domains, please.")
    return joined(domains)


def of(address: str) -> str:
    """Return the domain of an e-mail address; empty if it is none."""
    return address.rpartition("@")[2].strip().rstrip(".").lower() if "@" in address else ""


def is_own(address: str, own: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the domains; each stands for itself, not for those below it.

    Where no domain is known nothing can be told apart, and every address counts as the organisation's own.
    """
    known = {_ascii(domain) for domain in own if domain}
    return not known or _ascii(of(address)) in known


def _ascii(domain: str) -> str:
    """Return a domain as DNS writes it."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
