"""The judge: Microsoft's schema over every message that a client of others and the sandbox say to each other.

What a message is worth decides the shared schema proxy's own `check`. Only how it passes on is ours: one connection to
the sandbox for each of the client's, because NTLM signs in a connection; and streamed answers are judged, too.
"""

import importlib.util
import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Self

from lxml import etree

#: Set by the Makefile: the program beside this checkout that holds each message against the schema.
TOOL = "SCHEMA_PROXY"
_ENVELOPE_END = re.compile(rb"</(?:\w+:)?Envelope\s*>")
_FAULT = re.compile(rb"<(?:\w+:)?Fault[\s/>]")
_MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
_TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
_DIRECTIONS = ("request", "response")


@dataclass(frozen=True)
class Row:
    """What one client said of one operation, and what it was answered."""

    client: str
    operation: str
    requests: int
    answers: int
    faults: int
    invalid_requests: int
    invalid_answers: int

    def __add__(self, other: Self) -> Self:
        """Add the other's numbers to one's own, under one's own names."""
        return replace(
            self,
            requests=self.requests + other.requests,
            answers=self.answers + other.answers,
            faults=self.faults + other.faults,
            invalid_requests=self.invalid_requests + other.invalid_requests,
            invalid_answers=self.invalid_answers + other.invalid_answers,
        )


class Judge:
    """Counts the messages of all clients by operation, and keeps what the schema says against them."""

    def __init__(self, tool: ModuleType) -> None:
        self._tool = tool
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        #: Client, direction and operation of a message that is not valid, with what is wrong: how often.
        self.invalid: Counter[tuple[str, str, str, str]] = Counter()

    def request(self, client: str, raw: bytes) -> str:
        """Judge a request, and return the operation it is for; nothing if it is none."""
        name = self._check(client, "request", "", raw)
        operation = name.removesuffix("Request")
        if operation:
            self._count(client, operation, "request")
        return operation

    def answer(self, client: str, operation: str, raw: bytes) -> None:
        """Judge an answer to that operation; a SOAP fault is counted as such, one without a body is no answer."""
        if raw.strip() and operation:
            name = self._check(client, "response", operation, raw)
            self._count(client, operation, "response" if name or not _FAULT.search(raw) else "fault")

    def streamed(self, client: str, operation: str) -> Callable[[bytes], None]:
        """What judges an answer that comes in pieces: each whole envelope, as soon as it is there.

        The schema has a stream's Notification in the types namespace. Exchange writes it in that of messages, and
        clients look for it there, so that alone is put right before. Source: exchangelib, GetStreamingEvents.
        """
        pending = bytearray()

        def take(piece: bytes) -> None:
            pending.extend(piece)
            while (end := _ENVELOPE_END.search(pending)) is not None:
                self.answer(client, operation, _by_the_book(bytes(pending[: end.end()])))
                del pending[: end.end()]

        return take

    def used(self, by: str) -> set[str]:
        """The operations that some message of that client was for."""
        with self._lock:
            return {operation for client, operation, _ in self._counts if client == by}

    def rows(self) -> list[Row]:
        """One for each client and operation, in order of their names."""
        with self._lock:
            pairs = sorted({(client, operation) for client, operation, _ in self._counts})
            return [self._row(client, operation) for client, operation in pairs]

    def _row(self, client: str, operation: str) -> Row:
        requests, answers, faults = (self._counts[client, operation, kind] for kind in (*_DIRECTIONS, "fault"))
        bad = {
            way: sum(n for key, n in self.invalid.items() if key[:3] == (client, way, operation)) for way in _DIRECTIONS
        }
        return Row(client, operation, requests, answers, faults, bad["request"], bad["response"])

    def _count(self, client: str, operation: str, kind: str) -> None:
        with self._lock:
            self._counts[client, operation, kind] += 1

    def _check(self, client: str, direction: str, operation: str, raw: bytes) -> str:
        """The message's name; what is wrong with it is noted."""
        with self._lock:
            before = self._tool.wrong.copy()
            name = self._tool.check(raw, direction, quiet=True) or ""
            for reason in self._tool.wrong - before:
                key = (client, direction, operation or name.removesuffix("Request") or "?", reason)
                self.invalid[key] += 1
            return str(name)


def _by_the_book(envelope: bytes) -> bytes:
    root = etree.fromstring(envelope)
    for found in root.findall(f".//{{{_MESSAGES}}}Notifications/{{{_MESSAGES}}}Notification"):
        found.tag = f"{{{_TYPES}}}Notification"
    return etree.tostring(root)


def judge() -> Judge:
    """Make one with the shared tool; its absence is an error, never a reason to pass."""
    path = os.environ.get(TOOL)  # noqa: TID251 - the Makefile hands it down, and tests have no settings
    if not path:
        msg = f"The schema proxy is missing. Run this with `make interop`, which names it in {TOOL}."
        raise FileNotFoundError(msg)
    spec = importlib.util.spec_from_file_location("ews_schema_proxy", Path(path))
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return Judge(tool)
