"""Pre-flight of a space: its rules beside its mailbox's, the lines that mend them, and *exclusive*."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.preflight import ByHandForm, ExclusiveForm, PasteForm
from booking.admin.forms.text import said
from booking.domain import mailbox_rules, pasted
from booking.domain import preflight as rules_of
from booking.domain.effects import Kind
from booking.domain.errors import Refused
from booking.domain.mailbox_rules import MailboxRules
from booking.domain.pasted import Pasted
from booking.domain.permissions import Permission
from booking.http import words
from booking.http.forms import Form
from booking.http.identity import current_actor, needs
from booking.http.wiring import engine_itself
from booking.services import processing
from booking.services.processing import Source
from booking.store.database import reading, transaction
from booking.sync import preflight
from booking.sync.preflight import Report

blueprint = Blueprint("admin_preflight", __name__, url_prefix="/admin/spaces/<slug>/exchange/pre-flight")

KEEP = "keep"


@blueprint.get("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def show(slug: str) -> ResponseReturnValue:
    """Show both sides' rules, and what they do together."""
    return _page(_report(slug))


@blueprint.post("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def paste(slug: str) -> ResponseReturnValue:
    """Read what was pasted, and keep it; with mistakes in it only if whoever pasted it says so."""
    form = PasteForm()
    if not form.validate_on_submit():
        return _page(_report(slug), paste_form=form, sent=form)
    found = pasted.read(said(form.output))
    stands = _report(slug)
    together = mailbox_rules.merged(stands.known.rules, found.rules)
    if stands.link is None or (found.mistakes and request.form.get("do") != KEEP):
        return _page(_report(slug, instead=together), paste_form=form, found=found)
    return _kept(slug, stands.link.id, together, source=Source.PASTED, found=found)


@blueprint.route("/by-hand", methods=["GET", "POST"])
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def by_hand(slug: str) -> ResponseReturnValue:
    """Enter the mailbox's rules one by one."""
    stands = _report(slug)
    if stands.link is None:
        return pages.refused("Pair the space first: its mailbox's rules are kept with the pairing.", _home(slug))
    form = ByHandForm()
    if form.validate_on_submit() and (rules := form.rules()) is not None:
        return _kept(slug, stands.link.id, rules, source=Source.BY_HAND)
    shown = form if form.is_submitted() else ByHandForm.of(stands.known.rules)
    return pages.show("admin/preflight/by_hand.html", form=form, shown=shown, report=stands, space=stands.space)


@blueprint.post("/look")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def look(slug: str) -> ResponseReturnValue:
    """Read the calendar once for what it shows of its mailbox's rules."""
    stands = _report(slug)
    try:
        preflight.look(engine_itself(), stands.space.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return pages.refused(words.sentence(refusal), _home(slug))
    return pages.done("The calendar was read. What it shows stands beside each rule.", _home(slug))


@blueprint.post("/exclusive")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def exclusive(slug: str) -> ResponseReturnValue:
    """Mark the room as our account's alone, if nothing that is known speaks against it."""
    stands = _report(slug)
    form = ExclusiveForm()
    if not form.validate_on_submit():
        return _page(stands, exclusive_form=form, sent=form)
    try:
        preflight.set_exclusive(engine_itself(), stands.space.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return pages.refused(words.sentence(refusal), _home(slug))
    return pages.done("Exclusive from now on. If somebody else's entry turns up there, you are told.", _home(slug))


def _report(slug: str, *, instead: MailboxRules | None = None) -> Report:
    with reading() as session:
        return preflight.report(session, scopes.space(session, slug), instead=instead)


def _kept(
    slug: str, link_id: int, rules: MailboxRules, *, source: Source, found: Pasted | None = None
) -> ResponseReturnValue:
    with transaction() as session:
        processing.keep(session, link_id, rules, source=source, actor=current_actor(), now=clock.now())
    number = (found.rules if found else rules).number_known
    told = f"Kept: {'one setting' if number == 1 else f'{number} settings'} of this mailbox."
    if not number:
        told = "Nothing of this mailbox's rules is known here any more."
    if found and found.identity:
        told += f" The text names {found.identity}."
    if found and found.notes:
        told += f" {' '.join(found.notes)}"
    return pages.done(told, _home(slug))


def _page(
    report: Report,
    *,
    paste_form: PasteForm | None = None,
    exclusive_form: ExclusiveForm | None = None,
    found: Pasted | None = None,
    sent: Form | None = None,
) -> ResponseReturnValue:
    return pages.show(
        "admin/preflight/show.html",
        form=sent,
        refused=bool(found and found.mistakes),
        report=report,
        space=report.space,
        paste_form=paste_form or PasteForm(formdata=None),
        exclusive_form=exclusive_form or ExclusiveForm(formdata=None),
        found=found,
        read_command=f"Get-CalendarProcessing -Identity {rules_of.quoted(report.ours.mailbox)} | Format-List",
        mending=[each.powershell for each in report.lines if each.kind in {Kind.WARNING, Kind.CLASH}],
        to_exclusive=rules_of.to_make_exclusive(report.ours),
        to_see_rights=rules_of.to_see_rights(report.ours),
    )


def _home(slug: str) -> str:
    return url_for(".show", slug=slug)
