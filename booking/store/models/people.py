"""People: patrons who book, staff who sign in, and the roles they have where."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.domain.permissions import Role
from booking.store.models.base import Base, Kept


class Person(Kept, Base):
    """Somebody with a name and an address. Only one with a `login` can sign in."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254), index=True)  # lower case
    login: Mapped[str | None] = mapped_column(String(254), unique=True)  # the e-mail address of an account, lower case
    password_hash: Mapped[str | None] = mapped_column(String(200))  # argon2id
    session_nonce: Mapped[str] = mapped_column(String(40), default="")  # changes with the password: old sessions end
    active: Mapped[bool] = mapped_column(default=True)
    last_sign_in_at: Mapped[datetime | None] = mapped_column()

    roles: Mapped[list["RoleGrant"]] = relationship(back_populates="person", lazy="raise")


class RoleGrant(Base):
    """A role of a person, in the installation (both None), a location or a category."""

    __tablename__ = "role_grant"
    __table_args__ = (Index(None, "person_id", "role", "location_id", "category_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(back_populates="roles", lazy="raise")
    role: Mapped[Role] = mapped_column()
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
