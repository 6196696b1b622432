"""Episodes say what was taken before they began."""

import sqlalchemy as sa
from alembic import op

revision = "v3"
down_revision = "v2"


def upgrade() -> None:
    """Add the column; in older episodes nobody was asked, and it is empty."""
    op.add_column("episodes", sa.Column("taken_before", sa.Text()))
