"""What administrators do: accounts of others, and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from sqlalchemy import select
from starlette.responses import Response

from speciosa.errors import AccountError, UnknownNameError
from speciosa.monitor.db import LoginAttempt, Person, User
from speciosa.monitor.services import SYSTEM_USER, accounts, entries
from speciosa.monitor.services.accounts import HUMAN_ROLES
from speciosa.monitor.web.call import Call, NotFoundError, Page
from speciosa.monitor.web.forms import FormError
from speciosa.monitor.web.rendering import ROLE_WORDS

PAGE_OF_ENTRIES = 100
FAILURES_SHOWN = 50


def users(call: Call) -> Response:
    """All accounts."""
    return call.render(
        "users.html", users=accounts.list_users(call.session, call.actor), said=call.query("said")
    )


def new_user(call: Call, faults: Mapping[str, str] | None = None, status: int = HTTPStatus.OK) -> Response:
    """Form of a new account."""
    return call.render(
        "user_form.html",
        status=status,
        faults=faults or {},
        values=dict(call.form) or {"role": "clinician"},
        roles=tuple(ROLE_WORDS.items()),
        pseudonyms=call.session.scalars(select(Person.pseudonym).order_by(Person.pseudonym)).all(),
    )


def take_user(call: Call) -> Response:
    """Make an account, and show its code once."""
    reader = call.reader()
    login = reader.required_text("login", "Login", longest=40)
    name = reader.required_text("display_name", "Name", longest=120)
    role = reader.choice("role", "Role", HUMAN_ROLES)
    person = reader.text("person", "Person")
    try:
        reader.check()
        user, code = accounts.add_user(call.session, call.actor, login, name, str(role), person)
    except FormError as fault:
        return new_user(call, fault.faults, HTTPStatus.UNPROCESSABLE_ENTITY)
    except (AccountError, UnknownNameError) as fault:
        return new_user(call, {fault.where or "": str(fault)}, HTTPStatus.UNPROCESSABLE_ENTITY)
    return show_user(call, user, code=code)


def user_of(call: Call) -> User:
    """The account that the address names.

    Raises
    ------
    NotFoundError
    """
    user = call.session.get(User, call.parameter("user"))
    if user is None or user.id == SYSTEM_USER:
        raise NotFoundError
    return user


def show_user(call: Call, shown: User, *, code: str | None = None, fault: str | None = None) -> Response:
    """One account, its sessions and its failed attempts."""
    failed = call.session.scalars(
        select(LoginAttempt)
        .where(LoginAttempt.login == shown.login, LoginAttempt.is_success.is_(False))
        .order_by(LoginAttempt.at.desc())
        .limit(FAILURES_SHOWN)
    ).all()
    return call.render(
        "user.html",
        status=HTTPStatus.OK if fault is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        shown=shown,
        sessions=accounts.list_sessions(call.session, shown, call.now),
        failed=failed,
        code=code,
        fault=fault,
    )


def user(call: Call) -> Response:
    """One account."""
    return show_user(call, user_of(call))


def change_user(call: Call) -> Response:
    """Close, open or reset an account, or end its sessions."""
    shown, actor = user_of(call), call.actor
    act = call.reader().choice("act", "Action", ("disable", "enable", "reset", "end"))
    code = None
    try:
        if act == "reset":
            code = accounts.renew_activation(call.session, actor, shown)
        elif act == "end":
            accounts.close_sessions(call.session, actor, shown)
        elif act is not None:
            accounts.set_active(call.session, actor, shown, is_active=act == "enable")
    except AccountError as fault:
        return show_user(call, shown, fault=str(fault))
    return show_user(call, shown, code=code)


def audit(call: Call) -> Response:
    """The audit trail, the newest entries first."""
    before = call.query("before")
    found = entries(
        call.session,
        call.actor,
        before=int(before) if before and before.isdecimal() and len(before) <= 12 else None,  # noqa: PLR2004
        limit=PAGE_OF_ENTRIES,
    )
    names = {row.id: row.login for row in call.session.execute(select(User.id, User.login))}
    pseudonyms = {row.id: row.pseudonym for row in call.session.execute(select(Person.id, Person.pseudonym))}
    return call.render("audit.html", entries=found, names=names, pseudonyms=pseudonyms, size=PAGE_OF_ENTRIES)


PAGES = (
    Page("GET", "/audit", audit),
    Page("GET", "/users", users),
    Page("GET", "/users/new", new_user),
    Page("POST", "/users/new", take_user),
    Page("GET", "/users/{user}", user),
    Page("POST", "/users/{user}", change_user),
)
