"""Bookings and their occurrences: what is stored, and nothing more."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.domain.intervals import Interval
from booking.domain.states import BookingState, Channel, HeldReason, OccurrenceState
from booking.store.models.base import Base, Kept
from booking.store.models.people import Person
from booking.store.models.places import Space
from booking.store.types import EncryptedText


class Booking(Kept, Base):
    """What one person asked for, in one go: one or more occurrences."""

    __tablename__ = "booking"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)  # what people read out, "7KQ2-F9XM"
    secret: Mapped[str] = mapped_column(EncryptedText)  # stands in the patron's link
    patron_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    patron: Mapped[Person] = relationship(lazy="raise")
    title: Mapped[str] = mapped_column(String(200), default="")
    nickname: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[BookingState] = mapped_column()
    channel: Mapped[Channel] = mapped_column()
    request_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # makes a double submit harmless

    occurrences: Mapped[list["Occurrence"]] = relationship(
        back_populates="booking", lazy="raise", order_by="Occurrence.starts_at"
    )


class Occurrence(Base):
    """One stretch of time in one space, part of one booking."""

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        Index(None, "starts_at", "space_id", "ends_at"),  # which spaces are free
        Index(None, "space_id", "starts_at", "ends_at"),  # when is this space busy
        Index(None, "booking_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Stands in the stamp of its calendar entry. Random: after a restore, ids are given out again.
    key: Mapped[str] = mapped_column(String(32), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    booking: Mapped[Booking] = relationship(
        back_populates="occurrences", lazy="raise"
    )  # say so in the query that needs it
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    space: Mapped[Space] = relationship(lazy="raise")
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    state: Mapped[OccurrenceState] = mapped_column()
    held_reason: Mapped[HeldReason | None] = mapped_column()
    holds: Mapped[bool] = mapped_column()  # the exclusion constraint looks only at rows that hold their space
    cancelled_by: Mapped[Channel | None] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()  # what sync cancelled can be undone for 30 days from then on

    @property
    def when(self) -> Interval:
        """Return its time as a value."""
        return Interval(self.starts_at, self.ends_at)


class AuditEntry(Base):
    """Who did what, when, through which door; never changed, never removed."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "booking_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column()
    actor: Mapped[str] = mapped_column(
        String(200)
    )  # a name as it was then; "the patron" for somebody without an account
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[Channel] = mapped_column()
    what: Mapped[str] = mapped_column(String(60))  # stable: "booking.placed", "connection.saved", ...
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    subject: Mapped[str] = mapped_column(String(200), default="")  # what it was about, when not a booking
    detail: Mapped[str] = mapped_column(Text, default="")  # a sentence for people; no secret, no private title
