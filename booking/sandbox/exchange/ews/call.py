"""One call on its way: the request, who makes it, and how answers to its parts are put together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from booking.sandbox.exchange.ews.access import Caller
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.soap import Request
from booking.sandbox.exchange.ews.xml import Element, m, t
from booking.sandbox.exchange.personalities import Personality
from booking.sandbox.exchange.state.store import Store


@dataclass(slots=True)
class Call:
    """What an operation gets. `refuse` says no in place of the operation, for parts that name that mailbox."""

    request: Request
    caller: Caller
    store: Store
    personality: Personality
    refuse: EwsError | None = None
    refuse_for: str | None = None
    #: The response codes that went out, for the request log.
    codes: list[str] = field(default_factory=list)

    @property
    def body(self) -> Element:
        return self.request.body

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

    def refuse_if_told(self, mailbox: str | None = None) -> None:
        """Raise the error that a fault knob asked for."""
        if self.refuse is not None and (self.refuse_for is None or mailbox in {None, self.refuse_for}):
            raise self.refuse

    def _message(
        self,
        name: str,
        part: Element,
        handle: Callable[[Element], Iterable[Element | None]],
        on_error: Callable[[], list[Element]],
    ) -> Element:
        try:
            self.refuse_if_told()
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
