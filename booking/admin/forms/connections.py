"""Forms of the Outlook/Exchange tabs. A password goes in and never comes out again."""

from typing import Final, Self

from wtforms import BooleanField, Field, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError

from booking.admin.forms.fields import Choice, DayField
from booking.admin.forms.text import ADDRESS, lines, one_line, said
from booking.domain import servers
from booking.domain.states import TitleOption
from booking.http.forms import Form
from booking.services.connections import ConnectionDraft
from booking.services.profiles import EffectiveProfile, ProfileDraft
from booking.store.queries.connections import ConnectionRow
from booking.sync.connections import VERSIONS, VERSIONS_HINT

BASIC: Final = "basic"
NTLM: Final = "ntlm"
IMPERSONATION: Final = "impersonation"
DELEGATE: Final = "delegate"


def _needed_beside_a_name(form: BaseForm, field: Field) -> None:
    """Ask for the address of an account whose user name is none."""
    if not said(field) and "@" not in said(form["username"]):
        raise StopValidation("Write the e-mail address of the account.")


class ConnectionForm(Form):
    """A calendar server and how we sign in to it."""

    name = StringField(
        "Name of this connection",
        description="For you and your colleagues, to tell servers apart: City Exchange.",
        filters=[one_line],
        validators=[InputRequired("Give the connection a name."), Length(max=120, message="Use 120 letters at most.")],
    )
    server = StringField(
        "Server/Host",
        description="The name of your Exchange server, like mail.example.org. Leave it empty, and it is looked for.",
        filters=[one_line],
        validators=[
            InputRequired("Write the name of the server."),
            Length(max=300, message="Use 300 letters at most."),
        ],
    )
    username = StringField(
        "Username",
        description="Either svc-rooms@example.org (the UPN) or STAFF\\svc-rooms. If one is refused, the other is often "
        "right.",
        filters=[one_line],
        validators=[
            InputRequired("Write the user name of the service account."),
            Length(max=254, message="Use 254 letters at most."),
        ],
    )
    netbios = StringField(
        "Windows domain (NetBIOS)",
        description="Only if the user name above is a name alone: STAFF here makes of svc-rooms STAFF\\svc-rooms.",
        filters=[one_line],
        validators=[Optional(), Length(max=64, message="Use 64 letters at most.")],
    )
    email = StringField(
        "E-mail address of the account",
        description="The address of the service account itself. It may differ from a user name that is an address too.",
        filters=[one_line],
        validators=[_needed_beside_a_name, Optional(), Length(max=254), ADDRESS],
    )
    alert_email = StringField(
        "Tell of trouble",
        description="Who gets a mail when this connection or one of its rooms is in trouble for ten minutes, and when "
        "it is over. Empty: whoever the settings of the installation name, or nobody.",
        filters=[one_line],
        validators=[Optional(), Length(max=254), ADDRESS],
    )
    email_domains = StringField(
        "Additional e-mail domains",
        description="If rooms or people have addresses in other domains than the account, with commas between them: "
        "example.net, dev.example.org. An address in none of them counts as from outside, and pairing it warns.",
        filters=[one_line],
        validators=[Optional(), Length(max=4000, message="Use 4,000 letters at most.")],
    )
    default_owner = StringField(
        "Default owner",
        description="Who owns an event that matches nobody here: a colleague’s e-mail address, or a name such as "
        "Exchange. It is shown in lists.",
        filters=[one_line],
        validators=[Optional(), Length(max=200, message="Use 200 letters at most.")],
    )
    password_expires_on = DayField(
        "The password expires on",
        description="Ask your Exchange administrator. Whoever is told of trouble gets a mail two weeks before.",
        validators=[Optional()],
    )
    password = PasswordField("Password", validators=[Length(max=500, message="Use 500 letters at most.")])
    sign_in = RadioField(
        "How the account signs in",
        choices={BASIC: "Basic", NTLM: "NTLM"},
        default=BASIC,
        validators=[InputRequired("Choose one.")],
    )
    rights = RadioField(
        "How the account reaches the rooms",
        choices={IMPERSONATION: "Impersonation", DELEGATE: "Delegate rights"},
        default=IMPERSONATION,
        validators=[InputRequired("Choose one.")],
    )
    version = SelectField(
        "Exchange version",
        description=VERSIONS_HINT,
        choices=dict(VERSIONS),
        default="",
    )
    ca_pem = TextAreaField(
        "Private certificate authority",
        description="Only for a server whose certificate your own organisation issued: paste its root certificate. "
        "It begins with -----BEGIN CERTIFICATE-----.",
        filters=[lines],
        validators=[Length(max=40_000, message="That is too long for a certificate.")],
    )

    def validate_ca_pem(self, field: TextAreaField) -> None:
        """Take a certificate in PEM form, or nothing; never a private key."""
        text = field.data or ""
        if "PRIVATE KEY" in text:
            field.data = ""  # what was pasted by mistake is not shown again
            raise ValidationError(
                "This holds a private key, which nobody but its owner should have. Paste only the certificate."
            )
        if text and not ("-----BEGIN CERTIFICATE-----" in text and "-----END CERTIFICATE-----" in text):
            raise ValidationError("This is not a certificate in PEM form. One begins with -----BEGIN CERTIFICATE-----.")

    @classmethod
    def of(cls, row: ConnectionRow | None, *, name: str = "") -> Self:
        """Return the form filled with what is stored, but never with the password; a new one with a name to begin."""
        if row is None:
            return cls(formdata=None, name=name[:120])
        rights = IMPERSONATION if row.impersonate else DELEGATE
        return cls(formdata=None, obj=row, data={"rights": rights, "password": ""})

    @property
    def way(self) -> str:
        """Return how the account signs in, also of a form that was not checked."""
        return NTLM if self.sign_in.data == NTLM else BASIC

    @property
    def login(self) -> str:
        """Return the name to sign in with, the domain with it."""
        return servers.login(said(self.username), said(self.netbios))

    def draft(self) -> ConnectionDraft:
        """Return what was entered; an empty password keeps the stored one."""
        return ConnectionDraft(
            name=said(self.name),
            server=said(self.server),
            username=said(self.username),
            password=self.password.data or None,
            email=said(self.email) or (said(self.username) if "@" in said(self.username) else ""),
            impersonate=self.rights.data == IMPERSONATION,
            sign_in=self.way,
            version=said(self.version),
            ca_pem=said(self.ca_pem),
            alert_email=said(self.alert_email),
            netbios=said(self.netbios),
            email_domains=said(self.email_domains),
            default_owner=said(self.default_owner),
            password_expires_on=self.password_expires_on.data,
        )


class TrialForm(Form):
    """Where a connection is to be tested."""

    mailbox = StringField(
        "Mailbox",
        description="The address of a room that the account shall reach. Empty: the connection alone, or a public "
        "folder.",
        filters=[one_line],
        validators=[Optional(), Length(max=254), ADDRESS],
    )
    folder = StringField(
        "Folder",
        description="Empty for the mailbox’s own calendar; else the name of another of its calendars, or of a public "
        "folder, with slashes: Events/Town Hall.",
        filters=[one_line],
        validators=[Optional(), Length(max=400, message="Use 400 letters at most.")],
    )


class UsedByForm(Form):
    """Which location shall use a connection."""

    location_id = Choice("Location")


class ChooseConnectionForm(Form):
    """Which of the existing connections a location uses."""

    connection_id = Choice("Connection")


class ProfileForm(Form):
    """What Outlook shows of us, and we of Outlook."""

    title_option = RadioField(
        "Outlook/Exchange Event Title",
        choices={
            TitleOption.NAME.value: "Use patron name",
            TitleOption.NAME_AND_EMAIL.value: "Use patron name and email",
            TitleOption.NICKNAME.value: "Use public nickname",
        },
        validators=[InputRequired("Choose one.")],
    )
    keep_organizers = BooleanField("Show staff who made an event in Outlook")
    tentative_blocks = BooleanField("Tentative events take the room")

    @classmethod
    def of(cls, profile: EffectiveProfile) -> Self:
        """Return the form filled with what applies."""
        return cls(formdata=None, obj=profile, data={"title_option": profile.title_option.value})

    def draft(self, stored: EffectiveProfile) -> ProfileDraft:
        """Return what was entered; what the form does not ask stays as it is."""
        return ProfileDraft(
            title_option=TitleOption(self.title_option.data),
            tentative_blocks=self.tentative_blocks.data,
            keep_organizers=self.keep_organizers.data,
            show_private_rows=stored.show_private_rows,
            keep_titles=stored.keep_titles,
            hold_when_unknown=stored.hold_when_unknown,
        )
