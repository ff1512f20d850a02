"""The Outlook/Exchange tab of a space: its mailbox, and everything that staff do with the pairing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms import text
from booking.admin.forms.pairings import CONFIRMED, LEAVE, PREVIEW, DisconnectForm, LinkForm
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.permissions import Permission
from booking.domain.states import Authority, LinkState
from booking.http import words
from booking.http.identity import current_actor, needs
from booking.http.wiring import cadence, engine_itself
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.models import PushItem
from booking.store.queries.conflicts import ConflictRow
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.health import ErrorRow
from booking.store.queries.links import LinkRow
from booking.store.queries.places import SpaceRow
from booking.sync import imports, links, preflight, previews, resets, status
from booking.sync.connections import Outcome
from booking.sync.imports import Progress
from booking.sync.preflight import Report
from booking.sync.previews import ImportPlan, LeavingProgress, Pairing
from booking.sync.resets import Reset
from booking.sync.status import SpaceHealth

blueprint = Blueprint("admin_links", __name__, url_prefix="/admin/spaces/<slug>/exchange")


@dataclass(frozen=True, slots=True)
class Tab:
    """What the tab shows besides its form. All but space and connection are empty for a space that is not paired."""

    space: SpaceRow
    connection: ConnectionRow | None
    link: LinkRow | None = None
    health: SpaceHealth | None = None
    plan: ImportPlan | None = None  # what an import would write
    leaving: LeavingProgress | None = None  # while it is on its way out
    reset: Reset | None = None  # the last one
    preflight: Report | None = None
    left: int = 0  # times still taken by events of mailboxes that it was disconnected from
    progress: Progress | None = None
    conflicts: tuple[ConflictRow, ...] = ()
    errors: tuple[ErrorRow, ...] = ()


@blueprint.get("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def show(slug: str) -> ResponseReturnValue:
    """Show how the space is paired and how that goes."""
    with reading() as session:
        tab = tab_of(session, slug)
    return _page(tab)


@blueprint.post("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def pair(slug: str) -> ResponseReturnValue:
    """Save & Test: pair the space with a mailbox if we may read and write it, and say each step."""
    with reading() as session:
        tab = tab_of(session, slug)
    form = LinkForm()
    outcome = None
    if form.validate_on_submit():
        try:
            if _wants_preview(tab, form):
                return _preview(tab, form)
            outcome = links.pair(
                engine_itself(),
                space_id=tab.space.id,
                address=text.said(form.address),
                actor=current_actor(),
                now=clock.now(),
                authority=form.chosen_authority,
            )
        except Refused as refusal:
            form.explain(refusal)
    if outcome and outcome.saved:
        with reading() as session:
            tab = tab_of(session, slug)
        return _page(tab, outcome=outcome)
    return _page(tab, form=form, outcome=outcome)


def _wants_preview(tab: Tab, form: LinkForm) -> bool:
    """Tell whether to show first what follows: when asked to, and always before another mailbox is let go."""
    said = request.form.get("do", "")
    other = tab.link is not None and tab.link.mailbox != text.said(form.address).lower()
    return said == PREVIEW or (other and said != CONFIRMED)


def _preview(tab: Tab, form: LinkForm) -> ResponseReturnValue:
    """Show what pairing would do; a test that fails shows where the address was entered."""
    found = previews.pairing(
        engine_itself(),
        space_id=tab.space.id,
        address=text.said(form.address),
        actor=current_actor(),
        now=clock.now(),
    )
    if found.rehearsal is None:
        return _page(tab, form=form, outcome=Outcome(found.steps, saved=False))
    return _previewed(tab, form, found)


def _previewed(tab: Tab, form: LinkForm, found: Pairing) -> ResponseReturnValue:
    return pages.show("admin/links/preview.html", tab=tab, space=tab.space, link_form=form, found=found)


@blueprint.post("/pause")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def pause(slug: str) -> ResponseReturnValue:
    """Stop reading and writing for a while."""
    return _do(
        slug,
        links.pause,
        "Paused: nothing is read from Outlook or written there. Bookings that people make wait until you resume it.",
    )


@blueprint.post("/resume")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def resume(slug: str) -> ResponseReturnValue:
    """Go on after a pause."""
    return _do(slug, links.resume, "Resumed. The calendar was read, and what waits is being written.")


@blueprint.post("/exclusive")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def exclusive(slug: str) -> ResponseReturnValue:
    """Say that our account alone may write into the calendar."""
    action = partial(links.set_authority, authority=Authority.EXCLUSIVE)
    return _do(slug, action, "Exclusive from now on. If somebody else's entry turns up there, you are told.")


@blueprint.post("/shared")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def shared(slug: str) -> ResponseReturnValue:
    """Say that people may write into the calendar too."""
    action = partial(links.set_authority, authority=Authority.SHARED)
    return _do(slug, action, "Shared from now on: we look before and after each booking.")


@blueprint.post("/read")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def reread(slug: str) -> ResponseReturnValue:
    """Read the calendar again, with all guards."""
    return _do(slug, links.reread, "The calendar was asked again. Its state stands below.")


@blueprint.post("/retry")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def retry(slug: str) -> ResponseReturnValue:
    """Try again whatever waits or was given up."""
    return _do(slug, links.retry, "What waits is tried again now.")


@blueprint.get("/frozen")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def frozen(slug: str) -> ResponseReturnValue:
    """Show what the calendar held when we last believed it, what of it is not shown first, so that staff can judge."""
    now = clock.now()
    with reading() as session:
        tab = tab_of(session, slug)
        if tab.link is None:
            return pages.refused("This space is not paired.", url_for(".show", slug=slug))
        coming = Interval(now, now + tab.link.window)
        theirs = sorted(
            queries.external.expected(session, tab.link.id, during=coming, now=now),
            key=lambda each: (each.missing_since is None, each.starts_at),
        )
        ours = sorted(
            _ours(session, tab.link), key=lambda each: (each.missing_since is None, each.occurrence.starts_at)
        )
        missing = sum(each.missing_since is not None for each in theirs)
        missing += sum(each.missing_since is not None for each in ours)
        return pages.show(
            "admin/links/frozen.html", tab=tab, space=tab.space, theirs=theirs, ours=ours, missing=missing
        )


@blueprint.post("/vanished")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def accept_vanished(slug: str) -> ResponseReturnValue:
    """Believe that what vanished is gone: its time is free again, its bookings are cancelled."""
    return _do(slug, links.accept_vanished, "What is gone from Outlook was let go here.")


@blueprint.route("/disconnect", methods=["GET", "POST"])
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def disconnect(slug: str) -> ResponseReturnValue:
    """Ask what becomes of the entries in Outlook, then let the mailbox go."""
    form = DisconnectForm()
    with reading() as session:
        tab = tab_of(session, slug)
        if tab.link is None:
            return pages.refused("This space is not paired.", url_for(".show", slug=slug))
        plan = previews.leaving(session, tab.link.id, now=clock.now())
    if form.validate_on_submit():
        leave = form.entries.data == LEAVE
        try:
            links.disconnect(engine_itself(), tab.link.id, leave_entries=leave, actor=current_actor(), now=clock.now())
        except Refused as refusal:
            form.explain(refusal)
        else:
            return pages.done(
                f"{tab.space.name} is being disconnected. All bookings stay here.", url_for(".show", slug=slug)
            )
    return pages.show("admin/links/disconnect.html", form=form, tab=tab, space=tab.space, plan=plan)


def tab_of(session: Session, slug: str) -> Tab:
    """Return what the tab of that space shows."""
    now = clock.now()
    space = scopes.space(session, slug)
    connection = queries.connections.row_of_location(session, space.location_id)
    link = queries.links.row_of_space(session, space.id)
    left = queries.left_behind.counts(session, [space.id], now=now).get(space.id, 0)
    if link is None:
        return Tab(space, connection, left=left)
    run = queries.runs.latest_import(session, link.id)
    health = status.spaces(session, now=now, cadence=cadence())
    return Tab(
        space,
        connection,
        link=link,
        health=next((each for each in health if each.link_id == link.id), None),
        plan=previews.importing(session, link.id, now=now),
        leaving=previews.leaving_progress(session, link) if link.state is LinkState.LEAVING else None,
        reset=resets.latest(session, link.id),
        preflight=preflight.report(session, space),
        left=left,
        progress=imports.progress(session, run, now=now) if run is not None else None,
        conflicts=queries.conflicts.unsettled(session, link_id=link.id),
        errors=queries.health.errors(session, link.id, at_most=5),
    )


def _ours(session: Session, link: LinkRow) -> list[PushItem]:
    """Return the entries that we wrote and that are still to come."""
    now = clock.now()
    rows = queries.push.all_of_link(session, link.id)
    return [each for each in rows if each.remote_id and each.want_present and each.occurrence.ends_at > now]


def _do(slug: str, action: Callable[..., None], done: str) -> ResponseReturnValue:
    with reading() as session:
        space = scopes.space(session, slug)
        link = queries.links.row_of_space(session, space.id)
    if link is None:
        abort(404)
    try:
        action(engine_itself(), link.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return pages.refused(words.sentence(refusal), url_for(".show", slug=slug))
    return pages.done(done, url_for(".show", slug=slug))


def _page(tab: Tab, *, form: LinkForm | None = None, outcome: Outcome | None = None) -> ResponseReturnValue:
    shown = form or LinkForm(formdata=None, address=tab.link.mailbox if tab.link else "")
    return pages.show(
        "admin/links/show.html",
        form=form,
        link_form=shown,
        refused=bool(outcome and not outcome.saved),
        tab=tab,
        space=tab.space,
        outcome=outcome,
        may_connect=current_actor().may(Permission.EDIT_CONNECTIONS, on=tab.space.scope),
    )
