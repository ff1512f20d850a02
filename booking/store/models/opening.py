"""When places are open.

Minutes count from midnight of the weekday or day, in the location's wall time; more than 1,440 is past
midnight, 0 to 1,440 is 24 hours. Rows of a space replace those of its location.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.store.models.base import Base


class OpeningHours(Base):
    """One interval of an ordinary week; a day may have several."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_is_monday_0_to_sunday_6"),
        CheckConstraint(
            "opens_minute >= 0 AND opens_minute < 1440 AND closes_minute > opens_minute AND closes_minute <= 2880",
            name="closes_after_it_opens",
        ),
        Index(None, "location_id", "space_id", "weekday"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"))
    weekday: Mapped[int] = mapped_column()  # Monday is 0
    opens_minute: Mapped[int] = mapped_column()
    closes_minute: Mapped[int] = mapped_column()


class OpeningException(Base):
    """Hours of one date instead of the week's; a row without hours means closed that day."""

    __tablename__ = "opening_exception"
    __table_args__ = (
        CheckConstraint(
            "opens_minute IS NULL OR (opens_minute >= 0 AND opens_minute < 1440"
            " AND closes_minute > opens_minute AND closes_minute <= 2880)",
            name="closes_after_it_opens",
        ),
        Index(None, "location_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"))
    day: Mapped[date] = mapped_column()
    opens_minute: Mapped[int | None] = mapped_column()
    closes_minute: Mapped[int | None] = mapped_column()
    note: Mapped[str] = mapped_column(String(200), default="")


class Closure(Base):
    """A stretch of time, of any length, in which a location or one space is closed."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        Index(None, "location_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"))
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    reason: Mapped[str] = mapped_column(String(200), default="")
