"""The first tables, and the refusal of double bookings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: No occurrence lasts longer: 26 hours, for the autumn day has 25. It bounds every search for overlaps.
LONGEST_HOURS = 26

ALONE = "occurrence_holds_its_space_alone"  # `store.database` knows it by this name
TIMED = ("occurrence", "external_event")


def _postgresql() -> list[str]:
    exclusion = "EXCLUDE USING gist (space_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (holds)"
    longest = f"CHECK (ends_at - starts_at <= interval '{LONGEST_HOURS} hours')"
    return [
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        f"ALTER TABLE occurrence ADD CONSTRAINT {ALONE} {exclusion}",
        *(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_longest {longest}" for table in TIMED),
    ]


def _sqlite() -> list[str]:
    overlap = (
        "SELECT 1 FROM occurrence AS other"
        " WHERE other.space_id = NEW.space_id AND other.holds AND other.id != NEW.id"
        " AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at"
        " AND other.starts_at > datetime(NEW.starts_at, '-27 hours')"  # bounded by LONGEST_HOURS, and an hour to spare
    )
    too_long = f"(julianday(NEW.ends_at) - julianday(NEW.starts_at)) * 24 > {LONGEST_HOURS} + 0.0001"
    statements = []
    for moment, changed in (("INSERT", ""), ("UPDATE", " OF space_id, starts_at, ends_at, holds")):
        statements.append(
            f"CREATE TRIGGER occurrence_alone_on_{moment.lower()} AFTER {moment}{changed} ON occurrence"
            f" WHEN NEW.holds AND EXISTS ({overlap}) BEGIN SELECT RAISE(ABORT, '{ALONE}'); END",
        )
    for moment, changed in (("INSERT", ""), ("UPDATE", " OF starts_at, ends_at")):
        statements.extend(
            f"CREATE TRIGGER {table}_not_too_long_on_{moment.lower()} AFTER {moment}{changed} ON {table}"
            f" WHEN {too_long} BEGIN SELECT RAISE(ABORT, 'ck_{table}_longest'); END"
            for table in TIMED
        )
    return statements


def upgrade() -> None:
    """Create everything."""
    _tables_first()
    _tables_second()
    _tables_third()
    _tables_fourth()
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _postgresql() if postgresql else _sqlite():
        op.execute(statement)


def _tables_first() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("protocol", sa.String(length=16), nullable=False),
        sa.Column("server", sa.String(length=300), nullable=False),
        sa.Column("username", sa.String(length=254), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("impersonate", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("ca_pem", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("breaker_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breaker_reason", sa.Text(), nullable=False),
        sa.Column("writes_stopped", sa.Text(), nullable=False),
        sa.Column("throttled_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_report", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("name", name=op.f("uq_connection_name")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("install_id", sa.String(length=32), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_nonce", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_index(op.f("ix_person_email"), "person", ["email"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("patron_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("nickname", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patron_id"], ["person.id"], name=op.f("fk_booking_patron_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("ref", name=op.f("uq_booking_ref")),
        sa.UniqueConstraint("request_key", name=op.f("uq_booking_request_key")),
    )
    op.create_index(op.f("ix_booking_patron_id"), "booking", ["patron_id"], unique=False)
    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_location_connection_id_connection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("slug", name=op.f("uq_location_slug")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_audit_entry_booking_id_booking")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_entry_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_booking_id_at"), "audit_entry", ["booking_id", "at"], unique=False)
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("nickname_allowed", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=True),
        sa.Column("shortest_minutes", sa.Integer(), nullable=True),
        sa.Column("longest_minutes", sa.Integer(), nullable=True),
        sa.Column("lead_minutes", sa.Integer(), nullable=True),
        sa.Column("window_days", sa.Integer(), nullable=True),
        sa.Column("padding_before_minutes", sa.Integer(), nullable=True),
        sa.Column("padding_after_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_category_location_id_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
    )
    op.create_index(op.f("ix_category_location_id_slug"), "category", ["location_id", "slug"], unique=True)
    op.create_table(
        "zone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_zone_location_id_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
    )
    op.create_index(op.f("ix_zone_location_id_name"), "zone", ["location_id", "name"], unique=True)


def _tables_second() -> None:
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_role_grant_category_id_category")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_role_grant_location_id_location")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(
        op.f("ix_role_grant_person_id_role_location_id_category_id"),
        "role_grant",
        ["person_id", "role", "location_id", "category_id"],
        unique=True,
    )
    op.create_table(
        "space",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("directions", sa.Text(), nullable=False),
        sa.Column("image", sa.String(length=200), nullable=False),
        sa.Column("accessible", sa.Boolean(), nullable=False),
        sa.Column("powered", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=True),
        sa.Column("shortest_minutes", sa.Integer(), nullable=True),
        sa.Column("longest_minutes", sa.Integer(), nullable=True),
        sa.Column("lead_minutes", sa.Integer(), nullable=True),
        sa.Column("window_days", sa.Integer(), nullable=True),
        sa.Column("padding_before_minutes", sa.Integer(), nullable=True),
        sa.Column("padding_after_minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_space_seats_somebody")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_space_category_id_category")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_space_location_id_location")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_space_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("slug", name=op.f("uq_space_slug")),
    )
    op.create_index(op.f("ix_space_category_id"), "space", ["category_id"], unique=False)
    op.create_index(op.f("ix_space_location_id"), "space", ["location_id"], unique=False)
    op.create_table(
        "calendar_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.String(length=254), nullable=False),
        sa.Column("mailbox_name", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("writes", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=60), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("near_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("far_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("near_digest", sa.String(length=64), nullable=False),
        sa.Column("far_digest", sa.String(length=64), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("full_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_failures", sa.Integer(), nullable=False),
        sa.Column("next_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_calendar_link_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_calendar_link_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_link")),
    )
    op.create_index(op.f("ix_calendar_link_connection_id"), "calendar_link", ["connection_id"], unique=False)
    op.create_index(
        "uq_calendar_link_live_mailbox",
        "calendar_link",
        ["mailbox"],
        unique=True,
        sqlite_where=sa.text("state != 'ended'"),
        postgresql_where=sa.text("state != 'ended'"),
    )
    op.create_index(
        "uq_calendar_link_live_space",
        "calendar_link",
        ["space_id"],
        unique=True,
        sqlite_where=sa.text("state != 'ended'"),
        postgresql_where=sa.text("state != 'ended'"),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_closure_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_closure_location_id_location")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_closure_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index(op.f("ix_closure_location_id_starts_at"), "closure", ["location_id", "starts_at"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("held_reason", sa.String(length=32), nullable=True),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("cancelled_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_occurrence_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_occurrence_booking_id_booking")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_occurrence_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("key", name=op.f("uq_occurrence_key")),
    )
    op.create_index(op.f("ix_occurrence_booking_id"), "occurrence", ["booking_id"], unique=False)
    op.create_index(
        op.f("ix_occurrence_space_id_starts_at_ends_at"),
        "occurrence",
        ["space_id", "starts_at", "ends_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_occurrence_starts_at_space_id_ends_at"),
        "occurrence",
        ["starts_at", "space_id", "ends_at"],
        unique=False,
    )


def _tables_third() -> None:
    op.create_table(
        "opening_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens_minute", sa.Integer(), nullable=True),
        sa.Column("closes_minute", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "opens_minute IS NULL OR (opens_minute >= 0 AND opens_minute < 1440"
            " AND closes_minute > opens_minute AND closes_minute <= 2880)",
            name=op.f("ck_opening_exception_closes_after_it_opens"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_opening_exception_location_id_location")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_opening_exception_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_exception")),
    )
    op.create_index(
        op.f("ix_opening_exception_location_id_day"), "opening_exception", ["location_id", "day"], unique=False
    )
    op.create_table(
        "opening_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_minute", sa.Integer(), nullable=False),
        sa.Column("closes_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "opens_minute >= 0 AND opens_minute < 1440 AND closes_minute > opens_minute AND closes_minute <= 2880",
            name=op.f("ck_opening_hours_closes_after_it_opens"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_opening_hours_weekday_is_monday_0_to_sunday_6")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_opening_hours_location_id_location")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_opening_hours_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
    )
    op.create_index(
        op.f("ix_opening_hours_location_id_space_id_weekday"),
        "opening_hours",
        ["location_id", "space_id", "weekday"],
        unique=False,
    )
    op.create_table(
        "sync_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("when_deleted", sa.String(length=32), nullable=False),
        sa.Column("when_moved", sa.String(length=32), nullable=False),
        sa.Column("when_both_changed", sa.String(length=32), nullable=False),
        sa.Column("title_option", sa.String(length=32), nullable=False),
        sa.Column("tentative_blocks", sa.Boolean(), nullable=False),
        sa.Column("show_private_rows", sa.Boolean(), nullable=False),
        sa.Column("keep_titles", sa.Boolean(), nullable=False),
        sa.Column("keep_organizers", sa.Boolean(), nullable=False),
        sa.Column("hold_when_unknown", sa.Boolean(), nullable=False),
        sa.Column("days_back", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("days_back BETWEEN 0 AND 180", name=op.f("ck_sync_profile_looks_back_half_a_year_at_most")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_sync_profile_category_id_category")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_sync_profile_location_id_location")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_sync_profile_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_profile")),
    )
    op.create_index(op.f("ix_sync_profile_category_id"), "sync_profile", ["category_id"], unique=True)
    op.create_index(op.f("ix_sync_profile_location_id"), "sync_profile", ["location_id"], unique=True)
    op.create_index(op.f("ix_sync_profile_space_id"), "sync_profile", ["space_id"], unique=True)
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=True),
        sa.Column("external_uid", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_link.id"], name=op.f("fk_conflict_link_id_calendar_link")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_conflict_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    op.create_index(op.f("ix_conflict_link_id_resolved_at"), "conflict", ["link_id", "resolved_at"], unique=False)
    op.create_index(
        op.f("ix_conflict_occurrence_id_kind_resolved_at"),
        "conflict",
        ["occurrence_id", "kind", "resolved_at"],
        unique=False,
    )
    op.create_table(
        "external_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=300), nullable=False),
        sa.Column("original_start", sa.String(length=40), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("remote_etag", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy", sa.String(length=32), nullable=False),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("organizer", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_external_event_ends_after_it_starts")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["calendar_link.id"], name=op.f("fk_external_event_link_id_calendar_link")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_external_event_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_event")),
    )
    op.create_index(
        op.f("ix_external_event_link_id_uid_original_start_piece"),
        "external_event",
        ["link_id", "uid", "original_start", "piece"],
        unique=True,
    )
    op.create_index(
        op.f("ix_external_event_space_id_starts_at_ends_at"),
        "external_event",
        ["space_id", "starts_at", "ends_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_external_event_starts_at_space_id_ends_at"),
        "external_event",
        ["starts_at", "space_id", "ends_at"],
        unique=False,
    )


def _tables_fourth() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=True),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_outbox_message_booking_id_booking")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_outbox_message_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("once", name=op.f("uq_outbox_message_once")),
    )
    op.create_index(op.f("ix_outbox_message_state_due_at"), "outbox_message", ["state", "due_at"], unique=False)
    op.create_table(
        "push_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("want_version", sa.Integer(), nullable=False),
        sa.Column("want_present", sa.Boolean(), nullable=False),
        sa.Column("acked_version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("remote_etag", sa.Text(), nullable=False),
        sa.Column("remote_uid", sa.String(length=300), nullable=False),
        sa.Column("remote_text_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_text_hash", sa.String(length=64), nullable=False),
        sa.Column("intent_op", sa.String(length=32), nullable=True),
        sa.Column("intent_version", sa.Integer(), nullable=True),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_fence", sa.Integer(), nullable=True),
        sa.Column("recheck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("put_backs", sa.Integer(), nullable=False),
        sa.Column("put_back_day", sa.String(length=10), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_link.id"], name=op.f("fk_push_item_link_id_calendar_link")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_push_item_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_item")),
    )
    op.create_index(op.f("ix_push_item_link_id_remote_id"), "push_item", ["link_id", "remote_id"], unique=False)
    op.create_index(
        op.f("ix_push_item_link_id_state_next_at"), "push_item", ["link_id", "state", "next_at"], unique=False
    )
    op.create_index(op.f("ix_push_item_occurrence_id_link_id"), "push_item", ["occurrence_id", "link_id"], unique=True)
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("tier", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_link.id"], name=op.f("fk_sync_run_link_id_calendar_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index(op.f("ix_sync_run_link_id_started_at"), "sync_run", ["link_id", "started_at"], unique=False)
    op.create_table(
        "sync_error",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("push_item_id", sa.Integer(), nullable=True),
        sa.Column("operation", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_sync_error_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_link.id"], name=op.f("fk_sync_error_link_id_calendar_link")),
        sa.ForeignKeyConstraint(["push_item_id"], ["push_item.id"], name=op.f("fk_sync_error_push_item_id_push_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_error")),
    )
    op.create_index(op.f("ix_sync_error_link_id_at"), "sync_error", ["link_id", "at"], unique=False)
