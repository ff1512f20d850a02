"""Forms of pre-flight: a mailbox's rules as pasted, or one by one, and the word that nobody else may write."""

from collections.abc import Iterator, Mapping
from typing import Self

from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from booking.admin.forms.text import one_line, said
from booking.domain import mailbox_rules, pasted
from booking.domain.effects import RULES
from booking.domain.mailbox_rules import (
    LARGEST,
    SETTINGS,
    Automation,
    MailboxRules,
    Setting,
    Shape,
    UnclearError,
    Value,
)
from booking.http.forms import Form

_PEOPLE = "Names or addresses, one a line. “Nobody” if the list is empty; left empty: not known."
_NOBODY = frozenset({"nobody", "{}", "-"})
_MORE_HELP: Mapping[str, str] = {
    "AllBookInPolicy": "Everybody gets the room who keeps its rules.",
    "BookInPolicy": f"Who gets it without being asked about. {_PEOPLE}",
    "AllRequestInPolicy": "Everybody may ask for it, and a delegate decides.",
    "RequestInPolicy": f"Who may ask for it. {_PEOPLE}",
    "AllRequestOutOfPolicy": "Everybody may ask for it against its rules, and a delegate decides.",
    "RequestOutOfPolicy": f"Who may ask for it against its rules. {_PEOPLE}",
}


class PasteForm(Form):
    """What Get-CalendarProcessing printed."""

    output = TextAreaField(
        "What it printed",
        description="All of it, as it stands in the window; wrapped lines do no harm. JSON from ConvertTo-Json too.",
        validators=[
            InputRequired("Paste what the command printed."),
            Length(max=pasted.LONGEST, message="This is longer than a room's settings ever are."),
        ],
    )


class ExclusiveForm(Form):
    """The word of whoever marks a room as exclusive."""

    rights_seen = BooleanField(
        "I looked at the rights with the two lines above: nobody but our account gets an entry into this calendar, "
        "neither by a right nor by an invitation.",
        validators=[InputRequired("Look at the rights first, and say so here.")],
    )


class ByHandForm(Form):
    """A mailbox's rules one by one, by the names that they have in PowerShell."""

    @classmethod
    def of(cls, rules: MailboxRules) -> Self:
        """Return the form with what is known, not sent yet."""
        return cls(formdata=None, data={each.name: _shown(each, rules) for each in SETTINGS})

    @property
    def settings(self) -> Iterator[tuple[Setting, Field]]:
        """Return each setting with its field, in order."""
        for each in SETTINGS:
            yield each, self[each.name]

    def rules(self) -> MailboxRules | None:
        """Return what was entered; None, with a word beside each field, if something is no value of its setting."""
        values: dict[str, Value | None] = {}
        for setting, field in self.settings:
            written = said(field).strip()
            try:
                values[setting.field] = _value(setting, written)
            except UnclearError as unclear:
                self.complain(setting.name, str(unclear))
        return None if self.errors else mailbox_rules.with_values(MailboxRules(), values)


def _value(setting: Setting, written: str) -> Value | None:
    if not written:
        return None
    if setting.shape is Shape.PEOPLE and written.casefold() in _NOBODY:
        return ()
    return mailbox_rules.value_of(setting, written)


def _shown(setting: Setting, rules: MailboxRules) -> str:
    value = getattr(rules, setting.field)
    if isinstance(value, tuple):
        return "\n".join(value) or "Nobody"
    return "" if value is None else str(value)


def _field(setting: Setting) -> Field:
    rule = RULES.get(setting.name)
    help_words = _MORE_HELP.get(setting.name) or (rule.matters if rule else "")
    if setting.online_only:
        help_words = f"{help_words} Only Exchange Online has it."
    match setting.shape:
        case Shape.WORD:
            return _one_of(setting, help_words, *(each.value for each in Automation))
        case Shape.YES_NO:
            return _one_of(setting, help_words, "True", "False")
        case Shape.NUMBER:
            most = f" At most {setting.most}." if setting.most != LARGEST else " 0 means no limit."
            return StringField(setting.name, description=f"{help_words}{most}", filters=[one_line])
        case Shape.PEOPLE:
            return TextAreaField(setting.name, description=help_words)


def _one_of(setting: Setting, help_words: str, *values: str) -> Field:
    choices = {"": "Not known"} | {each: each for each in values}
    return SelectField(setting.name, description=help_words, choices=choices, default="")


for _setting in SETTINGS:  # one list of settings, here and everywhere
    setattr(ByHandForm, _setting.name, _field(_setting))
