"""What may be entered as a calendar server and as the account that signs in there."""

import re

from booking.domain.entries import Entries

SIGN_INS = ("basic", "ntlm")
# tests/connectors/ews/test_versions.py holds it against what the connector speaks.
_VERSION = re.compile(r"(?:Exchange(?:2007_SP1|2010(?:_SP[12])?|2013(?:_SP1)?|2016))?")
_ADDRESS_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:[]")
#: What no name of a domain or an account may hold. Source: learn.microsoft.com, "Naming conventions in Active
#: Directory for computers, domains, sites, and OUs".
_NO_DOMAIN_SIGNS = frozenset('\\/:*?"<>|@ ')


def login(username: str, netbios: str) -> str:
    r"""Return the name to sign in with: STAFF\svc-rooms where the domain stands in a field of its own.

    A user name that is complete by itself, like svc-rooms@example.org or STAFF\svc-rooms, stays as it is.
    """
    if not netbios or "@" in username or "\\" in username:
        return username
    return f"{netbios}\\{username}"


def check_login(entries: Entries, username: str, netbios: str) -> None:
    """Refuse a domain that is none, or another one than the user name says."""
    if set(netbios) & _NO_DOMAIN_SIGNS:
        entries.wrong("netbios", "Give the name alone, like STAFF: no backslash, no @, no spaces.")
        return
    said, slash, name = username.partition("\\")
    if slash and not (said and name):
        entries.wrong("username", "Write it as STAFF\\svc-rooms: the domain, a backslash, the name.")
    elif slash and netbios and said.lower() != netbios.lower():
        entries.wrong("netbios", f"The user name says {said} already. Leave this empty, or write the user name alone.")


def check_server(entries: Entries, server: str) -> None:
    """Refuse what cannot be a server's name or address; whether it may be reached is judged at connect."""
    if "server" in entries.mistakes:
        return
    host = server.lower().removeprefix("https://").removeprefix("http://").partition("/")[0]
    if "@" in host:
        entries.wrong("server", "This is the name of a server, such as mail.example.org, without a user name.")
    elif not host or set(host) - _ADDRESS_SIGNS or host.startswith((".", "-")) or ".." in host:
        entries.wrong("server", "Give a host name such as mail.example.org, or the service's full address.")


def check_choices(entries: Entries, *, sign_in: str, version: str) -> None:
    """Refuse a way to sign in or a version of Exchange that there is not."""
    if sign_in not in SIGN_INS:
        entries.wrong("sign_in", "Choose basic or ntlm.")
    if not is_version(version) and "version" not in entries.mistakes:
        entries.wrong(
            "version",
            "Choose 2007 SP1, 2010, 2010 SP1, 2010 SP2, 2013, 2013 SP1 or 2016. For 2019 and Subscription Edition"
            " it is 2016; left empty, it is found out.",
        )


def is_version(name: str) -> bool:
    """Tell whether a connection may speak that version of Exchange Web Services; empty means found out."""
    return _VERSION.fullmatch(name) is not None


def check_certificates(entries: Entries, pem: str) -> None:
    """Refuse what is no certificate, and above all a private key, which nobody but its owner should have."""
    if "PRIVATE KEY" in pem:
        entries.wrong("ca_pem", "This holds a private key. Give only the certificate.")
    elif pem and not ("-----BEGIN CERTIFICATE-----" in pem and "-----END CERTIFICATE-----" in pem):
        entries.wrong("ca_pem", "This is not a certificate in PEM form. One begins with -----BEGIN CERTIFICATE-----.")


def check_email(entries: Entries, field: str, email: str) -> None:
    """Refuse what cannot be an e-mail address; nothing is one too."""
    name, at, domain = email.partition("@")
    if email and not (name and at and domain and " " not in email):
        entries.wrong(field, "This is not an e-mail address.")
