"""The outbox: messages that stand in the same transaction as what they tell of."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.store.models.base import Base


class OutboxMessage(Base):
    """One message to one person; `once` makes a second of the same kind impossible."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(String(120), unique=True)  # e.g. "confirmed:<ref>:<version>"
    kind: Mapped[str] = mapped_column(
        String(40)
    )  # "confirmed", "changed", "cancelled", "moved_in_outlook", "cancelled_in_outlook"
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))  # None: a notice to staff
    occurrence_id: Mapped[int | None] = mapped_column(ForeignKey("occurrence.id"))
    to_address: Mapped[str] = mapped_column(String(254))
    facts: Mapped[str] = mapped_column(
        Text, default="{}"
    )  # JSON: what the booking was before, when the message needs it
    created_at: Mapped[datetime] = mapped_column()
    due_at: Mapped[datetime] = mapped_column()
    state: Mapped[str] = mapped_column(String(16), default="waiting")  # waiting, sending, sent, failed
    claimed_until: Mapped[datetime | None] = mapped_column()
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column()
    subject: Mapped[str] = mapped_column(String(250), default="")  # as sent
    message_id: Mapped[str] = mapped_column(String(120), default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
