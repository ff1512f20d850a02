"""Forms of a space's pairing, and of the dry run."""

from collections.abc import Mapping
from typing import Final

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from booking.admin.forms.text import ADDRESS, one_line
from booking.domain.states import Authority
from booking.http.forms import Form

LEAVE: Final = "leave"
REMOVE: Final = "remove"
#: What the buttons of a pairing's form say.
PREVIEW: Final = "preview"
CONFIRMED: Final = "confirmed"
EVERYTHING: Final = "all"
LONGEST_NUMBER: Final = 9


class LinkForm(Form):
    """The mailbox a space is paired with, and who may write into its calendar."""

    address = StringField(
        "Outlook/Exchange Resource",
        description="The e-mail address of the mailbox of this room. Your Exchange administrator knows it.",
        filters=[one_line],
        validators=[
            InputRequired("Write the e-mail address of the mailbox of this room."),
            Length(max=254, message="Use 254 letters at most."),
            ADDRESS,
        ],
    )
    authority = RadioField(
        "Who may book this room",
        choices={
            Authority.SHARED.value: "Shared: people also book it in Outlook",
            Authority.EXCLUSIVE.value: "Exclusive: only our account writes into its calendar",
        },
        default=Authority.SHARED.value,
        validate_choice=False,  # asked only where a pairing is new
    )

    @property
    def chosen_authority(self) -> Authority | None:
        """Return who may write there; None where it was not asked."""
        return Authority(self.authority.data) if self.authority.data in set(Authority) else None


class DisconnectForm(Form):
    """What happens in Outlook when a space is let go."""

    entries = RadioField(
        "What we wrote into its calendar",
        choices={LEAVE: "Leave it there", REMOVE: "Remove what is still to come"},
        validators=[InputRequired("Choose one.")],
        default=LEAVE,
    )


class BlocksForm(Form):
    """Which of the times that a mailbox left taken are free from now on."""

    events = SelectMultipleField(
        "Times to free", coerce=str, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def validate_events(self, field: SelectMultipleField) -> None:
        """Ask for one at least.

        Raises:
            ValidationError: nothing was ticked.
        """
        if not field.data:
            raise ValidationError("Tick what shall be free. What is not ticked stays taken.")


class ResetForm(Form):
    """The last question before a pairing is marked for reset."""


class Target(SelectField):
    """One of a grouped list."""

    def pre_validate(self, form: BaseForm) -> None:
        """Ask for one of those offered.

        Raises:
            ValidationError: it is another.
        """
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError("Choose one from the list.") from None


class DryRunForm(Form):
    """What a dry run looks at, and how far it has come."""

    target = Target("What to look at", default=EVERYTHING)
    begin = HiddenField(default="0")
    so_far = HiddenField(default="")

    def offer(self, groups: Mapping[str, Mapping[str, str]]) -> None:
        """Let people choose everything, or one of these, by group."""
        self.target.choices = {EVERYTHING: "Every space that you may pair"} | {
            name: dict(choices) for name, choices in groups.items() if choices
        }

    @property
    def first(self) -> int:
        """Return the number of the room to begin with."""
        text = self.begin.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0

    @property
    def sums(self) -> list[int]:
        """Return what earlier steps came to; nothing for anything but numbers."""
        parts = (self.so_far.data or "").split(",")
        good = all(part.isdecimal() and len(part) < LONGEST_NUMBER for part in parts)
        return [int(part) for part in parts] if good else []
