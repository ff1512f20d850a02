"""Whose folders are read."""

from typing import Final

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from booking.admin.forms.text import ADDRESS, one_line, said
from booking.http.forms import Form

PUBLIC: Final = "public"
MAILBOX: Final = "mailbox"


class SourceForm(Form):
    """The public folders, or those of a mailbox."""

    whose = RadioField(
        "Whose folders",
        choices={PUBLIC: "The public folders", MAILBOX: "The folders of a mailbox"},
        validators=[InputRequired("Choose one.")],
        default=PUBLIC,
    )
    mailbox = StringField(
        "E-mail address of the mailbox",
        description="For example library@example.org. The account needs the right to read it.",
        filters=[one_line],
        validators=[Length(max=254, message="Use 254 letters at most.")],
    )

    def validate_mailbox(self, field: StringField) -> None:
        """Ask for an address where one is needed."""
        if self.whose.data != MAILBOX:
            return
        if not field.data:
            raise ValidationError("Write the e-mail address of the mailbox.")
        ADDRESS(self, field)

    @property
    def address(self) -> str:
        """Return whose folders are meant; empty: the public ones."""
        return said(self.mailbox) if self.whose.data == MAILBOX else ""
