"""The state of two-way sync: connections, profiles, links and what stands on both sides (SYNC.md section 2)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass, Choice, OnChange, OnConflict, OnOverlap, OnText
from booking.domain.states import Authority, Direction, LinkState, PushOp, PushState, Tier, TitleOption
from booking.domain.windows import SyncWindow
from booking.store.models.base import Base, Kept
from booking.store.models.bookings import Occurrence
from booking.store.models.places import Space
from booking.store.types import EncryptedText

_LIVE = text("state != 'ended'")


class Installation(Base):
    """This installation: one row. `install_id` also lies in `instance/identity`."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    install_id: Mapped[str] = mapped_column(String(32))
    key_fingerprint: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")  # the library's; heads every page
    #: Why nothing is written to any calendar until an administrator has decided; empty: writes go.
    stopped: Mapped[str] = mapped_column(Text, default="", server_default="")
    stopped_since: Mapped[datetime | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()


class Connection(Kept, Base):
    """A calendar server and how we sign in to it; several locations may use one."""

    __tablename__ = "connection"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    protocol: Mapped[str] = mapped_column(String(16), default="ews")
    server: Mapped[str] = mapped_column(String(300))
    username: Mapped[str] = mapped_column(String(254))
    password: Mapped[str] = mapped_column(EncryptedText)
    email: Mapped[str] = mapped_column(String(254), default="")
    impersonate: Mapped[bool] = mapped_column(default=True)
    sign_in: Mapped[str] = mapped_column(String(16), default="basic", server_default="basic")  # or "ntlm"
    version: Mapped[str] = mapped_column(String(40), default="")
    ca_pem: Mapped[str] = mapped_column(Text, default="")
    paused: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)  # raised by each change, so that workers connect anew
    # The breaker (SYNC.md section 7): one sign-in after start, change or failure; then all or none.
    breaker_until: Mapped[datetime | None] = mapped_column()
    breaker_reason: Mapped[str] = mapped_column(Text, default="")
    writes_stopped: Mapped[str] = mapped_column(Text, default="")  # the restore guard's reason; empty: writes go
    throttled_until: Mapped[datetime | None] = mapped_column()
    #: One process of all signs in first; the others wait for it.
    dialling_by: Mapped[str] = mapped_column(String(60), default="", server_default="")
    dialling_until: Mapped[datetime | None] = mapped_column()
    alert_email: Mapped[str] = mapped_column(String(254), default="", server_default="")  # who is told of alerts
    netbios: Mapped[str] = mapped_column(String(64), default="", server_default="")  # DOMAIN of DOMAIN\\name
    email_domains: Mapped[str] = mapped_column(Text, default="", server_default="")  # besides its own, commas between
    default_owner: Mapped[str] = mapped_column(String(200), default="", server_default="")  # of what nobody here owns
    password_expires_on: Mapped[date | None] = mapped_column()  # as staff wrote it down; told of two weeks before
    reads_own_calendar: Mapped[bool] = mapped_column(default=False, server_default=false())
    folders_read_at: Mapped[datetime | None] = mapped_column()  # last good reading of its folder tree
    signed_in_at: Mapped[datetime | None] = mapped_column()  # last good sign-in with this revision
    checked_at: Mapped[datetime | None] = mapped_column()
    check_report: Mapped[str] = mapped_column(Text, default="")  # JSON of the last test's steps


class SyncProfile(Kept, Base):
    """How sync behaves in the places that it is given to. Its name is for staff."""

    __tablename__ = "sync_profile"
    __table_args__ = (CheckConstraint("days_back BETWEEN 0 AND 180", name="looks_back_half_a_year_at_most"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True)
    direction: Mapped[Direction] = mapped_column(default=Direction.BOTH)
    when_deleted: Mapped[Choice] = mapped_column(default=Choice.FOLLOW)
    when_moved: Mapped[Choice] = mapped_column(default=Choice.FOLLOW)
    when_changed: Mapped[OnChange] = mapped_column(default=OnChange.PUT_BACK, server_default="put_back")
    when_both_changed: Mapped[OnConflict] = mapped_column(default=OnConflict.EXCHANGE)
    when_text_edited: Mapped[OnText] = mapped_column(default=OnText.PUT_BACK, server_default="put_back")
    when_overlapped: Mapped[OnOverlap] = mapped_column(default=OnOverlap.FLAG, server_default="flag")
    title_option: Mapped[TitleOption] = mapped_column(default=TitleOption.NAME)
    tentative_blocks: Mapped[bool] = mapped_column(default=False)
    show_private_rows: Mapped[bool] = mapped_column(default=False)
    keep_titles: Mapped[bool] = mapped_column(default=False)  # of outside events
    keep_organizers: Mapped[bool] = mapped_column(default=False)  # "Populate name from Outlook"
    hold_when_unknown: Mapped[bool] = mapped_column(default=False)  # else refuse
    #: Which ended items are synced. The column has another name: this one is a word of SQL.
    window: Mapped[SyncWindow] = mapped_column("window_kind", default=SyncWindow.TODAY, server_default="today")
    days_back: Mapped[int] = mapped_column(default=0)  # of that window, where it is so many days
    field_mapping: Mapped[str] = mapped_column(Text, default="", server_default="")  # JSON (`domain.mapping`)


class ProfileMember(Base):
    """A place that has a profile of its own: one at most. The nearest applies; an inactive one stops sync there."""

    __tablename__ = "profile_member"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN category_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN space_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="is_one_place",
        ),
        Index(None, "location_id", unique=True),
        Index(None, "category_id", unique=True),
        Index(None, "space_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("sync_profile.id"), index=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"))


class CalendarLink(Kept, Base):
    """A space paired with a mailbox; never edited, only ended and made anew."""

    __tablename__ = "calendar_link"
    __table_args__ = (
        Index("uq_calendar_link_live_mailbox", "mailbox", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("uq_calendar_link_live_space", "space_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    space: Mapped[Space] = relationship(lazy="raise")
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), index=True)
    connection: Mapped[Connection] = relationship(lazy="raise")
    mailbox: Mapped[str] = mapped_column(String(254))  # the primary address, lower case
    mailbox_name: Mapped[str] = mapped_column(String(200), default="")
    authority: Mapped[Authority] = mapped_column(default=Authority.SHARED)
    state: Mapped[LinkState] = mapped_column(default=LinkState.ACTIVE)
    state_since: Mapped[datetime] = mapped_column()
    state_reason: Mapped[str] = mapped_column(Text, default="")
    writes: Mapped[int] = mapped_column(default=0)  # raised by each intent and each answer
    fence: Mapped[int] = mapped_column(default=0)  # raised by each claim
    claimed_by: Mapped[str] = mapped_column(String(60), default="")
    claimed_until: Mapped[datetime | None] = mapped_column()
    # T1: free/busy of the near window; its digest is stored only together with an applied T2.
    near_read_at: Mapped[datetime | None] = mapped_column()
    far_read_at: Mapped[datetime | None] = mapped_column()
    near_digest: Mapped[str] = mapped_column(String(64), default="")
    far_digest: Mapped[str] = mapped_column(String(64), default="")
    rest_digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    # T2: the exact read; what it covered counts as known.
    read_at: Mapped[datetime | None] = mapped_column()
    read_until: Mapped[datetime | None] = mapped_column()  # end of the window of the last good exact read
    full_read_at: Mapped[datetime | None] = mapped_column()
    look_at: Mapped[datetime | None] = mapped_column()  # an exact read is due from then on; None: not
    written_at: Mapped[datetime | None] = mapped_column()
    read_failures: Mapped[int] = mapped_column(default=0)
    next_read_at: Mapped[datetime | None] = mapped_column()
    last_error: Mapped[str] = mapped_column(Text, default="")
    imported_at: Mapped[datetime | None] = mapped_column()
    # T0: when a watch last heard of this mailbox, or that all was quiet there. T3: the last full comparison.
    watched_at: Mapped[datetime | None] = mapped_column()
    reconciled_at: Mapped[datetime | None] = mapped_column()
    #: The mailbox's own rules, as JSON (`domain.preflight`), and when they were read or entered.
    processing: Mapped[str] = mapped_column(Text, default="", server_default="")
    processing_at: Mapped[datetime | None] = mapped_column()
    #: When the first sync was done, each way: all that stood here was there, all that stood there was here.
    first_written_at: Mapped[datetime | None] = mapped_column()
    first_read_at: Mapped[datetime | None] = mapped_column()
    #: After "this is the server": the next full read takes what this database cannot know as it stands there.
    recovering: Mapped[bool] = mapped_column(default=False, server_default=false())


class PushItem(Kept, Base):
    """What one occurrence should be in one calendar, and what it is. Level-triggered, not a log."""

    __tablename__ = "push_item"
    __table_args__ = (
        Index(None, "occurrence_id", "link_id", unique=True),
        Index(None, "link_id", "state", "next_at"),
        Index(None, "link_id", "remote_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id"))
    occurrence: Mapped[Occurrence] = relationship(lazy="raise")
    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_link.id"))
    link: Mapped[CalendarLink] = relationship(lazy="raise")
    want_version: Mapped[int] = mapped_column(default=1)
    want_present: Mapped[bool] = mapped_column(default=True)
    wanted_at: Mapped[datetime | None] = mapped_column()  # since when it lacks what is wanted; None: it has it
    acked_version: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int] = mapped_column(default=1)
    state: Mapped[PushState] = mapped_column(default=PushState.DIRTY)
    remote_id: Mapped[str] = mapped_column(Text, default="")  # the Sync ID
    remote_etag: Mapped[str] = mapped_column(Text, default="")
    remote_uid: Mapped[str] = mapped_column(String(300), default="")
    remote_text_hash: Mapped[str] = mapped_column(String(64), default="")
    # What was sent last, to compare with what the server shows.
    sent_starts_at: Mapped[datetime | None] = mapped_column()
    sent_ends_at: Mapped[datetime | None] = mapped_column()
    sent_text_hash: Mapped[str] = mapped_column(String(64), default="")  # digest of the subject, body and place we sent
    sent_extras: Mapped[str] = mapped_column(String(64), default="", server_default="")  # categories, reminder; no: ""
    sent_busy: Mapped[BusyClass] = mapped_column(default=BusyClass.BUSY, server_default="Busy")
    intent_op: Mapped[PushOp | None] = mapped_column()
    intent_version: Mapped[int | None] = mapped_column()
    intent_at: Mapped[datetime | None] = mapped_column()
    intent_until: Mapped[datetime | None] = mapped_column()
    intent_fence: Mapped[int | None] = mapped_column()
    recheck_at: Mapped[datetime | None] = mapped_column()  # the second look
    attempts: Mapped[int] = mapped_column(default=0)
    put_backs: Mapped[int] = mapped_column(default=0)
    put_back_day: Mapped[str] = mapped_column(String(10), default="")
    next_at: Mapped[datetime | None] = mapped_column()
    last_error: Mapped[str] = mapped_column(Text, default="")
    gone_at: Mapped[datetime | None] = mapped_column()  # a tombstone from then on
    missing_since: Mapped[datetime | None] = mapped_column()  # a frozen room does not show its entry

    @validates("state")
    def _in_step(self, _key: str, state: PushState) -> PushState:
        """Forget since when something is lacking, in whatever way both sides came into step."""
        if state in {PushState.CLEAN, PushState.GONE}:
            self.wanted_at = None
        return state

    @validates("remote_uid")
    def _cut(self, _key: str, uid: str) -> str:
        """Keep as much of a UID as tables take: an entry that somebody made up may bear one of any length."""
        return uid[:300]

    @property
    def sent_when(self) -> Interval | None:
        """Return the time that was sent last."""
        if self.sent_starts_at is None or self.sent_ends_at is None:
            return None
        return Interval(self.sent_starts_at, self.sent_ends_at)


class ExternalEvent(Base):
    """What somebody else put into the room's calendar, or a folder for it: its time, and whether it takes the room."""

    __tablename__ = "external_event"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("(link_id IS NULL) <> (folder_id IS NULL)", name="comes_from_one_calendar"),
        Index(None, "link_id", "uid", "original_start", "piece", unique=True),
        Index(None, "folder_id", "space_id", "uid", "original_start", "piece", unique=True),
        Index(None, "space_id", "starts_at", "ends_at"),
        Index(None, "starts_at", "space_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_link.id"))
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("remote_folder.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))  # the link's, kept here for the grid
    uid: Mapped[str] = mapped_column(String(300))
    original_start: Mapped[str] = mapped_column(String(40), default="")  # ISO, UTC; empty for one that stands alone
    piece: Mapped[int] = mapped_column(default=0)  # longer than the longest occurrence: stored in pieces
    remote_id: Mapped[str] = mapped_column(Text, default="")
    remote_etag: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    busy: Mapped[BusyClass] = mapped_column()
    blocks: Mapped[bool] = mapped_column()
    private: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(250), default="")  # only where the profile asks; never of private items
    organizer: Mapped[str] = mapped_column(String(200), default="")  # likewise
    seen_at: Mapped[datetime] = mapped_column()
    gone_at: Mapped[datetime | None] = mapped_column()
    missing_since: Mapped[datetime | None] = mapped_column()

    @property
    def when(self) -> Interval:
        """Return its time as a value."""
        return Interval(self.starts_at, self.ends_at)


class Conflict(Base):
    """Two things that want one room at one time, or an edit that could not be followed."""

    __tablename__ = "conflict"
    __table_args__ = (Index(None, "link_id", "resolved_at"), Index(None, "occurrence_id", "kind", "resolved_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_link.id"))
    occurrence_id: Mapped[int | None] = mapped_column(ForeignKey("occurrence.id"))
    external_uid: Mapped[str] = mapped_column(String(300), default="")
    kind: Mapped[str] = mapped_column(String(40))  # "blocked", "overlap", "edited", "copied", "ping_pong"
    detail: Mapped[str] = mapped_column(Text, default="")
    found_at: Mapped[datetime] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column()
    # Both sides as they stood when it was found. Titles are never kept here.
    remote_id: Mapped[str] = mapped_column(Text, default="", server_default="")
    remote_etag: Mapped[str] = mapped_column(Text, default="", server_default="")
    ours_starts_at: Mapped[datetime | None] = mapped_column()
    ours_ends_at: Mapped[datetime | None] = mapped_column()
    theirs_starts_at: Mapped[datetime | None] = mapped_column()
    theirs_ends_at: Mapped[datetime | None] = mapped_column()
    theirs_private: Mapped[bool] = mapped_column(default=False, server_default=false())
    decision: Mapped[str] = mapped_column(String(20), default="", server_default="")  # what staff chose
    decided_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # "Ours stays" asks their server to let go of theirs: when it was asked last, and how that ended, in words.
    tried_at: Mapped[datetime | None] = mapped_column()
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    accepted_at: Mapped[datetime | None] = mapped_column()  # of what a restored database cannot know: it may stand


class Alert(Base):
    """Something that is wrong for more than ten minutes: its owner is told once, and once more when it is over."""

    __tablename__ = "alert"
    __table_args__ = (Index(None, "resolved_at"), Index(None, "key", "resolved_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))  # what it is about: one open alert for each
    code: Mapped[str] = mapped_column(String(40))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_link.id"))
    words: Mapped[str] = mapped_column(Text)  # what is wrong and what to do; no secret, no title
    since: Mapped[datetime] = mapped_column()
    raised_at: Mapped[datetime] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column()


class Watch(Base):
    """A group of mailboxes that one process at a time listens to (T0)."""

    __tablename__ = "watch"
    __table_args__ = (Index(None, "connection_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    number: Mapped[int] = mapped_column()
    claimed_by: Mapped[str] = mapped_column(String(60), default="", server_default="")
    claimed_until: Mapped[datetime | None] = mapped_column()
    began_at: Mapped[datetime | None] = mapped_column()
    heard_at: Mapped[datetime | None] = mapped_column()
    last_error: Mapped[str] = mapped_column(Text, default="", server_default="")


class SyncRun(Base):
    """One reading or import that staff may want to see: when, how much, how it ended."""

    __tablename__ = "sync_run"
    __table_args__ = (Index(None, "link_id", "started_at"), Index(None, "outcome"))

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_link.id"))
    tier: Mapped[Tier | None] = mapped_column()
    kind: Mapped[str] = mapped_column(String(20))  # "read", "import", "reconcile"
    started_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()
    outcome: Mapped[str] = mapped_column(String(20), default="running")  # running, done, failed, dropped
    report: Mapped[str] = mapped_column(Text, default="")  # JSON


class SyncError(Base):
    """Something that went wrong with a calendar, in words."""

    __tablename__ = "sync_error"
    __table_args__ = (Index(None, "link_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column()
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_link.id"))
    push_item_id: Mapped[int | None] = mapped_column(ForeignKey("push_item.id"))
    operation: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(30))  # a `connectors.port.Kind`, or "ambiguous"
    message: Mapped[str] = mapped_column(Text)
