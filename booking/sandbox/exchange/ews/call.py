"""One call on its way: the request, who makes it, and how answers to its parts are put together."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

from booking.sandbox.exchange.ews import naming
from booking.sandbox.exchange.ews.access import Caller
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.soap import Request
from booking.sandbox.exchange.ews.xml import Element, m, t
from booking.sandbox.exchange.limits import Limits
from booking.sandbox.exchange.notices.subscriptions import Notices
from booking.sandbox.exchange.personalities import Personality
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import Connection


@dataclass(slots=True)
class Call:
    """What an operation gets. `refusals` say no in its place, each for parts about one mailbox, or (None) for all.

    An operation that answers on a hanging line sets `following`: each further answer, sent when it comes. Nothing
    holds the store while it runs, and it ends by itself when `connection.gone()`.
    """

    request: Request
    caller: Caller
    store: Store
    personality: Personality
    notices: Notices
    connection: Connection = field(default_factory=Connection)
    refusals: list[tuple[str | None, EwsError]] = field(default_factory=list)
    following: Generator[Element, None, None] | None = None
    #: The response codes that went out, for the request log.
    codes: list[str] = field(default_factory=list)

    @property
    def body(self) -> Element:
        return self.request.body

    @property
    def limits(self) -> Limits:
        return self.personality.limits

    def answer(
        self,
        parts: Iterable[Element],
        handle: Callable[[Element], Iterable[Element | None]],
        *,
        on_error: Callable[[], list[Element]] = list,
    ) -> Element:
        """The answer with one response message for each part, in order; one part's error spoils no other."""
        name = self.request.operation
        messages = [self._message(f"{name}ResponseMessage", part, handle, on_error) for part in parts]
        return m(f"{name}Response", m("ResponseMessages", *messages))

    def refuse_if_told(self, *mailboxes: str) -> None:
        """Raise the first error that a fault knob asked for in these mailboxes; in any, if none is named."""
        for mailbox, error in self.refusals:
            if mailbox is None or not mailboxes or mailbox in mailboxes:
                raise error

    def _message(
        self,
        name: str,
        part: Element,
        handle: Callable[[Element], Iterable[Element | None]],
        on_error: Callable[[], list[Element]],
    ) -> Element:
        try:
            if self.refusals:
                self.refuse_if_told(*naming.mailboxes(part, self.store))
            content = list(handle(part))
        except Fault:
            raise
        except EwsError as error:
            self.codes.append(error.code)
            return m(name, *failure(error), *on_error(), ResponseClass="Error")
        self.codes.append("NoError")
        return m(name, m("ResponseCode", "NoError"), *content, ResponseClass="Success")


def failure(error: EwsError) -> list[Element]:
    """What a response message that failed begins with."""
    content = [
        m("MessageText", error.message),
        m("ResponseCode", error.code),
        m("DescriptiveLinkKey", "0"),
    ]
    if error.values:
        content.append(m("MessageXml", *(t("Value", value, Name=name) for name, value in error.values.items())))
    return content
