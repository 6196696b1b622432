"""One request as pages see it: who asks, the open transaction, the form, and how to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from speciosa.errors import RefusedError
from speciosa.monitor.services import accounts
from speciosa.monitor.web.access import ANONYMOUS, PENDING
from speciosa.monitor.web.forms import Reader
from speciosa.monitor.web.settings import Settings
from speciosa.monitor.web.shelf import Shelf

if TYPE_CHECKING:
    from jinja2 import Environment
    from sqlalchemy.orm import Session

    from speciosa.monitor.db import User, UserSession
    from speciosa.monitor.services import Actor


class NotFoundError(Exception):
    """What the address names is not there, or not for this user."""


@dataclass(frozen=True)
class Call:
    """One request.

    Parameters
    ----------
    request : Request
    session : Session
        Of the database: to read for a page, to write for a form.
    settings : Settings
    templates : Environment
    now : datetime
    form : mapping of str to str
    shelf : Shelf
        Keeps what takes time to read.
    user, login : optional
        Who asks and by which session; None for nobody.
    """

    request: Request
    session: Session
    settings: Settings
    templates: Environment
    now: datetime
    form: Mapping[str, str]
    shelf: Shelf
    user: User | None = None
    login: UserSession | None = None

    @property
    def standing(self) -> str:
        """Role of the user, or what stands in for it."""
        if self.user is None or self.login is None:
            return ANONYMOUS
        return self.user.role if self.login.second_factor_at is not None else PENDING

    @property
    def known_user(self) -> User:
        """The user of a page that nobody else reaches.

        Raises
        ------
        RefusedError
        """
        if self.user is None:
            raise RefusedError("nobody is logged in", expected="a user")
        return self.user

    @property
    def actor(self) -> Actor:
        """The user as the services know one."""
        return accounts.actor_of(self.known_user, self.now)

    @property
    def address(self) -> str:
        """Where the request came from, as the server itself saw it."""
        return self.request.client.host if self.request.client else "unknown"

    @property
    def is_fragment(self) -> bool:
        """Whether a script asks for a part of the page."""
        return self.request.headers.get("HX-Request") == "true"

    def parameter(self, name: str) -> str:
        """Part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """Part of the query, where it is given once."""
        values = self.request.query_params.getlist(name)
        return values[0] if len(values) == 1 else None

    def reader(self) -> Reader:
        """Reader of the form."""
        return Reader(self.form, self.settings.zone, self.now)

    def render(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
        """Page from a template."""
        theme = (self.user.preferences or {}) if self.user is not None else {}
        page = self.templates.get_template(template).render(
            call=self,
            settings=self.settings,
            user=self.user,
            standing=self.standing,
            now=self.now,
            path=self.request.url.path,
            csrf=self.login.csrf_token if self.login is not None else "",
            theme=theme.get("theme", "system"),
            has_shortcuts=theme.get("shortcuts", "on") == "on",
            **context,
        )
        return HTMLResponse(page, status_code=status)

    @staticmethod
    def redirect(path: str) -> Response:
        """Send the browser to another page of the program, after a form was taken."""
        return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)


@dataclass(frozen=True)
class Page:
    """What answers a method on a path.

    Parameters
    ----------
    method : str
        ``"GET"`` or ``"POST"``.
    path : str
    answer : callable
    is_for_demonstration : bool
        Whether it exists in demonstrations only.
    keeps_refused : bool
        Whether what it wrote is kept where its answer is a refusal: attempts to log in.
    """

    method: str
    path: str
    answer: Callable[[Call], Response]
    is_for_demonstration: bool = False
    keeps_refused: bool = False
