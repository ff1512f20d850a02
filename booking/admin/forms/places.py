"""Forms of locations, zones, categories and spaces."""

import re
from collections.abc import Iterable
from typing import Final
from zoneinfo import available_timezones

from flask_wtf.file import FileField
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from booking.admin.forms.fields import Choice, WholeNumber
from booking.admin.forms.rules import RuleFields
from booking.admin.forms.text import ADDRESS, lines, number, one_line, said
from booking.http.forms import Form
from booking.services.places import CategoryDraft, LocationDraft, SpaceDraft
from booking.store.queries.places import CategoryRow, ZoneRow

NO_ZONE: Final = 0

#: What people choose from: places of the world, without the old names and abbreviations.
ZONES: Final = tuple(
    sorted(
        name
        for name in available_timezones()
        if re.match(r"^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/|^UTC$", name)
    )
)
_EVERY_ZONE: Final = frozenset(available_timezones())
_SLUG: Final = Regexp(
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$", message="Use small letters, figures and single hyphens, like central-library."
)


def _name(label: str, help_text: str = "") -> StringField:
    return StringField(
        label,
        description=help_text,
        filters=[one_line],
        validators=[InputRequired("Write a name."), Length(max=200, message="Use 200 letters at most.")],
    )


def _slug() -> StringField:
    return StringField(
        "Short name in addresses",
        description="Stands in the address of its page. Empty: made from the name.",
        filters=[one_line],
        validators=[Optional(), Length(max=80, message="Use 80 letters at most."), _SLUG],
    )


def _position() -> WholeNumber:
    return WholeNumber(
        "Place in lists",
        description="Lower numbers come first; equal ones go by name.",
        default=0,
        validators=[
            InputRequired("Write a whole number; 0 is fine."),
            NumberRange(0, 9999, message="Write a whole number from 0 to 9,999."),
        ],
    )


def _text(label: str, help_text: str, most: int = 4000) -> TextAreaField:
    return TextAreaField(
        label,
        description=help_text,
        filters=[lines],
        validators=[Length(max=most, message=f"Use {most:,} letters at most.")],
    )


class LocationForm(Form):
    """A building or branch."""

    name = _name("Name", "As people call it: Central Library.")
    zone = StringField(
        "Time zone",
        description="Type to search, for example London or New_York. All times of this location are in it.",
        filters=[one_line],
        validators=[InputRequired("Choose a time zone.")],
    )
    is_public = BooleanField(
        "Public", description="Patrons find it and book here. Otherwise only staff see it.", default=True
    )
    address = _text("Address", "Shown to patrons.", 500)
    phone = StringField("Telephone", filters=[one_line], validators=[Length(max=60, message="Use 60 letters at most.")])
    contact_name = StringField(
        "Contact",
        description="Whom patrons may ask.",
        filters=[one_line],
        validators=[Length(max=200, message="Use 200 letters at most.")],
    )
    contact_email = StringField(
        "E-mail of the contact",
        filters=[one_line],
        validators=[Optional(), Length(max=254), ADDRESS],
    )
    slug = _slug()
    position = _position()

    def validate_zone(self, field: StringField) -> None:
        """Take only zones that this computer knows."""
        if field.data not in _EVERY_ZONE:
            raise ValidationError(
                f"There is no time zone “{field.data}”. Choose one from the list, like Europe/London."
            )

    def draft(self, location_id: int | None) -> LocationDraft:
        """Return what was entered; without an id, a new location."""
        return LocationDraft(
            name=said(self.name),
            zone=said(self.zone),
            is_public=self.is_public.data,
            address=said(self.address),
            phone=said(self.phone),
            contact_name=said(self.contact_name),
            contact_email=said(self.contact_email),
            slug=said(self.slug),
            position=number(self.position),
            id=location_id,
        )


class ZoneForm(Form):
    """A part of a location."""

    name = _name("Name", "A floor or a wing, as people find their way: Second floor.")
    position = _position()


class CategoryForm(RuleFields, Form):
    """Spaces of one kind."""

    name = _name("Name", "What its spaces are: Group study rooms.")
    description = _text("Description", "Shown to patrons above the spaces.")
    nickname_allowed = BooleanField(
        "Public nickname",
        description="People may give a name for the door, and for Outlook where the location says so.",
    )
    slug = _slug()
    position = _position()

    def draft(self, location_id: int, category_id: int | None) -> CategoryDraft:
        """Return what was entered; without an id, a new category."""
        return CategoryDraft(
            location_id=location_id,
            name=said(self.name),
            description=said(self.description),
            nickname_allowed=self.nickname_allowed.data,
            slug=said(self.slug),
            position=number(self.position),
            own=self.own_rules,
            id=category_id,
        )


class SpaceForm(RuleFields, Form):
    """What is booked."""

    name = _name("Name", "As it stands on the door.")
    category_id = Choice("Category", description="Its rules apply unless you change them below.")
    zone_id = Choice("Zone", description="Where in the building it is.")
    capacity = WholeNumber(
        "Seats",
        default=4,
        validators=[
            InputRequired("Write how many people fit in."),
            NumberRange(1, 10000, message="Write a whole number from 1 to 10,000."),
        ],
    )
    description = _text("Description", "What is in it and what it is good for.")
    directions = _text("How to find it", "From the entrance, in a sentence or two.", 1000)
    accessible = BooleanField("Step-free", description="It can be reached and used in a wheelchair.")
    powered = BooleanField("Power sockets", description="Laptops can be plugged in.")
    image = FileField("Photograph", description="PNG, JPEG or WebP, 5 MB at most.")
    remove_image = BooleanField("Remove the photograph")
    slug = _slug()
    position = _position()

    def draft(self, space_id: int | None, *, image: str) -> SpaceDraft:
        """Return what was entered, with the name of the photograph's file; without an id, a new space."""
        return SpaceDraft(
            category_id=self.category_id.number,
            name=said(self.name),
            capacity=number(self.capacity),
            description=said(self.description),
            directions=said(self.directions),
            image=image,
            accessible=self.accessible.data,
            powered=self.powered.data,
            zone_id=self.zone_id.number or None,
            slug=said(self.slug),
            position=number(self.position),
            own=self.own_rules,
            id=space_id,
        )

    def offer(self, categories: Iterable[CategoryRow], zones: Iterable[ZoneRow]) -> None:
        """Let people choose among these."""
        self.category_id.offer((row.id, row.name) for row in categories)
        self.zone_id.offer([(NO_ZONE, "In none"), *((row.id, row.name) for row in zones)])
