"""How much sync did, and when: numbers for the pages of health, forgotten after a day."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from booking.domain.states import Counted
from booking.store.models.base import Base


class SyncCount(Base):
    """How often something was done on a link within a stretch of time; how long that is depends on what it is.

    Whoever counts holds the link's row, so that two of them never add the same line.
    """

    __tablename__ = "sync_count"
    __table_args__ = (Index(None, "link_id", "what", "starts_at", unique=True), Index(None, "starts_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_link.id"))
    what: Mapped[Counted]
    starts_at: Mapped[datetime] = mapped_column()
    number: Mapped[int] = mapped_column()
