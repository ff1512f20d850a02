"""The keys of each kind of table: what each is called in the file, the field it sets, and who reads its value."""

from booking.cli import connecting
from booking.cli.applying import mapped, words
from booking.cli.applying.tables import Keys
from booking.cli.applying.words import WrongValue
from booking.domain.reconcile import Choice, OnChange, OnConflict, OnOverlap, OnText
from booking.domain.states import Direction, TitleOption
from booking.domain.windows import SyncWindow


def _rights(value: object) -> bool:
    """Return whether the account impersonates the rooms."""
    found = {"impersonation": True, "delegate": False}.get(words.text(value))
    if found is None:
        raise WrongValue('This must be "impersonation" or "delegate".')
    return found


def _reference(value: object) -> str:
    """Return where a secret is; whatever else stands there is never repeated."""
    if not isinstance(value, str):
        raise WrongValue('This must be "env:NAME" or "file:PATH", in quotation marks.')
    return words.text(value)


def _sign_in(value: object) -> str:
    found = words.text(value).lower()
    if found not in {"basic", "ntlm"}:
        raise WrongValue('This must be "basic" or "ntlm".')
    return found


def _version(value: object) -> str:
    return connecting.version(words.text(value))


LOCATION: Keys = {
    "name": ("name", words.text),
    "time_zone": ("zone", words.zone),
    "public": ("is_public", words.truth),
    "address": ("address", words.text),
    "phone": ("phone", words.text),
    "contact": ("contact_name", words.text),
    "contact_email": ("contact_email", words.text),
    "position": ("position", words.number),
    "connection": ("connection", words.text),
    "retired": ("retired", words.truth),
}
CATEGORY: Keys = {
    "name": ("name", words.text),
    "description": ("description", words.text),
    "nickname": ("nickname_allowed", words.truth),
    "position": ("position", words.number),
    "retired": ("retired", words.truth),
}
#: What a location or a category may say for all spaces in it.
FOR_SPACES: Keys = {
    "zone": ("zone", words.text),
    "capacity": ("capacity", words.number),
    "description": ("description", words.text),
    "directions": ("directions", words.text),
    "accessible": ("accessible", words.truth),
    "powered": ("powered", words.truth),
    "mailbox": ("mailbox", words.text),
}
SPACE: Keys = {
    "name": ("name", words.text),
    "position": ("position", words.number),
    "retired": ("retired", words.truth),
    **FOR_SPACES,
}
RULES: Keys = {
    "step": ("step_minutes", words.or_default(words.minutes)),
    "shortest": ("shortest_minutes", words.or_default(words.minutes)),
    "longest": ("longest_minutes", words.or_default(words.minutes)),
    "lead": ("lead_minutes", words.or_default(words.minutes)),
    "window": ("window_days", words.or_default(words.days)),
    "padding_before": ("padding_before_minutes", words.or_default(words.minutes)),
    "padding_after": ("padding_after_minutes", words.or_default(words.minutes)),
}
PROFILE: Keys = {
    "active": ("active", words.truth),
    "direction": ("direction", words.choice(Direction)),
    "when_deleted": ("when_deleted", words.choice(Choice)),
    "when_moved": ("when_moved", words.choice(Choice)),
    "when_changed": ("when_changed", words.choice(OnChange)),
    "when_both_changed": ("when_both_changed", words.choice(OnConflict)),
    "when_text_edited": ("when_text_edited", words.choice(OnText)),
    "when_overlapped": ("when_overlapped", words.choice(OnOverlap)),
    "title": ("title_option", words.choice(TitleOption)),
    "tentative_blocks": ("tentative_blocks", words.truth),
    "show_private_rows": ("show_private_rows", words.truth),
    "keep_titles": ("keep_titles", words.truth),
    "keep_organizers": ("keep_organizers", words.truth),
    "hold_when_unknown": ("hold_when_unknown", words.truth),
    "window": ("window", words.choice(SyncWindow)),
    "days_back": ("days_back", words.days),
    "fields": ("field_mapping", mapped.fields),
}
CONNECTION: Keys = {
    "name": ("name", words.text),
    "server": ("server", words.text),
    "username": ("username", words.text),
    "email": ("email", words.text),
    "password": ("password", _reference),
    "rights": ("impersonate", _rights),
    "sign_in": ("sign_in", _sign_in),
    "version": ("version", _version),
    "authority": ("ca_pem", words.text),
    "alerts_to": ("alert_email", words.text),
    "netbios": ("netbios", words.text),
    "email_domains": ("email_domains", words.text),
    "default_owner": ("default_owner", words.text),
    "password_expires": ("password_expires_on", words.day),
}
CLOSURE: Keys = {
    "from": ("begins", words.moment),
    "to": ("ends", words.moment),
    "reason": ("reason", words.text),
    "removed": ("removed", words.truth),
}
EXCEPTION: Keys = {"hours": ("hours", words.spans), "note": ("note", words.text)}
