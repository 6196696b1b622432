"""A user's own account: password, second factor, sessions, and how the pages look."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from speciosa.errors import AccountError
from speciosa.monitor.services import accounts, passwords
from speciosa.monitor.web.call import Call, Page
from speciosa.monitor.web.pages.entry import LONGEST_CODE, LONGEST_PASSWORD, WRONG_CODE, open_session

THEMES = (("system", "As the device"), ("light", "Light"), ("dark", "Dark"))
SHORTCUTS = (("on", "On"), ("off", "Off"))


def account(call: Call, faults: dict[str, str] | None = None, status: int = HTTPStatus.OK) -> Response:
    """The account of whoever asks."""
    user = call.known_user
    return call.render(
        "account.html",
        status=status,
        faults=faults or {},
        sessions=accounts.list_sessions(call.session, user, call.now),
        recovery_left=len(user.recovery_hashes),
        themes=THEMES,
        shortcuts=SHORTCUTS,
        values={"theme": "system", "shortcuts": "on", **(user.preferences or {})},
        said=call.query("said"),
    )


def preferences(call: Call) -> Response:
    """Keep how the pages look."""
    reader = call.reader()
    theme = reader.choice("theme", "Colors", dict(THEMES))
    shortcuts = reader.choice("shortcuts", "Keys", dict(SHORTCUTS))
    reader.check()
    accounts.set_preferences(call.known_user, theme=str(theme), shortcuts=str(shortcuts))
    return call.redirect("/account?said=preferences")


def is_really(call: Call) -> bool:
    """Whether password and code of a form are those of the user: asked before a factor is changed."""
    user = call.known_user
    password, code = call.form.get("current", ""), call.form.get("code", "")[:LONGEST_CODE]
    if accounts.is_blocked(call.session, user.login, call.address, call.now):
        return False
    is_right = len(password) <= LONGEST_PASSWORD and passwords.is_password(password, user.password_hash)
    if not is_right:
        accounts.note_attempt(call.session, user.login, call.address, "password", call.now, is_success=False)
        return False
    return accounts.check_second(call.session, user, code, call.address, call.now)


NOT_YOU = {"current": f"The password does not fit, or the code. {WRONG_CODE}"}


def password(call: Call) -> Response:
    """Change the password; other sessions end."""
    new, again = call.form.get("password", ""), call.form.get("again", "")
    faults = {} if new == again else {"again": "The two do not match."}
    if not faults and not is_really(call):
        faults = NOT_YOU
    if not faults:
        try:
            accounts.set_password(call.session, call.known_user, new, call.now, but=call.login)
        except AccountError as fault:
            faults = {"password": str(fault)}
    if faults:
        return account(call, faults, HTTPStatus.UNPROCESSABLE_ENTITY)
    return open_session(call, call.known_user, "/account?said=password", has_second_factor=True)


def factor(call: Call) -> Response:
    """Replace the second factor: the session goes back to the step where one is set."""
    if not is_really(call):
        return account(call, NOT_YOU, HTTPStatus.UNPROCESSABLE_ENTITY)
    accounts.drop_factor(call.session, call.known_user, call.now, but=call.login)
    return open_session(call, call.known_user, "/login/enroll", has_second_factor=False)


def sessions(call: Call) -> Response:
    """End one's other sessions, or one of them."""
    named = call.form.get("session", "")
    user = call.known_user
    if named == "others":
        accounts.end_sessions(call.session, user, call.now, but=call.login)
    else:
        for item in accounts.list_sessions(call.session, user, call.now):
            if item.token_hash[-16:] == named:
                accounts.end_session(call.session, item, user, call.now)
    return call.redirect("/account?said=sessions")


PAGES = (
    Page("GET", "/account", account),
    Page("POST", "/account/preferences", preferences),
    Page("POST", "/account/password", password, keeps_refused=True),
    Page("POST", "/account/factor", factor, keeps_refused=True),
    Page("POST", "/account/sessions", sessions),
)
