"""In the hands of staff: named profiles with places, folders, a mailbox's own rules, how far a first sync is."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_PLACES = ("location_id", "category_id", "space_id")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _line(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def upgrade() -> None:
    """Add what staff may say from now on; no row that stands changes its meaning."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    # A room that is read and written already is not at its first sync.
    op.execute("UPDATE calendar_link SET first_read_at = read_at WHERE read_at IS NOT NULL")
    op.execute(
        "UPDATE calendar_link SET first_written_at = COALESCE(reconciled_at, written_at) WHERE written_at IS NOT NULL"
    )
    _members_of_profiles()
    _counts()
    _folders()


def _columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        "connection": [
            _line("netbios", 64),
            _text("email_domains"),
            _line("default_owner", 200),
            sa.Column("password_expires_on", sa.Date(), nullable=True),
            _no("reads_own_calendar"),
            _moment("folders_read_at"),
        ],
        "calendar_link": [
            _text("processing"),
            _moment("processing_at"),
            _moment("first_written_at"),
            _moment("first_read_at"),
        ],
        "sync_profile": [
            _text("description"),
            sa.Column("window_kind", sa.String(length=32), nullable=False, server_default="today"),
            _text("field_mapping"),
        ],
        "push_item": [
            _line("sent_extras", 64),
            sa.Column("sent_busy", sa.String(length=32), nullable=False, server_default="Busy"),
        ],
    }


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _folders() -> None:
    """Make the tables of folders, and let an outside event come from one."""
    op.create_table(
        "remote_folder",
        _number("id"),
        _number("connection_id"),
        sa.Column("mailbox", sa.String(length=254), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        *(_moment(name) for name in ("listed_at", "missing_since", "free_at", "read_at", "read_until", "next_read_at")),
        *(_number(name) for name in ("readings", "read_failures", "vanishing")),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("matched_with", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name="fk_remote_folder_connection_id_connection"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name="fk_remote_folder_space_id_space"),
        sa.PrimaryKeyConstraint("id", name="pk_remote_folder"),
    )
    name = "ix_remote_folder_connection_id_mailbox_remote_id"
    op.create_index(name, "remote_folder", ["connection_id", "mailbox", "remote_id"], unique=True)
    op.create_index("ix_remote_folder_state_next_read_at", "remote_folder", ["state", "next_read_at"])
    op.create_index("ix_remote_folder_space_id", "remote_folder", ["space_id"])
    _trees()
    _unmatched()
    _events_of_folders()


def _trees() -> None:
    op.create_table(
        "tree_reading",
        _number("id"),
        _number("connection_id"),
        sa.Column("mailbox", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        *(_moment(name) for name in ("started_at", "ended_at", "done_at")),
        _number("found"),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name="fk_tree_reading_connection_id_connection"),
        sa.PrimaryKeyConstraint("id", name="pk_tree_reading"),
    )
    name = "ix_tree_reading_connection_id_mailbox"
    op.create_index(name, "tree_reading", ["connection_id", "mailbox"], unique=True)
    op.create_index("ix_tree_reading_state", "tree_reading", ["state"])


def _unmatched() -> None:
    op.create_table(
        "unmatched_event",
        _number("id"),
        _number("folder_id"),
        sa.Column("uid", sa.String(length=300), nullable=False),
        sa.Column("original_start", sa.String(length=40), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("remote_etag", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=250), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="ck_unmatched_event_ends_after_it_starts"),
        sa.ForeignKeyConstraint(["folder_id"], ["remote_folder.id"], name="fk_unmatched_event_folder_id_remote_folder"),
        sa.PrimaryKeyConstraint("id", name="pk_unmatched_event"),
    )
    name = "ix_unmatched_event_folder_id_uid_original_start"
    op.create_index(name, "unmatched_event", ["folder_id", "uid", "original_start"], unique=True)


def _events_of_folders() -> None:
    triggers = _triggers_of("external_event")
    with op.batch_alter_table("external_event") as batch:
        batch.alter_column("link_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("folder_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_external_event_folder_id_remote_folder", "remote_folder", ["folder_id"], ["id"])
        batch.create_check_constraint(
            "ck_external_event_comes_from_one_calendar", "(link_id IS NULL) <> (folder_id IS NULL)"
        )
    for statement in triggers:
        op.get_bind().exec_driver_sql(statement)
    columns = ["folder_id", "space_id", "uid", "original_start", "piece"]
    op.create_index(
        "ix_external_event_folder_id_space_id_uid_original_start_piece", "external_event", columns, unique=True
    )


def _triggers_of(table: str) -> list[str]:
    """Return how a table's triggers are made: a batch puts another table in its place, and SQLite drops them."""
    if op.get_bind().dialect.name != "sqlite":
        return []
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    return list(op.get_bind().scalars(query, {"table": table}))


def _members_of_profiles() -> None:
    """A profile may be given to many places: those it belonged to stand in a table of their own from now on."""
    op.create_table(
        "profile_member",
        _number("id"),
        _number("profile_id"),
        *(sa.Column(place, sa.Integer(), nullable=True) for place in _PLACES),
        sa.CheckConstraint(
            "(CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN category_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN space_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_profile_member_is_one_place",
        ),
        sa.ForeignKeyConstraint(["profile_id"], ["sync_profile.id"], name="fk_profile_member_profile_id_sync_profile"),
        *(
            sa.ForeignKeyConstraint([f"{kind}_id"], [f"{kind}.id"], name=f"fk_profile_member_{kind}_id_{kind}")
            for kind in ("location", "category", "space")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_profile_member"),
    )
    op.create_index("ix_profile_member_profile_id", "profile_member", ["profile_id"])
    for place in _PLACES:
        op.create_index(f"ix_profile_member_{place}", "profile_member", [place], unique=True)
    op.execute(
        "INSERT INTO profile_member (profile_id, location_id, category_id, space_id)"
        " SELECT id, location_id, category_id, space_id FROM sync_profile"
        " WHERE location_id IS NOT NULL OR category_id IS NOT NULL OR space_id IS NOT NULL"
    )
    op.execute("UPDATE sync_profile SET window_kind = 'days' WHERE days_back > 0")
    for place in _PLACES:
        op.drop_index(f"ix_sync_profile_{place}", "sync_profile")
    with op.batch_alter_table("sync_profile") as batch:
        for place in _PLACES:
            batch.drop_constraint(f"fk_sync_profile_{place}_{place.removesuffix('_id')}", type_="foreignkey")
            batch.drop_column(place)


def _counts() -> None:
    op.create_table(
        "sync_count",
        _number("id"),
        _number("link_id"),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        _number("number"),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_link.id"], name="fk_sync_count_link_id_calendar_link"),
        sa.PrimaryKeyConstraint("id", name="pk_sync_count"),
    )
    op.create_index("ix_sync_count_link_id_what_starts_at", "sync_count", ["link_id", "what", "starts_at"], unique=True)
    op.create_index("ix_sync_count_starts_at", "sync_count", ["starts_at"])
    op.create_index("ix_sync_run_outcome", "sync_run", ["outcome"])
