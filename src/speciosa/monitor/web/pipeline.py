"""The way of every request: limits, who asks, whether they may, whether the form is ours, then the page."""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from speciosa.errors import RefusedError, SpeciosaError
from speciosa.monitor.db import Database
from speciosa.monitor.services import accounts
from speciosa.monitor.web.access import ANONYMOUS, PENDING, access
from speciosa.monitor.web.call import Call, NotFoundError, Page
from speciosa.monitor.web.forms import LARGEST_BODY, BrokenFormError, parse_form
from speciosa.monitor.web.settings import Settings
from speciosa.monitor.web.shelf import Shelf
from speciosa.monitor.web.throttle import Throttle

if TYPE_CHECKING:
    from jinja2 import Environment

log = logging.getLogger("speciosa.monitor.web")
FORM_TYPE = "application/x-www-form-urlencoded"


class _UndoneError(Exception):
    """Leaves a transaction so that nothing of it is kept, with the answer that says why."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


@dataclass(frozen=True)
class Pipeline:
    """Answers requests to pages.

    Parameters
    ----------
    database : Database
    settings : Settings
    templates : Environment
    throttle : Throttle
    shelf : Shelf
    touching : Lock
        Held while the time of last use of a session is written.
    """

    database: Database
    settings: Settings
    templates: Environment
    throttle: Throttle
    shelf: Shelf
    touching: Lock = field(default_factory=Lock)

    async def answer(self, page: Page, request: Request) -> Response:
        """Answer a request to a page."""
        form: dict[str, str] = {}
        if page.method == "POST":
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
                return plain(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This page takes forms only.")
            body = await read_body(request)
            if body is None:
                return plain(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A form holds at most {LARGEST_BODY} bytes."
                )
            try:
                form = parse_form(body)
            except BrokenFormError as fault:
                return plain(HTTPStatus.BAD_REQUEST, str(fault))
        return await run_in_threadpool(self.serve, page, request, form)

    def serve(self, page: Page, request: Request, form: dict[str, str]) -> Response:
        """Answer; what a form wrote is committed before the answer leaves, or none of it is kept."""
        now = datetime.now(UTC)
        database = self.database
        call = Call(request, Session(), self.settings, self.templates, now, form, self.shelf)
        try:
            with database.write() if page.method == "POST" else database.read() as session:
                call = self.identify(replace(call, session=session))
                response = self.refusal(page, call)
                if response is None:
                    response = page.answer(call)
                if response.status_code >= HTTPStatus.BAD_REQUEST and not page.keeps_refused:
                    raise _UndoneError(response)
        except _UndoneError as undone:
            response = undone.response
        except NotFoundError:
            return self.trouble(call, HTTPStatus.NOT_FOUND)
        except RefusedError:
            return self.refuse(call, page)
        except SpeciosaError as fault:
            return self.trouble(call, HTTPStatus.UNPROCESSABLE_ENTITY, str(fault))
        except OperationalError:
            log.exception("database not available")
            return plain(HTTPStatus.SERVICE_UNAVAILABLE, "The records cannot be reached. Try again.")
        except Exception:
            return self.fail(call)
        if call.login is not None and accounts.is_stale(call.login, call.now):
            # After the answer has left: nobody waits for the disk to read a page.
            response.background = BackgroundTask(self.touch, call.login.token_hash, call.now)
        return response

    def touch(self, token_hash: str, now: datetime) -> None:
        """Note that a session was used; where another one is being noted, a later request does it."""
        if not self.touching.acquire(blocking=False):
            return
        try:
            with self.database.write() as session:
                accounts.touch(session, token_hash, now)
        finally:
            self.touching.release()

    def identify(self, call: Call) -> Call:
        """Who asks, by the session's cookie."""
        token = call.request.cookies.get(self.settings.cookie)
        if not token:
            return call
        found = accounts.find_session(call.session, token, call.now, idle=self.settings.idle)
        return call if found is None else replace(call, user=found.user, login=found.login)

    def refusal(self, page: Page, call: Call) -> Response | None:
        """Answer in place of the page; None where the page answers.

        Raises
        ------
        RefusedError
            If the role does not reach the page.
        """
        key = call.login.token_hash if call.login is not None else call.address
        if not self.throttle.admits(key, time.monotonic()):
            return plain(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests. Wait a minute.")
        if page.method == "POST" and not self.is_own_form(call):
            log.warning("form from elsewhere", extra={"path": page.path, "address": call.address})
            return self.trouble(
                call, HTTPStatus.FORBIDDEN, "The form is out of date. Load the page again, then send it."
            )
        if call.standing in access()[page.method, page.path]:
            return None
        if call.standing in (ANONYMOUS, PENDING):
            return self.to_login(call)
        raise RefusedError(f"{call.standing} may not open {page.path}")

    def is_own_form(self, call: Call) -> bool:
        """Whether a form comes from a page of this server, and from this session."""
        headers = call.request.headers
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return False
        if site is None and origin is None:
            return False
        expected = call.login.csrf_token if call.login is not None else ""
        return hmac.compare_digest(call.form.get("csrf", "").encode(), expected.encode())

    def to_login(self, call: Call) -> Response:
        """Send a browser to the login; a script learns that it is logged out."""
        if call.is_fragment:
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/login"})
        return call.redirect("/login/code" if call.standing == PENDING else "/login")

    def refuse(self, call: Call, page: Page) -> Response:
        """Say that the role does not reach here, and leave a line in the audit trail."""
        if call.user is not None:
            with self.database.write() as session:
                accounts.note_refusal(session, call.user, page.method, call.request.url.path, call.now)
        return self.trouble(call, HTTPStatus.FORBIDDEN)

    def trouble(self, call: Call, status: HTTPStatus, sentence: str | None = None) -> Response:
        """Page that says why there is none."""
        return call.render("trouble.html", status=status, code=status, sentence=sentence, reference=None)

    def fail(self, call: Call) -> Response:
        """Page for a fault of the program: a reference for the log, and nothing of the inside."""
        reference = secrets.token_hex(4)
        log.exception("fault %s", reference, extra={"path": call.request.url.path})
        return call.render(
            "trouble.html",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            code=HTTPStatus.INTERNAL_SERVER_ERROR,
            sentence=None,
            reference=reference,
        )


async def read_body(request: Request) -> bytes | None:
    """Body of a request; None if it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def plain(status: HTTPStatus, sentence: str) -> Response:
    """Answer in one sentence."""
    return PlainTextResponse(sentence + "\n", status_code=status)
