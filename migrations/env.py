"""Alembic's entry: runs the migrations on the connection it is handed, all of them or none. Never imports booking.

Servers that start at the same moment migrate one after the other: the later ones find nothing left to do.
"""

from alembic import context
from sqlalchemy import Connection, text

#: Any number will do, so long as every server of an installation uses the same one.
OUR_TURN = 4_207_849_484


def take_turns(connection: Connection) -> None:
    """Wait until nobody else migrates this database; the end of the transaction lets the next one in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": OUR_TURN})
    else:
        # Left to itself, Python's sqlite3 begins no transaction before CREATE TABLE.
        connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


given: Connection = context.config.attributes["connection"]
take_turns(given)
context.configure(connection=given, render_as_batch=True, transaction_per_migration=False, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
