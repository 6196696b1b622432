"""Who acts: a user in a role, with a clock; and what each role may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from speciosa.errors import RefusedError

SYSTEM_USER = "system"
"""Id and login of the account that stands for the command line and the worker; nobody can log in with it."""


class Role(StrEnum):
    """What a user is."""

    ADMINISTRATOR = "administrator"
    CLINICIAN = "clinician"
    OBSERVER = "observer"
    PERSON = "person"
    SYSTEM = "system"


class Permission(StrEnum):
    """What a role may do; the text completes "may not ..."."""

    READ = "read records"
    WRITE = "write records"
    REPORT = "report about themselves"
    IDENTITY = "see or change who a person is"
    ACKNOWLEDGE = "acknowledge a reason for attention"
    EXCHANGE = "import or export records"
    AUDIT = "read the audit trail"
    USERS = "manage users"
    WORK = "run the work that waits"


_OWN = frozenset({Permission.READ, Permission.REPORT})
ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset({Permission.AUDIT, Permission.USERS}),
    Role.CLINICIAN: frozenset(
        {
            Permission.READ,
            Permission.WRITE,
            Permission.IDENTITY,
            Permission.ACKNOWLEDGE,
            Permission.EXCHANGE,
        }
    ),
    Role.OBSERVER: frozenset({Permission.READ}),
    Role.PERSON: _OWN,
    Role.SYSTEM: frozenset(Permission),
}
"""Permissions of each role; a self-reporting person has theirs for their own record alone."""


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """A new identifier."""
    return str(uuid4())


@dataclass(frozen=True)
class Actor:
    """Who does something.

    Parameters
    ----------
    user_id : str
    role : Role
    person_id : str, optional
        Of a self-reporting person: the one record that is theirs.
    origin : str
        Where from: ``"web"``, ``"command line"``, ``"worker"``.
    clock : callable
        Gives the present moment.
    new_id : callable
        Gives a new identifier.

    Examples
    --------
    >>> Actor("u1", Role.OBSERVER).may(Permission.READ), Actor("u1", Role.OBSERVER).may(Permission.WRITE)
    (True, False)
    """

    user_id: str
    role: Role
    person_id: str | None = None
    origin: str = "web"
    clock: Callable[[], datetime] = utc_now
    new_id: Callable[[], str] = random_id

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock()

    def may(self, permission: Permission, person_id: str | None = None) -> bool:
        """Whether the role allows something, for a person if one is named."""
        if permission not in ALLOWED[self.role]:
            return False
        return self.role is not Role.PERSON or (person_id is not None and person_id == self.person_id)

    def require(self, permission: Permission, person_id: str | None = None) -> None:
        """Go on only if the role allows it.

        Raises
        ------
        RefusedError
            With who may.
        """
        if self.may(permission, person_id):
            return
        who = [role.value for role in ALLOWED if permission in ALLOWED[role] and role is not Role.SYSTEM]
        if permission in ALLOWED[self.role]:
            raise RefusedError(f"a {self.role.value} may {permission.value} only in their own record")
        article = "an" if self.role.value[0] in "ao" else "a"
        raise RefusedError(
            f"{article} {self.role.value} may not {permission.value}",
            expected=f"the role {' or '.join(who)}" if who else "the command line",
        )


def command_line(clock: Callable[[], datetime] = utc_now) -> Actor:
    """The actor of the command line."""
    return Actor(SYSTEM_USER, Role.SYSTEM, origin="command line", clock=clock)
