"""Messages to patrons: what waits, what went out, what failed and can be tried again."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Permission, Scope
from booking.http import addresses, wiring
from booking.http.identity import current_actor, needs, somewhere
from booking.mail.smtp import FolderPost
from booking.services import messages
from booking.store import queries
from booking.store.database import Session, reading, transaction

blueprint = Blueprint("admin_messages", __name__, url_prefix="/admin/messages")

STATES = {
    "waiting": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "failed": "Failed",
    "overtaken": "Not needed any more",
}
KINDS = {
    "confirmed": "Booking confirmed",
    "changed": "Booking changed",
    "cancelled": "Booking cancelled",
    "rejected": "Booking could not be made",
    "moved_in_outlook": "Moved in Outlook",
    "cancelled_in_outlook": "Cancelled in Outlook",
    "gave_way": "Gave way to Outlook",
    "restored": "Stands again",
}


def _place(session: Session, message_id: int, **_rest: object) -> Scope | None:
    return queries.messages.scope(session, message_id)


@blueprint.get("")
@needs(Permission.SEE_MESSAGES, on=somewhere)
def index() -> ResponseReturnValue:
    """List the messages about bookings of the places in which the person works."""
    state = request.args.get("state", "")
    mine = scopes.granted(Permission.SEE_MESSAGES)
    with reading() as session:
        found = queries.messages.search(
            session,
            scopes=mine,
            state=state if state in STATES else "",
            page=addresses.number(request.args.get("page"), otherwise=1, most=pages.LAST),
        )
        counts = queries.messages.counts(session, scopes=mine)
    return pages.show(
        "admin/messages/index.html",
        found=found,
        counts=counts,
        chosen=state if state in STATES else "",
        states=STATES,
        kinds=KINDS,
        mail_goes_out=wiring.settings.mail_goes_out,
    )


@blueprint.get("/<int:message_id>")
@needs(Permission.SEE_MESSAGES, on=_place)
def show(message_id: int) -> ResponseReturnValue:
    """Show a message; with its text where no mail server sends it, for then staff are how patrons get it."""
    with reading() as session:
        message = queries.messages.row(session, message_id)
    if message is None:
        raise NotFound(what="message")
    text = _text(message.message_id) if message.message_id else ""
    return pages.show(
        "admin/messages/show.html",
        message=message,
        text=text,
        states=STATES,
        kinds=KINDS,
        mail_goes_out=wiring.settings.mail_goes_out,
    )


@blueprint.post("/<int:message_id>/again")
@needs(Permission.SEE_MESSAGES, on=_place)
def again(message_id: int) -> ResponseReturnValue:
    """Try a failed message again."""
    try:
        with transaction() as session:
            messages.try_again(session, message_id, actor=current_actor(), now=clock.now())
    except NotPossible as refusal:
        return pages.refused(str(refusal), url_for(".show", message_id=message_id))
    return pages.done("The message waits again, and goes out within a minute.", url_for(".index"))


def _text(message_id: str) -> str:
    post = wiring.post
    kept = post.kept(message_id) if isinstance(post, FolderPost) else None
    return str(kept.get_content()) if kept else ""
