"""A plain CalDAV client, as much of one as a calendar application needs.

Sources: RFC 4791 (CalDAV), RFC 5397 (current-user-principal), Apple's caldav-ctag for the sign that something changed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Self

import requests
from icalendar import Calendar as Text
from icalendar import Event, FreeBusy, vDDDLists, vDDDTypes
from lxml import etree

_NAMES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "CS": "http://calendarserver.org/ns/"}
_SECONDS = 60
Period = tuple[datetime, datetime]
_PROPFIND = """<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"
  xmlns:CS="http://calendarserver.org/ns/"><D:prop>{wanted}</D:prop></D:propfind>"""
_ALL_EVENTS = """<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR">
  <C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>"""
_THESE_EVENTS = """<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"""


@dataclass(frozen=True)
class Entry:
    """One resource of a calendar: a single event, or a series with the dates that differ."""

    href: str
    etag: str
    text: Text

    @property
    def event(self) -> Event:
        """The single event, or the series."""
        return next(event for event in self.text.events if "RECURRENCE-ID" not in event)

    @property
    def others(self) -> list[Event]:
        """The dates that differ from the series."""
        return [event for event in self.text.events if "RECURRENCE-ID" in event]

    @property
    def title(self) -> str:
        return str(self.event.get("SUMMARY", ""))


def times(event: Event, name: str) -> list[date]:
    """The days or moments in a property of an event, each in its own zone; none if it has no such property."""
    found = event.get(name)
    if isinstance(found, vDDDLists):
        return [each.dt for each in found.dts if isinstance(each.dt, date)]
    return [found.dt] if isinstance(found, vDDDTypes) and isinstance(found.dt, date) else []


class Calendar:
    """One calendar on a CalDAV server, found from the server's address alone."""

    def __init__(self, session: requests.Session, server: str, path: str) -> None:
        self._session = session
        self._server = server
        self.path = path

    @classmethod
    def discovered(cls, server: str, username: str, password: str) -> Self:
        """Find whose calendar it is and where, as RFC 6764 says: from the well-known address on."""
        session = requests.Session()
        session.auth = (username, password)
        start = session.request(
            "PROPFIND",
            f"{server}/.well-known/caldav",
            data=_PROPFIND.format(wanted="<D:current-user-principal/>"),
            allow_redirects=False,
            timeout=_SECONDS,
        )
        found = cls(session, server, start.headers["Location"])
        principal = found._href("D:current-user-principal", found.path)
        home = found._href("C:calendar-home-set", principal)
        kinds = found._found(home, "<D:resourcetype/>", depth=0)[0].find(".//D:resourcetype/C:calendar", _NAMES)
        assert kinds is not None, f"{home} is no calendar"
        return cls(session, server, home)

    def ctag(self) -> str:
        """The sign that changes with anything in the calendar."""
        return self._found(self.path, "<CS:getctag/>", depth=0)[0].findtext(".//CS:getctag", "", _NAMES)

    def etags(self) -> dict[str, str]:
        """Each resource with the sign that changes with it."""
        found = self._found(self.path, "<D:getetag/>", depth=1)
        etags = {_text(each, "D:href"): _text(each, ".//D:getetag") for each in found}
        return {href: etag for href, etag in etags.items() if href != self.path}

    def entries(self) -> list[Entry]:
        """All resources, by one calendar-query."""
        return [_entry(each) for each in self._asked("REPORT", self.path, _ALL_EVENTS)]

    def fetched(self, *hrefs: str) -> list[Entry]:
        """These resources, by one calendar-multiget."""
        named = "".join(f"<D:href>{href}</D:href>" for href in hrefs)
        return [_entry(each) for each in self._asked("REPORT", self.path, _THESE_EVENTS.format(hrefs=named))]

    def titled(self, title: str) -> Entry | None:
        """The resource with that title, if there is one."""
        return next((entry for entry in self.entries() if entry.title == title), None)

    def put(self, name: str, text: Text, *, etag: str | None = None) -> None:
        """Write a resource; with an etag, only if it is still the one that was read."""
        where = name if name.startswith("/") else f"{self.path}{name}"
        headers = {"Content-Type": "text/calendar; charset=utf-8"} | ({"If-Match": f'"{etag}"'} if etag else {})
        answer = self._session.put(f"{self._server}{where}", text.to_ical(), headers=headers, timeout=_SECONDS)
        assert answer.status_code in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}, answer.text

    def delete(self, href: str) -> None:
        answer = self._session.delete(f"{self._server}{href}", timeout=_SECONDS)
        assert answer.status_code in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}, answer.text

    def is_gone(self, href: str) -> bool:
        """True if the resource is neither listed nor to be had."""
        answer = self._session.get(f"{self._server}{href}", timeout=_SECONDS)
        return answer.status_code == HTTPStatus.NOT_FOUND and href not in self.etags()

    def busy(self, organizer: str, attendee: str, start: datetime, end: datetime) -> list[Period]:
        """When somebody is not free, as a scheduling client asks for it. Source: RFC 6638, section 5."""
        question = FreeBusy()
        question.add("ORGANIZER", f"mailto:{organizer}")
        question.add("ATTENDEE", f"mailto:{attendee}")
        question.add("UID", f"busy-{attendee}")
        question.add("DTSTAMP", start)
        question.add("DTSTART", start)
        question.add("DTEND", end)
        asked = Text()
        asked.add("METHOD", "REQUEST")
        asked.add_component(question)
        outbox = self.path.replace("/calendar/", "/outbox/")
        answer = self._session.post(
            f"{self._server}{outbox}",
            asked.to_ical(),
            headers={"Content-Type": "text/calendar; charset=utf-8"},
            timeout=_SECONDS,
        )
        assert answer.status_code == HTTPStatus.OK, answer.text
        told = Text.from_ical(_text(etree.fromstring(answer.content), ".//C:calendar-data"))
        lines = told.walk("VFREEBUSY")[0].get("FREEBUSY", [])
        return [line.dt for line in (lines if isinstance(lines, list) else [lines])]

    def close(self) -> None:
        self._session.close()

    def _href(self, name: str, path: str) -> str:
        return _text(self._found(path, f"<{name}/>", depth=0)[0], f".//{name}/D:href")

    def _found(self, path: str, wanted: str, *, depth: int) -> list[etree._Element]:
        return self._asked("PROPFIND", path, _PROPFIND.format(wanted=wanted), depth=depth)

    def _asked(self, method: str, path: str, body: str, *, depth: int = 1) -> list[etree._Element]:
        headers = {"Depth": str(depth), "Content-Type": "text/xml; charset=utf-8"}
        answer = self._session.request(
            method, f"{self._server}{path}", data=body.encode(), headers=headers, timeout=_SECONDS
        )
        assert answer.status_code == HTTPStatus.MULTI_STATUS, f"{method} {path}: {answer.status_code} {answer.text}"
        return etree.fromstring(answer.content).findall("D:response", _NAMES)


def _entry(response: etree._Element) -> Entry:
    text = Text.from_ical(_text(response, ".//C:calendar-data"))
    assert isinstance(text, Text)
    return Entry(_text(response, "D:href"), _text(response, ".//D:getetag"), text)


def _text(element: etree._Element, path: str) -> str:
    return element.findtext(path, "", _NAMES)
