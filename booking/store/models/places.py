"""Locations, their zones, categories, spaces: where things are."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.store.models.base import Base


class RuleColumns:
    """Booking rules; None means "as the next wider place says" (space, then category, then `domain.rules.DEFAULTS`)."""

    step_minutes: Mapped[int | None] = mapped_column()
    shortest_minutes: Mapped[int | None] = mapped_column()
    longest_minutes: Mapped[int | None] = mapped_column()
    lead_minutes: Mapped[int | None] = mapped_column()
    window_days: Mapped[int | None] = mapped_column()
    padding_before_minutes: Mapped[int | None] = mapped_column()
    padding_after_minutes: Mapped[int | None] = mapped_column()


class Location(Base):
    """A building or branch; its zone is the time of everything in it."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    zone: Mapped[str] = mapped_column(String(64))  # IANA id
    is_public: Mapped[bool] = mapped_column(default=True)
    address: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    position: Mapped[int] = mapped_column(default=0)
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    retired: Mapped[bool] = mapped_column(default=False)

    categories: Mapped[list["Category"]] = relationship(
        back_populates="location", lazy="raise", order_by="Category.position, Category.name"
    )


class Zone(Base):
    """A part of a location, as people find their way: a floor, a wing."""

    __tablename__ = "zone"
    __table_args__ = (Index(None, "location_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)


class Category(RuleColumns, Base):
    """Spaces of one kind in one location; carries their default rules."""

    __tablename__ = "category"
    __table_args__ = (Index(None, "location_id", "slug", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    location: Mapped[Location] = relationship(back_populates="categories", lazy="raise")
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="")
    nickname_allowed: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False)


class Space(RuleColumns, Base):
    """What is booked. Its slug is unique in the installation, so it stands alone in addresses."""

    __tablename__ = "space"
    __table_args__ = (CheckConstraint("capacity >= 1", name="seats_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    category: Mapped[Category] = relationship(lazy="raise")
    location_id: Mapped[int] = mapped_column(
        ForeignKey("location.id"), index=True
    )  # the category's, kept here for the grid
    location: Mapped[Location] = relationship(lazy="raise")
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))
    zone: Mapped[Zone | None] = relationship(lazy="raise")
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    capacity: Mapped[int] = mapped_column(default=1)
    description: Mapped[str] = mapped_column(Text, default="")
    directions: Mapped[str] = mapped_column(Text, default="")
    image: Mapped[str] = mapped_column(String(200), default="")  # a file name in instance/images, or empty
    accessible: Mapped[bool] = mapped_column(default=False)
    powered: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False)
