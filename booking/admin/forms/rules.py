"""The fields of booking rules, shared by the forms of categories and spaces."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from wtforms.validators import NumberRange, Optional

from booking.admin.forms.fields import WholeNumber
from booking.domain.rules import OwnRules, SpaceRules

_YEAR: Final = 366
_DAY_MINUTES: Final = 1440


@dataclass(frozen=True, slots=True)
class RuleField:
    """One rule on a form: its field, its label, and what it does in a sentence."""

    name: str
    label: str
    help: str
    least: int
    most: int


RULE_FIELDS: Final = (
    RuleField("step_minutes", "Step (minutes)", "Bookings begin and end on this step, counted from midnight.", 5, 240),
    RuleField("shortest_minutes", "Shortest booking (minutes)", "Nobody can book less.", 5, _DAY_MINUTES),
    RuleField(
        "longest_minutes", "Longest booking (minutes)", "Nobody can book more in one go. 240 is 4 hours.", 5, 1560
    ),
    RuleField("lead_minutes", "Lead time (minutes)", "How long before its start a booking must be made.", 0, 43200),
    RuleField("window_days", "Booked ahead at most (days)", "How far into the future the calendar is open.", 1, _YEAR),
    RuleField("padding_before_minutes", "Kept free before (minutes)", "Time to prepare the room.", 0, 240),
    RuleField("padding_after_minutes", "Kept free after (minutes)", "Time to tidy up.", 0, 240),
)

NAMES: Final = tuple(rule.name for rule in RULE_FIELDS)


def _field(rule: RuleField) -> WholeNumber:
    limits = NumberRange(rule.least, rule.most, message=f"Write a whole number from {rule.least} to {rule.most:,}.")
    return WholeNumber(rule.label, description=rule.help, validators=[Optional(), limits])


class RuleFields:
    """Mixed into a form: the seven rules, each of which may stay empty."""

    step_minutes = _field(RULE_FIELDS[0])
    shortest_minutes = _field(RULE_FIELDS[1])
    longest_minutes = _field(RULE_FIELDS[2])
    lead_minutes = _field(RULE_FIELDS[3])
    window_days = _field(RULE_FIELDS[4])
    padding_before_minutes = _field(RULE_FIELDS[5])
    padding_after_minutes = _field(RULE_FIELDS[6])

    @property
    def own_rules(self) -> OwnRules:
        """Return what was entered; None where the wider place decides."""
        return OwnRules(**{name: getattr(self, name).data for name in NAMES})


def values_of(own: OwnRules) -> dict[str, int | None]:
    """Return what a place sets itself, by field: what its form shows."""
    return {name: getattr(own, name) for name in NAMES}


def inherited(rules: SpaceRules) -> dict[str, str]:
    """Return, for each rule field, what applies when it stays empty, in words."""
    return {
        "step_minutes": words(rules.step),
        "shortest_minutes": words(rules.shortest),
        "longest_minutes": words(rules.longest),
        "lead_minutes": words(rules.lead),
        "window_days": words(rules.window),
        "padding_before_minutes": words(rules.padding_before),
        "padding_after_minutes": words(rules.padding_after),
    }


def words(span: timedelta) -> str:
    """Return "30 min", "4 h", "1 h 30 min", "90 days" or "none"."""
    if not span:
        return "none"
    if span % timedelta(days=1) == timedelta():
        return f"{span.days} day{'' if span.days == 1 else 's'}"
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
