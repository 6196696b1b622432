"""The way in: login in two steps, the demonstration's open door, log out, and the intended use."""

from __future__ import annotations

from http import HTTPStatus

import segno
from markupsafe import Markup
from sqlalchemy import select
from starlette.responses import Response

from speciosa.errors import AccountError
from speciosa.monitor.db.accounts import User
from speciosa.monitor.services import accounts
from speciosa.monitor.services.accounts import start_session
from speciosa.monitor.web.call import Call, NotFoundError, Page
from speciosa.monitor.web.rendering import ROLE_WORDS

HOMES = {"administrator": "/users", "clinician": "/today", "observer": "/today", "person": "/me"}
LONGEST_PASSWORD, LONGEST_CODE = 256, 40
WRONG_LOGIN = (
    "Login and password do not fit, or too many attempts failed."
    " After five failures, wait a quarter of an hour."
)
WRONG_CODE = "This code does not fit, or it was used already. Wait for the next one."


def home(call: Call) -> Response:
    """Send everybody to the page that is theirs."""
    return call.redirect(HOMES[call.standing])


def intended_use(call: Call) -> Response:
    """Intended use."""
    return call.render("intended_use.html")


def login_form(call: Call, faults: dict[str, str] | None = None, status: int = HTTPStatus.OK) -> Response:
    """First step: login and password."""
    return call.render(
        "login.html",
        status=status,
        faults=faults or {},
        values=call.form,
        sentence=None,
        demonstration_roles=tuple(ROLE_WORDS.items()),
    )


def open_session(call: Call, user: User, target: str, *, has_second_factor: bool) -> Response:
    """Begin a session in place of the one there is, and send the browser on."""
    if call.login is not None:
        call.login.revoked_at = call.now
    settings = call.settings
    token = start_session(
        call.session,
        user,
        call.now,
        settings.lifetime,
        has_second_factor=has_second_factor,
        most=settings.sessions_per_user,
        address=call.address,
        agent=call.request.headers.get("user-agent", ""),
    )
    response = call.redirect(target)
    response.set_cookie(
        settings.cookie, token, path="/", secure=settings.has_tls, httponly=True, samesite="strict"
    )
    return response


def login(call: Call) -> Response:
    """Take the first step."""
    name, password = call.form.get("login", ""), call.form.get("password", "")
    user = None
    if name and len(password) <= LONGEST_PASSWORD:
        user = accounts.check_login(call.session, name, password, call.address, call.now)
    if user is None:
        return login_form(call, {"login": WRONG_LOGIN}, HTTPStatus.UNPROCESSABLE_ENTITY)
    return open_session(call, user, next_step(user), has_second_factor=False)


def next_step(user: User) -> str:
    """What is open after the password was right."""
    if user.must_change_password:
        return "/login/password"
    return "/login/code" if user.totp_confirmed_at is not None else "/login/enroll"


def password_form(call: Call, faults: dict[str, str] | None = None, status: int = HTTPStatus.OK) -> Response:
    """First login: choose a password."""
    if next_step(call.known_user) != "/login/password":
        return call.redirect(next_step(call.known_user))
    return call.render("login_password.html", status=status, faults=faults or {})


def choose_password(call: Call) -> Response:
    """Take the password that replaces the code of the administrator."""
    user = call.known_user
    if next_step(user) != "/login/password":
        return call.redirect(next_step(user))
    new, again = call.form.get("password", ""), call.form.get("again", "")
    faults = {} if new == again else {"again": "The two do not match."}
    if not faults:
        try:
            accounts.set_password(call.session, user, new, call.now, but=call.login)
        except AccountError as fault:
            faults = {"password": str(fault)}
    if faults:
        return password_form(call, faults, HTTPStatus.UNPROCESSABLE_ENTITY)
    return open_session(call, user, next_step(user), has_second_factor=False)


def enroll_form(call: Call, faults: dict[str, str] | None = None, status: int = HTTPStatus.OK) -> Response:
    """First login: set up the second factor."""
    user = call.known_user
    if next_step(user) != "/login/enroll":
        return call.redirect(next_step(user))
    secret = user.totp_secret or ""
    return call.render(
        "login_enroll.html",
        status=status,
        faults=faults or {},
        codes=None,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=picture_code(accounts.factor_address(user)),
    )


def picture_code(address: str) -> Markup:
    """Picture code as SVG without styles."""
    code = segno.make(address, error="m", micro=False)
    return Markup(
        code.svg_inline(scale=4, border=1, dark="#000000", light="#ffffff", svgclass=None, lineclass=None)
    )


def enroll(call: Call) -> Response:
    """Take the second factor into use, and show its recovery codes once."""
    user = call.known_user
    if next_step(user) != "/login/enroll":
        return call.redirect(next_step(user))
    codes = None
    if not accounts.is_blocked(call.session, user.login, call.address, call.now):
        codes = accounts.confirm_factor(
            call.session, user, call.form.get("code", "")[:LONGEST_CODE], call.now
        )
    accounts.note_attempt(
        call.session, user.login, call.address, "second factor", call.now, is_success=codes is not None
    )
    if codes is None:
        return enroll_form(call, {"code": WRONG_CODE}, HTTPStatus.UNPROCESSABLE_ENTITY)
    opened = open_session(call, user, "/", has_second_factor=True)
    shown = call.render("login_enroll.html", faults={}, codes=codes)
    shown.headers["set-cookie"] = opened.headers["set-cookie"]
    return shown


def code_form(call: Call, faults: dict[str, str] | None = None, status: int = HTTPStatus.OK) -> Response:
    """Second step: a code."""
    if next_step(call.known_user) != "/login/code":
        return call.redirect(next_step(call.known_user))
    return call.render("login_code.html", status=status, faults=faults or {})


def check_code(call: Call) -> Response:
    """Take the second step."""
    user = call.known_user
    if next_step(user) != "/login/code":
        return call.redirect(next_step(user))
    code = call.form.get("code", "")[:LONGEST_CODE]
    if not accounts.check_second(call.session, user, code, call.address, call.now):
        return code_form(call, {"code": WRONG_CODE}, HTTPStatus.UNPROCESSABLE_ENTITY)
    return open_session(call, user, "/", has_second_factor=True)


def logout(call: Call) -> Response:
    """End the session, and let the browser forget."""
    if call.login is not None and call.user is not None:
        accounts.end_session(call.session, call.login, call.user, call.now)
    response = call.redirect("/login")
    response.delete_cookie(call.settings.cookie, path="/", secure=call.settings.has_tls, httponly=True)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def enter_demonstration(call: Call) -> Response:
    """Open a synthetic clinic to whoever sits before it; the page exists in demonstrations only."""
    if not call.settings.is_demonstration:
        raise NotFoundError
    role = call.reader().choice("role", "Role", tuple(ROLE_WORDS))
    user = call.session.scalar(select(User).where(User.role == role, User.is_active).order_by(User.login))
    if user is None:
        raise NotFoundError
    return open_session(call, user, "/", has_second_factor=True)


PAGES = (
    Page("GET", "/", home),
    Page("GET", "/intended-use", intended_use),
    Page("GET", "/login", login_form),
    Page("POST", "/login", login, keeps_refused=True),
    Page("GET", "/login/password", password_form),
    Page("POST", "/login/password", choose_password),
    Page("GET", "/login/enroll", enroll_form),
    Page("POST", "/login/enroll", enroll, keeps_refused=True),
    Page("GET", "/login/code", code_form),
    Page("POST", "/login/code", check_code, keeps_refused=True),
    Page("POST", "/logout", logout),
    Page("POST", "/demonstration/enter", enter_demonstration, is_for_demonstration=True),
)
