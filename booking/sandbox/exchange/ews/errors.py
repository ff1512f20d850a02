"""How EWS says no."""


class EwsError(Exception):
    """A response code with its sentence; stands in the answer for one item, or for the whole call."""

    def __init__(self, code: str, message: str = "", *, values: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message or _SENTENCES.get(code, code)
        self.values = values or {}


class Fault(EwsError):
    """A response code that ends the whole call with a SOAP fault."""


#: Exchange's own sentences for codes that are raised in more than one place.
_SENTENCES = {
    "ErrorAccessDenied": "Access is denied. Check credentials and try again.",
    "ErrorItemNotFound": "The specified object was not found in the store.",
    "ErrorInvalidIdMalformed": "Id is malformed.",
    "ErrorFolderNotFound": "The specified folder could not be found in the store.",
    "ErrorCannotUseItemIdForFolderId": "Id must be a folder's, not an item's.",
    "ErrorCannotUseFolderIdForItemId": "Id must be an item's, not a folder's.",
    "ErrorNonExistentMailbox": "The SMTP address has no mailbox associated with it.",
    "ErrorServerBusy": "The server cannot service this request right now. Try again later.",
    "ErrorImpersonateUserDenied": "The account does not have permission to impersonate the requested user.",
    "ErrorIrresolvableConflict": "The send or update operation could not be performed because the change key passed "
    "in the request does not match the current change key for the item.",
    "ErrorStaleObject": "An object within a change key list is stale.",
    "ErrorChangeKeyRequiredForWriteOperations": "A change key is required for this operation.",
    "ErrorCalendarEndDateIsEarlierThanStartDate": "EndDate is earlier than StartDate.",
}
