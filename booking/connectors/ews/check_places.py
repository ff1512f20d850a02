"""The part of a connection test that is about the account's own mailbox, and the mailbox and folder to be tried."""

from booking.connectors.ews import faults
from booking.connectors.ews.trial import Said, Stop, Trial
from booking.connectors.places import RemoteFolder
from booking.connectors.port import Definite, Kind, StepResult

FRESH = "Fresh rights may take some minutes to come into force: wait, then test again."
_NAMED = 8  # folders that are named where the one asked for is not there


def account(trial: Trial) -> Said:
    """Say whether the account has a mailbox, and whether its address is what was entered."""
    settings, refusal = trial.settings, trial.own_refusal
    if refusal is not None and (refusal.code in faults.MAILBOX_GONE or refusal.kind is Kind.FORBIDDEN):
        how = "can still act for the rooms" if settings.impersonate else "often cannot use rights on other calendars"
        remedy = (
            f"Ask the Exchange administrator to give the account a mailbox (Enable-Mailbox {settings.username}); where"
            " mailboxes need a licence, a licence too."
        )
        words = f"The server shows no mailbox of {settings.username} itself. An account without one {how}."
        return StepResult.WARNING, words, remedy
    if not settings.email:
        return StepResult.OK, "", ""
    trial.client()  # the next question has no more time than is left
    if trial.asked.resolve(settings.email) is None:
        return (
            StepResult.WARNING,
            f"The server knows no mailbox with the address {settings.email}.",
            "Correct the e-mail address of the account: its domain also tells which addresses are your own.",
        )
    return StepResult.OK, f"{settings.email}.", ""


def mailbox(trial: Trial) -> Said:
    """Find the mailbox that was chosen."""
    if not trial.mailbox:
        return StepResult.OK, "None was chosen: the folder is looked for among the public folders.", ""
    trial.client()
    try:
        found = trial.asked.resolve(trial.mailbox)
    except Definite as refusal:
        if refusal.kind is not Kind.MAILBOX_GONE:
            raise
        found = None
    if found is None:
        raise Stop(f"The server knows no mailbox {trial.mailbox}.", "Check the room's e-mail address.")
    trial.mailbox = found.address
    return StepResult.OK, f"{found.name} ({found.address}).", ""


def folder(trial: Trial) -> Said:
    """Find the folder that was chosen; without one it is the mailbox's own calendar."""
    if not trial.folder:
        return StepResult.OK, "The mailbox’s own calendar.", ""
    trial.client()
    listed = list(trial.asked.folders(trial.mailbox))
    wanted = [each for each in listed if each.is_called(trial.folder)]
    if not wanted:
        raise Stop(f"There is no calendar folder {trial.folder}.", _others(listed))
    if len(wanted) > 1:
        paths = ", ".join("/".join(each.path) for each in wanted[:_NAMED])
        raise Stop(f"Several folders are called so: {paths}.", "Write the whole path, with slashes between the names.")
    trial.chosen = wanted[0]
    return StepResult.OK, f"{'/'.join(trial.chosen.path)}.", ""


def _others(listed: list[RemoteFolder]) -> str:
    names = ", ".join("/".join(each.path) for each in listed[:_NAMED])
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return f"Those that the account sees: {names}{more}." if names else "The account sees no calendar folder there."


def read(trial: Trial) -> Said:
    """Say whether the account may read there."""
    trial.client()
    if trial.chosen is not None and not trial.chosen.is_default:
        trial.rights = trial.asked.folder_rights(trial.chosen.id, trial.mailbox)
    else:
        trial.rights = trial.asked.probe(trial.mailbox)
    if not trial.rights.read:
        raise Stop(trial.rights.missing, FRESH)
    return StepResult.OK, "", ""


def write(trial: Trial) -> Said:
    """Say whether the account may write there; in a folder that is only read, it need not."""
    rights = trial.rights
    if rights is not None and rights.write:
        return StepResult.OK, "", ""
    if trial.chosen is not None and not trial.chosen.is_default:
        return StepResult.OK, "It may not, and need not: such a folder is only read.", ""
    raise Stop(rights.missing if rights else "", FRESH)
