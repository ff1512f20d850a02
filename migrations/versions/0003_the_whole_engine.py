"""The whole engine: who listens, who signs in first, what was compared, how conflicts end, what is wrong."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _line(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def _word(name: str, otherwise: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=False, server_default=otherwise)


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _when(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, _moment(), nullable=True) for name in names]


def upgrade() -> None:
    """Add the columns and the two tables, and let a message be about no booking; no row that stands changes."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    # Whoever asked for moves to be decided by staff was asked about other changes too.
    op.execute("UPDATE sync_profile SET when_changed = 'ask' WHERE when_moved = 'ask'")
    _alerts()
    _watches()
    with op.batch_alter_table("outbox_message") as batch:  # a mail about calendars is about no booking
        batch.alter_column("booking_id", existing_type=sa.Integer(), nullable=True)


def _columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        "installation": [_text("stopped"), *_when("stopped_since")],
        "connection": [_line("dialling_by", 60), *_when("dialling_until"), _line("alert_email", 254)],
        "calendar_link": [*_when("watched_at", "reconciled_at"), _no("recovering"), _line("rest_digest", 64)],
        "push_item": _when("wanted_at", "missing_since"),
        "occurrence": _when("ended_at"),
        "sync_profile": [
            _word("when_changed", "put_back"),
            _word("when_text_edited", "put_back"),
            _word("when_overlapped", "flag"),
        ],
        "conflict": [
            _text("remote_id"),
            _text("remote_etag"),
            *_when("ours_starts_at", "ours_ends_at", "theirs_starts_at", "theirs_ends_at"),
            _no("theirs_private"),
            _line("decision", 20),
            _line("decided_by", 200),
            *_when("tried_at"),
            _text("answer"),
            *_when("accepted_at"),
        ],
    }


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("since", _moment(), nullable=False),
        sa.Column("raised_at", _moment(), nullable=False),
        sa.Column("resolved_at", _moment(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name="fk_alert_connection_id_connection"),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_link.id"], name="fk_alert_link_id_calendar_link"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_resolved_at", "alert", ["resolved_at"])
    op.create_index("ix_alert_key_resolved_at", "alert", ["key", "resolved_at"])


def _watches() -> None:
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _line("claimed_by", 60),
        *_when("claimed_until", "began_at", "heard_at"),
        _text("last_error"),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name="fk_watch_connection_id_connection"),
        sa.PrimaryKeyConstraint("id", name="pk_watch"),
    )
    op.create_index("ix_watch_connection_id_number", "watch", ["connection_id", "number"], unique=True)
