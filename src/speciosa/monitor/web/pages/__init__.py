"""The pages, one file a kind of work; each has its line in `access.csv`."""

from speciosa.monitor.web.call import Page
from speciosa.monitor.web.pages import (
    account,
    adding,
    administration,
    describing,
    entering,
    entry,
    following,
    planning,
    self_report,
)

# Paths with a fixed word come before those where a name stands in its place.
PAGES: tuple[Page, ...] = (
    *entry.PAGES,
    *account.PAGES,
    *administration.PAGES,
    *adding.PAGES,
    *entering.PAGES,
    *describing.PAGES,
    *planning.PAGES,
    *following.PAGES,
    *self_report.PAGES,
)
"""Every page."""
