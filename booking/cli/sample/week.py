"""The sample's bookings: what is booked in an ordinary week."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.cli.sample import library
from booking.cli.sample.moments import Day, Slot
from booking.cli.sample.people import PATRONS
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.permissions import SYSTEM
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import transaction

#: People book some days ahead.
AHEAD = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class SampleBooking:
    """Something that is booked in an ordinary week; `patron` counts in `PATRONS`."""

    space: str
    when: Slot
    patron: int
    title: str = ""
    nickname: str = ""


BOOKINGS = (
    SampleBooking("study-room-1", Slot(Day.MON, "11:00", 2), 0, "Chemistry revision"),
    SampleBooking("study-room-1", Slot(Day.TUE, "14:00", 1.5), 1),
    SampleBooking("study-room-1", Slot(Day.WED, "09:30", 1), 2, "Job interview"),
    SampleBooking("study-room-1", Slot(Day.FRI, "10:00", 2), 3, "Irish conversation"),
    SampleBooking("study-room-1", Slot(Day.FRI, "15:00", 2), 9, "Tutoring"),
    SampleBooking("study-room-2", Slot(Day.MON, "16:00", 2), 4, "Maths tutoring"),
    SampleBooking("study-room-2", Slot(Day.WED, "13:00", 2), 4, "Maths tutoring"),
    SampleBooking("study-room-2", Slot(Day.FRI, "12:30", 1.5), 5),
    SampleBooking("study-room-2", Slot(Day.SAT, "11:00", 3), 6, "Family history"),
    SampleBooking("study-room-3", Slot(Day.TUE, "09:00", 3), 7, "Thesis group"),
    SampleBooking("study-room-3", Slot(Day.THU, "17:00", 2), 8, "French book club"),
    SampleBooking("study-room-3", Slot(Day.FRI, "14:00", 3), 7, "Thesis group"),
    SampleBooking("quiet-pod", Slot(Day.MON, "10:00", 1), 9),
    SampleBooking("quiet-pod", Slot(Day.THU, "10:30", 1.5), 2, "Video call"),
    SampleBooking("quiet-pod", Slot(Day.FRI, "11:00", 1), 6),
    SampleBooking("night-study-room", Slot(Day.MON, "23:00", 3), 5, "Exam week"),
    SampleBooking("night-study-room", Slot(Day.THU, "22:30", 3), 1, "Night shift reading"),
    SampleBooking("night-study-room", Slot(Day.FRI, "06:00", 2), 8),
    SampleBooking("night-study-room", Slot(Day.SAT, "14:00", 3), 5, "Exam week"),
    SampleBooking("recording-studio", Slot(Day.TUE, "12:00", 3), 3, "Podcast", "The Tidal Hour"),
    SampleBooking("recording-studio", Slot(Day.FRI, "13:00", 2), 8, "Demo tape", "Les Mouettes"),
    SampleBooking("maker-space", Slot(Day.WED, "17:00", 3), 6, "Sewing circle", "Loose Threads"),
    SampleBooking("maker-space", Slot(Day.FRI, "09:30", 2.5), 4, "Robotics", "Robot Friends"),
    SampleBooking("media-lab", Slot(Day.TUE, "15:00", 2), 0, "Film editing"),
    SampleBooking("media-lab", Slot(Day.FRI, "14:00", 2), 1, "Photo course", "Slow Shutters"),
    SampleBooking("harbour-room", Slot(Day.MON, "13:00", 2), 7, "Chess club"),
    SampleBooking("harbour-room", Slot(Day.THU, "16:00", 3), 2, "Residents' meeting"),
    SampleBooking("harbour-room", Slot(Day.FRI, "11:00", 2), 9, "English for newcomers"),
    SampleBooking("lighthouse-room", Slot(Day.TUE, "11:00", 1.5), 8, "Writers' group"),
    SampleBooking("lighthouse-room", Slot(Day.FRI, "13:30", 2), 3),
    SampleBooking("crows-nest", Slot(Day.WED, "14:00", 1), 1),
    SampleBooking("crows-nest", Slot(Day.FRI, "12:00", 1.5), 0, "Mentoring"),
    SampleBooking("study-room-2", Slot(Day.TUE, "13:00", 2), 9, "Spanish for beginners"),
    SampleBooking("study-room-2", Slot(Day.THU, "12:00", 2), 5),
    SampleBooking("study-room-3", Slot(Day.WED, "15:00", 2), 1, "Debating society"),
    SampleBooking("quiet-pod", Slot(Day.TUE, "09:00", 1), 3),
    SampleBooking("recording-studio", Slot(Day.MON, "15:00", 2), 2, "Audio guide"),
    SampleBooking("recording-studio", Slot(Day.THU, "12:00", 2), 7, "Radio play", "Night Ferry"),
    SampleBooking("maker-space", Slot(Day.MON, "14:00", 3), 4, "3D printing", "Plastic Fantastic"),
    SampleBooking("maker-space", Slot(Day.THU, "16:00", 3), 8, "Bookbinding"),
    SampleBooking("media-lab", Slot(Day.WED, "13:00", 3), 0, "Coding club", "Null Island"),
    SampleBooking("harbour-room", Slot(Day.SAT, "10:00", 2.5), 6, "Family history day"),
    SampleBooking("lighthouse-room", Slot(Day.MON, "15:00", 2), 1, "Philosophy café"),
    SampleBooking("crows-nest", Slot(Day.TUE, "16:00", 1), 9),
    SampleBooking("boat-shed", Slot(Day.THU, "18:00", 4), 6, "Choir rehearsal"),
    SampleBooking("boat-shed", Slot(Day.FRI, "20:00", 5), 3, "Ceilidh"),
    SampleBooking("boat-shed", Slot(Day.SAT, "19:00", 6), 4, "Harbour concert"),
)


def book(monday: date, *, everything: bool, now: datetime) -> None:
    """Book the week that begins on `monday`; without `everything`, only what is yet to come. What is there stays.

    Each is booked as if some days ahead, so that this week's past days are not empty.
    """
    for number, sample in enumerate(BOOKINGS):
        when = sample.when.in_week(monday, library.space(sample.space).zone)
        if everything or when.start > now:
            _book(sample, when, key=f"sample-{monday.isoformat()}-{number}", now=min(now, when.start - AHEAD))


def _book(sample: SampleBooking, when: Interval, *, key: str, now: datetime) -> None:
    patron = Patron(*PATRONS[sample.patron])
    try:
        with transaction() as session:
            space = queries.places.space_by_slug(session, sample.space)
            if space is not None:
                wish = Wish(space.id, (when,), patron, sample.title, sample.nickname, request_key=key)
                bookings.place(session, wish, actor=SYSTEM, now=now)
    except Refused:
        return  # a visitor was there first, or changed the hours
