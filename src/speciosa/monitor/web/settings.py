"""Settings of the server: what whoever runs it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Settings:
    """Settings of the server.

    Parameters
    ----------
    clinic : str
        Name shown at the top of each page.
    zone : ZoneInfo
        Time zone in which times are shown and typed.
    is_demonstration : bool
        Whether the database holds a synthetic clinic, entered without a password.
    has_tls : bool
        Whether browsers reach the server by TLS: cookies then leave on such connections only.
    hosts : tuple of str
        Names under which the server answers; empty for any name of this machine.
    idle : timedelta
        A session without a request for so long ends.
    lifetime : timedelta
        A session ends after so long in any case.
    sessions_per_user : int
        With one more, the oldest session of the user ends.
    requests_per_minute : int
        Of one session, or of one address without a session.

    Examples
    --------
    >>> Settings(has_tls=True).cookie
    '__Host-speciosa'
    """

    clinic: str = "Monitor"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    is_demonstration: bool = False
    has_tls: bool = False
    hosts: tuple[str, ...] = ()
    idle: timedelta = timedelta(minutes=30)
    lifetime: timedelta = timedelta(hours=12)
    sessions_per_user: int = 5
    requests_per_minute: int = 300

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return "__Host-speciosa" if self.has_tls else "speciosa"
