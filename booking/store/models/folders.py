"""Calendar folders beside the rooms' own calendars: what a server lists, what blocks a space, what matches none."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.domain.intervals import Interval
from booking.domain.states import FolderState, TreeState
from booking.store.models.base import Base


class RemoteFolderRow(Base):
    """A calendar folder of a connection: of a mailbox, public (no mailbox), or the service account's own calendar.

    It blocks the space it is ticked for; the account's own calendar blocks whichever spaces its events are about.
    """

    __tablename__ = "remote_folder"
    __table_args__ = (
        Index(None, "connection_id", "mailbox", "remote_id", unique=True),
        Index(None, "state", "next_read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    mailbox: Mapped[str] = mapped_column(String(254), default="")  # lower case; empty: public, or the account's own
    remote_id: Mapped[str] = mapped_column(Text)  # empty: the account's own calendar
    path: Mapped[str] = mapped_column(Text)  # JSON: the names from the top down, its own last
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"), index=True)
    state: Mapped[FolderState] = mapped_column(default=FolderState.LISTED)
    state_since: Mapped[datetime] = mapped_column()
    listed_at: Mapped[datetime | None] = mapped_column()  # when a listing showed it last
    missing_since: Mapped[datetime | None] = mapped_column()  # a listing that was whole did not show it
    free_at: Mapped[datetime | None] = mapped_column()  # unticked: from then on its times are free
    readings: Mapped[int] = mapped_column(
        default=0
    )  # raised by each claim and each choice: an older reading is dropped
    read_at: Mapped[datetime | None] = mapped_column()  # last good reading
    read_until: Mapped[datetime | None] = mapped_column()  # end of the window of that reading
    next_read_at: Mapped[datetime | None] = mapped_column()  # None: now
    read_failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    vanishing: Mapped[int] = mapped_column(default=0)  # frozen: so many entries seem to be gone at once
    matched_with: Mapped[str] = mapped_column(
        String(64), default=""
    )  # digest of the spaces that its events were held against

    @property
    def is_own(self) -> bool:
        """Tell whether it is the calendar of the service account itself."""
        return not self.remote_id


class UnmatchedEvent(Base):
    """An event of the service account's own calendar that is about no space of ours: its time, and why.

    No title and no person is kept, and of a private one no place.
    """

    __tablename__ = "unmatched_event"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        Index(None, "folder_id", "uid", "original_start", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("remote_folder.id"))
    uid: Mapped[str] = mapped_column(String(300))
    original_start: Mapped[str] = mapped_column(String(40), default="")
    remote_id: Mapped[str] = mapped_column(Text, default="")
    remote_etag: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    private: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(250), default="")  # as written there
    why: Mapped[str] = mapped_column(String(20))  # an `own_calendar.Why`
    seen_at: Mapped[datetime] = mapped_column()

    @property
    def when(self) -> Interval:
        """Return its time as a value."""
        return Interval(self.starts_at, self.ends_at)


class TreeReading(Base):
    """A reading of a folder tree that staff asked for, and how far it is: one row for each mailbox of a connection."""

    __tablename__ = "tree_reading"
    __table_args__ = (Index(None, "connection_id", "mailbox", unique=True), Index(None, "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    mailbox: Mapped[str] = mapped_column(String(254), default="")  # empty: the public folders
    state: Mapped[TreeState] = mapped_column(default=TreeState.WANTED)
    wanted_at: Mapped[datetime] = mapped_column()
    started_at: Mapped[datetime | None] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()
    done_at: Mapped[datetime | None] = mapped_column()  # last good reading
    found: Mapped[int] = mapped_column(default=0)  # calendars so far
    error: Mapped[str] = mapped_column(Text, default="")
