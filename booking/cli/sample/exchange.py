"""The sample's mailboxes in the stand-in Exchange, and the meetings that people wrote there."""

from dataclasses import dataclass
from datetime import date, timedelta

from booking.cli.sample import library
from booking.cli.sample.library import SampleSpace
from booking.cli.sample.moments import Day, Slot
from booking.sandbox.exchange import ExchangeSandbox

DOMAIN = "wexcombe.example"
SERVICE = f"booking-service@{DOMAIN}"
SERVICE_LOGIN = "WEXCOMBE\\booking-service"
SERVICE_PASSWORD = "sandbox only, no secret"  # noqa: S105 - of a stand-in on this machine
PEOPLE = {
    f"maya.patel@{DOMAIN}": "Maya Patel",
    f"tom.okafor@{DOMAIN}": "Tom Okafor",
    f"elena.rossi@{DOMAIN}": "Elena Rossi",
}
MAYA, TOM, ELENA = PEOPLE


@dataclass(frozen=True, slots=True)
class Meeting:
    """Something in a room's calendar that is no booking of ours."""

    room: str  # the space's slug
    when: Slot
    subject: str
    busy: str = "Busy"
    private: bool = False


MEETINGS = (
    Meeting("study-room-1", Slot(Day.MON, "09:00", 1.5), "Induction for new students"),
    Meeting("study-room-1", Slot(Day.THU, "14:00", 2), "Reading recovery group"),
    Meeting("study-room-2", Slot(Day.TUE, "10:00", 2), "Appraisal", private=True),
    Meeting("study-room-3", Slot(Day.FRI, "09:30", 1), "Collections meeting"),
    Meeting("quiet-pod", Slot(Day.WED, "15:00", 1), "Perhaps: visitor from Leeds", busy="Tentative"),
    Meeting("recording-studio", Slot(Day.WED, "10:00", 3), "Oral history interviews"),
    Meeting("maker-space", Slot(Day.SAT, "10:30", 3), "Repair café"),
    Meeting("media-lab", Slot(Day.MON, "13:00", 2), "Staff training: accessibility"),
    Meeting("harbour-room", Slot(Day.TUE, "14:00", 2.5), "Friends of the library: committee"),
    Meeting("lighthouse-room", Slot(Day.THU, "11:00", 1), "Interview", private=True),
    Meeting("crows-nest", Slot(Day.MON, "10:30", 1), "Tide tables, from home", busy="WorkingElsewhere"),
    Meeting("crows-nest", Slot(Day.FRI, "15:00", 1), "Keys are at the desk", busy="Free"),
)
#: A whole day in the week after this one: shelves are being moved.
ALL_DAY = Meeting("media-lab", Slot(Day.THU, "00:00", 24), "Closed for new shelving")
#: From this week on, without end.
WEEKLY = Meeting("harbour-room", Slot(Day.WED, "10:00", 1.5), "Toddler story time")
#: In a public folder, from this week on; blocks whatever space staff tick it for.
CLOSURE = Slot(Day.TUE, "08:00", 1)
#: Invited from a person's calendar; the room accepts, and shows the organiser's name.
INVITED = Meeting("study-room-3", Slot(Day.WED, "11:00", 1), "Budget 2027")


def set_up(sandbox: ExchangeSandbox) -> None:
    """Make the mailboxes and rights; those that are there already stay as they are."""
    sandbox.add_account(
        username=SERVICE, password=SERVICE_PASSWORD, email=SERVICE, name="Booking Service", domain_login=SERVICE_LOGIN
    )
    for address, name in PEOPLE.items():
        sandbox.add_user(address, name)
    for space in library.SPACES:
        sandbox.add_room(address_of(space), space.name, zone=space.zone)
        sandbox.grant(SERVICE, address_of(space), "impersonate")


def address_of(space: SampleSpace) -> str:
    """Return the address of a space's room."""
    return f"{space.slug}@{DOMAIN}"


def write_lasting(sandbox: ExchangeSandbox, monday: date) -> None:
    """Write what is there once, not anew each week: the weekly series, in a room and in a public folder."""
    space = library.space(WEEKLY.room)
    when = WEEKLY.when.in_week(monday, space.zone)
    sandbox.add_event(
        address_of(space), subject=WEEKLY.subject, start=when.start, end=when.end, repeat="weekly", zone=space.zone
    )
    closures = sandbox.add_public_folder("Closures", sandbox.add_public_folder("Library", folder_class="IPF.Note"))
    when = CLOSURE.in_week(monday, space.zone)
    sandbox.add_event(
        "", folder=closures, subject="Fire alarm test", start=when.start, end=when.end, repeat="weekly", zone=space.zone
    )


def write_week(sandbox: ExchangeSandbox, monday: date) -> None:
    """Write the meetings of the week that begins on `monday`."""
    for meeting in MEETINGS:
        _write(sandbox, meeting, monday)
    space = library.space(ALL_DAY.room)
    day = ALL_DAY.when.in_week(monday + timedelta(weeks=1), space.zone)
    sandbox.add_event(
        address_of(space), subject=ALL_DAY.subject, start=day.start, end=day.end, all_day=True, zone=space.zone
    )
    room = library.space(INVITED.room)
    when = INVITED.when.in_week(monday, room.zone)
    sandbox.invite(
        MAYA, rooms=[address_of(room)], subject=INVITED.subject, start=when.start, end=when.end, zone=room.zone
    )


def _write(sandbox: ExchangeSandbox, meeting: Meeting, monday: date) -> None:
    space = library.space(meeting.room)
    when = meeting.when.in_week(monday, space.zone)
    sandbox.add_event(
        address_of(space),
        subject=meeting.subject,
        start=when.start,
        end=when.end,
        busy=meeting.busy,
        private=meeting.private,
        zone=space.zone,
    )
