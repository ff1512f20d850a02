"""What forms share: a base with the reasons of a refusal beside the right field."""

from collections.abc import Iterable
from typing import ClassVar

from flask_wtf import FlaskForm
from wtforms import Field

from booking.domain.errors import Invalid, Refused
from booking.http import words


class Form(FlaskForm):
    """A form whose fields show why what was asked for was refused, and lose nothing."""

    #: Where a refusal belongs, by its code; the others stand above the form.
    places: ClassVar[dict[str, str]] = {}

    def explain(self, refusal: Refused, *, zone: str | None = None) -> None:
        """Put the reason beside the field it is about, or above the form."""
        if isinstance(refusal, Invalid):
            for name, why in refusal.fields.items():
                self.complain(name, why)
            return
        self.complain(self.places.get(refusal.code), words.sentence(refusal, zone=zone))

    def complain(self, name: str | None, why: str) -> None:
        """Put a sentence beside the field of that name; above the form if there is none."""
        if name and name in self:
            field: Field = self[name]
            field.errors = [*field.errors, why]
        else:
            self.form_errors.append(why)

    @property
    def complaints(self) -> Iterable[tuple[Field | None, str]]:
        """Every reason with its field (None: above the form), in the order of the page."""
        for why in self.form_errors:
            yield None, why
        for field in self:
            for why in field.errors:
                yield field, why
