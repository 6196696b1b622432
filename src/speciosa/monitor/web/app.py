"""The application: pages, static files, headers, and the names under which it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib.resources import as_file, files
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from speciosa.monitor.db import Database
from speciosa.monitor.web.access import check_complete
from speciosa.monitor.web.call import Page
from speciosa.monitor.web.headers import SecurityHeaders
from speciosa.monitor.web.pages import PAGES
from speciosa.monitor.web.pipeline import Pipeline
from speciosa.monitor.web.rendering import environment
from speciosa.monitor.web.settings import Settings
from speciosa.monitor.web.shelf import Shelf
from speciosa.monitor.web.throttle import Throttle

KEPT_LONG = "public, max-age=31536000, immutable"
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "testserver")


class Assets(StaticFiles):
    """Static files; their address changes with their content, so that browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer one request."""
        response = await super().get_response(path, scope)
        if response.status_code == HTTPStatus.OK and scope["query_string"]:
            response.headers["Cache-Control"] = KEPT_LONG
        return response


def _endpoint(pipeline: Pipeline, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await pipeline.answer(page, request)

    return endpoint


def _static_folder() -> Path:
    with as_file(files("speciosa.monitor.web").joinpath("static")) as folder:
        return folder


async def _http_trouble(request: Request, fault: Exception) -> Response:
    """Answer in one sentence where no page is reached."""
    status = fault.status_code if isinstance(fault, HTTPException) else HTTPStatus.BAD_REQUEST
    headers = fault.headers if isinstance(fault, HTTPException) else None
    return PlainTextResponse(f"{HTTPStatus(status).phrase}.\n", status_code=status, headers=headers)


def create_app(database: Database, settings: Settings) -> Starlette:
    """Make the application.

    Parameters
    ----------
    database : Database
        That holds the records.
    settings : Settings

    Raises
    ------
    RecordError
        If a page has no line in the table of access, or a line no page.
    """
    check_complete((page.method, page.path) for page in PAGES)
    throttle = Throttle(settings.requests_per_minute)
    pipeline = Pipeline(database, settings, environment(settings), throttle, Shelf())
    shown = [page for page in PAGES if settings.is_demonstration or not page.is_for_demonstration]
    routes: list[Route | Mount] = [
        Route(page.path, _endpoint(pipeline, page), methods=[page.method]) for page in shown
    ]
    routes.append(Mount("/static", Assets(directory=_static_folder())))
    application = Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders, has_tls=settings.has_tls),
            Middleware(
                TrustedHostMiddleware, allowed_hosts=[*(settings.hosts or LOCAL_NAMES)], www_redirect=False
            ),
        ],
        exception_handlers={HTTPException: _http_trouble},
    )
    application.router.redirect_slashes = False
    return application
