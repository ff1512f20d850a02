"""Has a service do what the file says, and keeps it only if it made a difference.

What differs is seen by comparing before with after, so that the services alone decide what is right and how it is
stored. All of it stands in one transaction; each step can be taken back by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from booking.cli.applying.lines import Path
from booking.cli.applying.mistakes import Mistakes
from booking.cli.applying.plan import Action, Change
from booking.cli.applying.tables import Said
from booking.domain.errors import Invalid, Refused
from booking.domain.permissions import Actor
from booking.http import words
from booking.store.database import Session

#: A thing as it is, in words, by field; empty when there is no such thing.
View = Mapping[str, str]
_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a step is about: its name, what the file says of it, and what its fields are called there."""

    what: str
    said: Said
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """Return what the file calls a field."""
        return self.labels.get(name, name)

    def place(self, name: str) -> Path:
        """Return where a field stands, or where it is missing."""
        return self.said.places.get(name) or (*self.said.path, self.label(name))


@dataclass
class Work:
    """Does the steps of a file one by one, and collects what changed and what was wrong."""

    session: Session
    actor: Actor
    now: datetime
    mistakes: Mistakes
    changes: list[Change] = field(default_factory=list)

    def settle(
        self,
        subject: Subject,
        *,
        view: Callable[[], View],
        act: Callable[[Mapping[str, Any]], object],
        needed: Mapping[str, Any] = _NONE,
    ) -> bool:
        """Do a step with all that the file says of its subject; tell whether the thing stands then.

        What is wrong is remembered, and the step done without it: so that what depends on it is checked too. Nothing
        of a file with a mistake is kept in the end.

        Args:
            subject: what it is about.
            view: gives the thing as it is.
            act: does it, given values by field.
            needed: what to take for a field that has no right value and cannot do without.
        """
        values = dict(subject.said.values)
        while wrong := self._tried(subject, values, view=view, act=act):
            left = {name: value for name, value in values.items() if name not in wrong}
            spare = {name: needed[name] for name in wrong & needed.keys() if values.get(name) != needed[name]}
            if len(left) == len(values) and not spare:
                return False
            values = left | spare
        return True

    def refuse(self, path: Path, why: str) -> None:
        """Remember what is wrong at a place in the file."""
        self.mistakes.wrong(path, why)

    def _tried(
        self,
        subject: Subject,
        values: Mapping[str, Any],
        *,
        view: Callable[[], View],
        act: Callable[[Mapping[str, Any]], object],
    ) -> frozenset[str]:
        """Do a step; return the fields with which it could not be done, "" for one that could not be done at all."""
        before = view()
        step = self.session.begin_nested()
        try:
            act(values)
            self.session.flush()
        except Invalid as refusal:
            step.rollback()
            return self._remember(subject, refusal)
        except Refused as refusal:
            step.rollback()
            self.refuse(subject.said.path, words.sentence(refusal))
            return frozenset({""})
        after = view()
        if after == before:
            step.rollback()
            return frozenset()
        step.commit()
        self.changes += self._differences(subject, before, after)
        return frozenset()

    def _remember(self, subject: Subject, refusal: Invalid) -> frozenset[str]:
        for name, why in refusal.fields.items():
            self.refuse(subject.place(name), why)
        return frozenset(refusal.fields)

    def _differences(self, subject: Subject, before: View, after: View) -> list[Change]:
        if not before:
            line = self.mistakes.line(subject.said.path)
            return [Change(Action.CREATE, subject.what, new=after.get("name", ""), line=line)]
        return [
            Change(
                Action.CHANGE,
                subject.what,
                subject.label(name),
                before.get(name, ""),
                after[name],
                self.mistakes.line(subject.place(name)),
            )
            for name in after
            if before.get(name, "") != after[name]
        ]
