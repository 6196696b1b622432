"""Accounts: who may log in and as what, the two steps of a login, and sessions as rows."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from speciosa.errors import AccountError, UnknownNameError
from speciosa.monitor.db.accounts import LoginAttempt, User, UserSession
from speciosa.monitor.db.tables import Person
from speciosa.monitor.services import passwords
from speciosa.monitor.services.actor import SYSTEM_USER, Actor, Permission, Role
from speciosa.monitor.services.trail import note_event

ACTIVATION_LIFE = timedelta(hours=24)
PENDING_LIFE = timedelta(minutes=10)
SEEN_STEP = timedelta(minutes=1)
"""A session's row is touched at most once in this time, so that reading a page writes nothing."""
WINDOW = timedelta(minutes=15)
FAILURES_HERE, FAILURES_ADDRESS, FAILURES_LOGIN = 5, 40, 60
"""Failed attempts within the window: of a login from one address, of an address, of a login from anywhere."""
RECOVERY_CODES = 8
TOTP_SECONDS = 30
ISSUER = "speciosa monitor"
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,39}")
HUMAN_ROLES = (Role.ADMINISTRATOR, Role.CLINICIAN, Role.OBSERVER, Role.PERSON)


@dataclass(frozen=True)
class Known:
    """Who a session belongs to.

    Parameters
    ----------
    user : User
    login : UserSession
    """

    user: User
    login: UserSession


def digest(text: str) -> str:
    """SHA-256 of a token or of a code of 120 bits, as it is kept."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def audit(
    session: Session, actor: Actor, action: str, user: User, detail: Mapping[str, object] | None = None
) -> None:
    """Write what happened to an account into the audit trail, in the same transaction."""
    note_event(session, actor, action, detail={"user": user.id, "login": user.login, **(detail or {})})


def actor_of(user: User, now: datetime, origin: str = "web") -> Actor:
    """A user as the services know one."""
    return Actor(user.id, Role(user.role), user.person_id, origin, lambda: now)


def add_user(
    session: Session, actor: Actor, login: str, display_name: str, role: str, pseudonym: str | None = None
) -> tuple[User, str]:
    """Make an account, and the code by which its owner sets a password within a day.

    Raises
    ------
    AccountError
        If the login is taken or cannot be one, or the role and the person do not fit.
    """
    actor.require(Permission.USERS)
    if role not in HUMAN_ROLES:
        raise UnknownNameError("role", role, HUMAN_ROLES, where="role")
    if not _LOGIN.fullmatch(login):
        raise AccountError(
            f"{login[:40]!r} cannot be a login",
            where="login",
            expected="2 to 40 small letters, digits, dots or hyphens, beginning with a letter",
        )
    if login == SYSTEM_USER or session.scalar(select(User.id).where(User.login == login)) is not None:
        raise AccountError(f"the login {login!r} is taken", where="login", expected="another one")
    person_id = _person_of(session, role, pseudonym)
    code = passwords.random_code(passwords.ACTIVATION_GROUPS)
    user = User(
        id=actor.new_id(),
        login=login,
        display_name=display_name,
        role=str(role),
        person_id=person_id,
        password_hash=passwords.hash_password(code),
        password_changed_at=actor.now,
        must_change_password=True,
        recovery_hashes=[],
        preferences={},
        is_active=True,
        created_at=actor.now,
    )
    session.add(user)
    session.flush()
    audit(session, actor, "user added", user, {"role": str(role)})
    return user, code


def _person_of(session: Session, role: str, pseudonym: str | None) -> str | None:
    if (role == Role.PERSON) != bool(pseudonym):
        raise AccountError(
            "the account names a person" if pseudonym else "the account names no person",
            where="person",
            expected="a pseudonym for a self-reporting person, and for nobody else",
        )
    if not pseudonym:
        return None
    found = session.scalar(select(Person.id).where(Person.pseudonym == pseudonym))
    if found is None:
        known = session.scalars(select(Person.pseudonym)).all()
        raise UnknownNameError("person", pseudonym, known, where="person")
    return found


def get_user(session: Session, actor: Actor, login: str) -> User:
    """The account with a login.

    Raises
    ------
    UnknownNameError
    """
    actor.require(Permission.USERS)
    user = session.scalar(select(User).where(User.login == login, User.login != SYSTEM_USER))
    if user is None:
        raise UnknownNameError("login", login, [item.login for item in list_users(session, actor)])
    return user


def list_users(session: Session, actor: Actor) -> Sequence[User]:
    """All accounts of people, by login."""
    actor.require(Permission.USERS)
    return session.scalars(select(User).where(User.login != SYSTEM_USER).order_by(User.login)).all()


def renew_activation(session: Session, actor: Actor, user: User) -> str:
    """New code to set a password and a second factor anew; all sessions of the account end.

    Whoever asks for it shows who they are to the administrator, as they did for the first one.
    """
    actor.require(Permission.USERS)
    code = passwords.random_code(passwords.ACTIVATION_GROUPS)
    user.password_hash = passwords.hash_password(code)
    user.password_changed_at = actor.now
    user.must_change_password = True
    user.totp_secret = user.totp_confirmed_at = None
    user.recovery_hashes = []
    end_sessions(session, user, actor.now)
    audit(session, actor, "user reset", user)
    return code


def set_active(session: Session, actor: Actor, user: User, *, is_active: bool) -> None:
    """Let an account log in, or end its sessions and let it log in no more.

    Raises
    ------
    AccountError
        If it would be the last administrator.
    """
    actor.require(Permission.USERS)
    if not is_active and user.role == Role.ADMINISTRATOR:
        others = session.scalar(
            select(func.count())
            .select_from(User)
            .where(User.role == Role.ADMINISTRATOR, User.is_active, User.id != user.id)
        )
        if not others:
            raise AccountError(
                f"{user.login} is the last active administrator", expected="another administrator first"
            )
    user.is_active = is_active
    if not is_active:
        end_sessions(session, user, actor.now)
    audit(session, actor, "user enabled" if is_active else "user disabled", user)


# Logging in -------------------------------------------------------------------------------------------------


def is_blocked(session: Session, login: str, address: str, now: datetime) -> bool:
    """Whether too many attempts failed of late: of this login from here, from here, or of this login."""
    recent = (LoginAttempt.at > now - WINDOW, LoginAttempt.is_success.is_(False))
    counts = (
        ((LoginAttempt.login == login, LoginAttempt.address == address), FAILURES_HERE),
        ((LoginAttempt.address == address,), FAILURES_ADDRESS),
        ((LoginAttempt.login == login,), FAILURES_LOGIN),
    )
    return any(
        (session.scalar(select(func.count()).select_from(LoginAttempt).where(*recent, *which)) or 0) >= most
        for which, most in counts
    )


def note_attempt(
    session: Session, login: str, address: str, stage: str, now: datetime, *, is_success: bool
) -> None:
    """Remember an attempt for the limits."""
    session.add(
        LoginAttempt(
            id=secrets.token_hex(16), at=now, login=login, address=address, stage=stage, is_success=is_success
        )
    )


def check_login(session: Session, login: str, password: str, address: str, now: datetime) -> User | None:
    """The user whose password this is; None if it is not, the account is closed, or the limit is reached.

    The reason is not told apart, and the answer takes as long for a login that does not exist.
    """
    login = login.strip().lower()[:40]
    is_open = not is_blocked(session, login, address, now)
    user = session.scalar(select(User).where(User.login == login))
    is_right = passwords.is_password(password, user.password_hash if user is not None else None)
    if is_right and user is not None and user.must_change_password:
        password = passwords.canonical_code(password)
        is_right = user.password_changed_at is not None and now - user.password_changed_at < ACTIVATION_LIFE
    is_right = is_right and is_open and user is not None and user.is_active
    note_attempt(session, login, address, "password", now, is_success=is_right)
    if user is None or not is_right:
        if user is not None:
            audit(
                session, actor_of(user, now), "login failed", user, {"stage": "password", "address": address}
            )
        return None
    if user.password_hash is not None and passwords.needs_rehash(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return user


def start_session(
    session: Session,
    user: User,
    now: datetime,
    life: timedelta,
    *,
    has_second_factor: bool,
    most: int,
    address: str = "",
    agent: str = "",
) -> str:
    """Begin a session and give its token, of which only the hash is kept; the oldest of too many ends."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            last_seen_at=now,
            expires_at=now + (life if has_second_factor else PENDING_LIFE),
            second_factor_at=now if has_second_factor else None,
            user_agent=agent[:200],
            address=address[:100],
            data={},
        )
    )
    session.flush()
    if has_second_factor:
        for old in list_sessions(session, user, now)[most:]:
            old.revoked_at = now
        audit(session, actor_of(user, now), "logged in", user, {"address": address})
    return token


def find_session(session: Session, token: str, now: datetime, *, idle: timedelta) -> Known | None:
    """Who a token belongs to; None if its session has ended, was idle for too long, or never was."""
    found = session.execute(
        select(User, UserSession)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == digest(token), UserSession.revoked_at.is_(None), User.is_active)
    ).one_or_none()
    if found is None:
        return None
    user, login = found
    if now >= login.expires_at or now - login.last_seen_at > idle:
        return None
    return Known(user, login)


def is_stale(login: UserSession, now: datetime) -> bool:
    """Whether the row of a session should be touched."""
    return now - login.last_seen_at > SEEN_STEP


def touch(session: Session, token_hash: str, now: datetime) -> None:
    """Note that a session was used."""
    session.execute(update(UserSession).where(UserSession.token_hash == token_hash).values(last_seen_at=now))


def list_sessions(session: Session, user: User, now: datetime) -> Sequence[UserSession]:
    """Sessions of a user that have not ended, the latest first."""
    return session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
            UserSession.second_factor_at.is_not(None),
        )
        .order_by(UserSession.created_at.desc())
    ).all()


def end_session(session: Session, login: UserSession, user: User, now: datetime) -> None:
    """Log out."""
    login.revoked_at = now
    audit(session, actor_of(user, now), "logged out", user)


def end_sessions(session: Session, user: User, now: datetime, *, but: UserSession | None = None) -> int:
    """End the sessions of a user, but one if it is named; gives how many ended."""
    ended = session.scalars(
        select(UserSession).where(UserSession.user_id == user.id, UserSession.revoked_at.is_(None))
    ).all()
    ended = [item for item in ended if but is None or item.token_hash != but.token_hash]
    for item in ended:
        item.revoked_at = now
    return len(ended)


def close_sessions(session: Session, actor: Actor, user: User) -> None:
    """End all sessions of another user."""
    actor.require(Permission.USERS)
    ended = end_sessions(session, user, actor.now)
    audit(session, actor, "sessions ended", user, {"sessions": ended})


def set_password(
    session: Session, user: User, new: str, now: datetime, *, but: UserSession | None = None
) -> None:
    """Set a password that passes the checks, and end the user's other sessions.

    Raises
    ------
    AccountError
        If it is too short, too common, or the one that is to be replaced.
    """
    passwords.check_password(new, (user.login, user.display_name))
    if passwords.is_password(new, user.password_hash):
        raise AccountError("it is the one in use", where="password", expected="another one")
    user.password_hash = passwords.hash_password(new)
    user.password_changed_at = now
    user.must_change_password = False
    if user.totp_confirmed_at is None:
        begin_factor(user)
    end_sessions(session, user, now, but=but)
    audit(session, actor_of(user, now), "password changed", user)


# The second factor ------------------------------------------------------------------------------------------


def begin_factor(user: User) -> str:
    """Secret of a second factor that is not confirmed yet."""
    if user.totp_secret is None or user.totp_confirmed_at is not None:
        user.totp_secret = pyotp.random_base32()
        user.totp_confirmed_at = None
        user.totp_last_step = None
    return user.totp_secret


def factor_address(user: User) -> str:
    """What the picture code tells an authenticator."""
    return pyotp.TOTP(user.totp_secret or "").provisioning_uri(name=user.login, issuer_name=ISSUER)


def is_code(user: User, code: str, now: datetime) -> bool:
    """Whether a time-based code is right, and was not used before; it is used by that.

    Codes of the step before and after pass too: without internet the clocks of server and telephone drift.
    """
    code = re.sub(r"\s", "", code)
    if user.totp_secret is None or not re.fullmatch(r"\d{6}", code):
        return False
    factor, step = pyotp.TOTP(user.totp_secret), int(now.timestamp()) // TOTP_SECONDS
    for candidate in (step, step - 1, step + 1):
        is_new = user.totp_last_step is None or candidate > user.totp_last_step
        if is_new and secrets.compare_digest(factor.at(candidate * TOTP_SECONDS), code):
            user.totp_last_step = candidate
            return True
    return False


def use_recovery(user: User, code: str) -> bool:
    """Whether a recovery code is one that is left; it is used up by that."""
    kept = digest(passwords.canonical_code(code))
    if kept not in user.recovery_hashes:
        return False
    user.recovery_hashes = [item for item in user.recovery_hashes if item != kept]
    return True


def check_second(session: Session, user: User, code: str, address: str, now: datetime) -> bool:
    """Second step of a login, by a time-based code or a recovery code; limited as the first step is."""
    is_right = not is_blocked(session, user.login, address, now) and (
        is_code(user, code, now) or use_recovery(user, code)
    )
    note_attempt(session, user.login, address, "second factor", now, is_success=is_right)
    if not is_right:
        audit(
            session, actor_of(user, now), "login failed", user, {"stage": "second factor", "address": address}
        )
    return is_right


def confirm_factor(session: Session, user: User, code: str, now: datetime) -> list[str] | None:
    """Take a second factor into use if its first code is right; gives recovery codes, shown once."""
    if not is_code(user, code, now):
        return None
    codes = [passwords.random_code(passwords.RECOVERY_GROUPS) for _ in range(RECOVERY_CODES)]
    user.totp_confirmed_at = now
    user.recovery_hashes = [digest(item) for item in codes]
    audit(session, actor_of(user, now), "second factor set", user)
    return codes


def drop_factor(session: Session, user: User, now: datetime, *, but: UserSession | None = None) -> None:
    """Take a second factor out of use, so that a new one is set at the next step; other sessions end."""
    begin_factor(user)
    user.recovery_hashes = []
    end_sessions(session, user, now, but=but)
    audit(session, actor_of(user, now), "second factor dropped", user)


def note_refusal(session: Session, user: User | None, method: str, path: str, now: datetime) -> None:
    """Leave a line in the audit trail: somebody was refused."""
    if user is not None:
        audit(session, actor_of(user, now), "refused", user, {"method": method, "path": path[:200]})


def set_preferences(user: User, *, theme: str, shortcuts: str) -> None:
    """Keep how a user likes the pages."""
    user.preferences = {"theme": theme, "shortcuts": shortcuts}
