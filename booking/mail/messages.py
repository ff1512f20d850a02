"""A booking in, a message out: plain text, in the time of the place it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from booking.domain.intervals import Interval
from booking.store.queries.outbox import MessageFacts, NoticeFacts

SUBJECTS: Mapping[str, str] = {
    "confirmed": "Your booking {ref} is confirmed",
    "changed": "Your booking {ref} was changed",
    "cancelled": "Your booking {ref} was cancelled",
    "rejected": "Your booking {ref} could not be made",
    "moved_in_outlook": "Your booking {ref} was moved by the library",
    "cancelled_in_outlook": "Your booking {ref} was cancelled by the library",
    "gave_way": "Your booking {ref} could not stay",
    "restored": "Your booking {ref} stands again",
}

_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "mail"),
    autoescape=select_autoescape(),  # plain text is left as it is
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def compose(kind: str, facts: MessageFacts, *, base_url: str, mail_from: str, now: datetime) -> EmailMessage:
    """Return the message to send: RFC 5322, UTF-8, with the booking's secret link.

    Raises:
        KeyError: there is no such kind of message.
        ValueError: an address cannot stand in a header.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = SUBJECTS[kind].format(ref=facts.ref)
    message["From"] = _address(facts.library, mail_from)
    message["To"] = _address(f"{facts.first_name} {facts.last_name}", facts.to_address)
    if facts.place.contact_email:
        message["Reply-To"] = _address(facts.place.contact_name or facts.place.name, facts.place.contact_email)
    message["Date"] = now
    message["Message-ID"] = facts.message_id
    # RFC 3834: nobody's out-of-office note comes back for it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(kind, facts, base_url=base_url), cte="quoted-printable")
    return message


def compose_notice(facts: NoticeFacts, *, base_url: str, mail_from: str, now: datetime) -> EmailMessage:
    """Return a notice to staff: what is wrong with calendars, what is over, and where to look.

    Raises:
        ValueError: an address cannot stand in a header.
    """
    raised, over = facts.extra.get("raised", ()), facts.extra.get("over", ())
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _notice_subject(raised, over)
    message["From"] = _address(facts.library, mail_from)
    message["To"] = _address("", facts.to_address)
    message["Date"] = now
    message["Message-ID"] = facts.message_id
    message["Auto-Submitted"] = "auto-generated"
    link = f"{base_url.rstrip('/')}/admin/sync"
    words = _TEXTS.get_template(f"{facts.kind}.txt").render(facts=facts, raised=raised, over=over, link=link)
    message.set_content(words + "\n", cte="quoted-printable")
    return message


def _notice_subject(raised: Sequence[Mapping[str, str]], over: Sequence[Mapping[str, str]]) -> str:
    if len(raised) == 1:
        return f"Calendars need you: {raised[0]['heading']}"
    if raised:
        return f"Calendars need you: {len(raised)} things are wrong"
    return f"Over: {over[0]['heading']}" if len(over) == 1 else f"Over: {len(over)} troubles with calendars"


def text(kind: str, facts: MessageFacts, *, base_url: str) -> str:
    """Return the words of a message."""
    zone = ZoneInfo(facts.place.zone)
    about = [facts.about] if facts.about else [each for each in facts.dates if not each.holds]
    words = _TEXTS.get_template(f"{kind}.txt").render(
        facts=facts,
        link=f"{base_url.rstrip('/')}/bookings/{facts.ref}/{facts.secret}",
        kept=[f"{_time(each.when, zone)}, {each.space}" for each in facts.dates if each.holds],
        gone=[f"{_time(each.when, zone)}, {each.space}" for each in about if not each.holds],
        again=[f"{_time(each.when, zone)}, {each.space}" for each in about if each.holds],
        before=[_earlier(each, zone) for each in facts.extra.get("before", ())],
        offers=[_earlier(each, zone) for each in facts.extra.get("offers", ())],
    )
    return words + "\n"


def _earlier(noted: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Word a time that was noted when the message was queued."""
    when = Interval(datetime.fromisoformat(noted["start"]), datetime.fromisoformat(noted["end"]))
    space = noted.get("space", "")
    return f"{_time(when, zone)}, {space}" if space else _time(when, zone)


def _time(when: Interval, zone: ZoneInfo) -> str:
    start, end = when.start.astimezone(zone), when.end.astimezone(zone)
    if start.date() == end.date() and start.tzname() == end.tzname():
        return f"{_day(start)}, {start:%H:%M} to {end:%H:%M} ({end.tzname()})"
    begins = f"{start:%H:%M}" if start.tzname() == end.tzname() else f"{start:%H:%M} ({start.tzname()})"
    return f"{_day(start)}, {begins} to {_day(end)}, {end:%H:%M} ({end.tzname()})"


def _day(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def _address(name: str, address: str) -> Address:
    """Return a name and an address as they may stand in a header: the name on one line, the domain as servers route it.

    Raises:
        ValueError: it is no address.
    """
    try:
        local, at, domain = address.rpartition("@")
        routed = domain if domain.isascii() else domain.encode("idna").decode()  # RFC 5890
        return Address(" ".join(name.split()), addr_spec=f"{local}{at}{routed}")
    except (ValueError, IndexError, MessageError) as error:
        raise ValueError(f"“{address}” is not a mail address") from error
