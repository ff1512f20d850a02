"""How a connection signs in: Basic as before, or NTLM."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; connections that stand already sign in with Basic."""
    op.add_column("connection", sa.Column("sign_in", sa.String(length=16), nullable=False, server_default="basic"))
