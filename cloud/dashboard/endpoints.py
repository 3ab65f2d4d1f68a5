"""The dashboard's page at /dashboard and its files. What it shows it asks the public API for, as any client does."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from agent_core.protocol.errors import ErrorCode, ForexEliteError

router = APIRouter(include_in_schema=False)

#: Name → folder of the resources and content type.
_FILES = {
    "index.html": ("web", "text/html; charset=utf-8"),
    "dashboard.css": ("web", "text/css; charset=utf-8"),
    "dashboard.js": ("web", "text/javascript; charset=utf-8"),
    "api.js": ("web", "text/javascript; charset=utf-8"),
    "format.js": ("web", "text/javascript; charset=utf-8"),
    "messages.js": ("web", "text/javascript; charset=utf-8"),
    "tables.js": ("web", "text/javascript; charset=utf-8"),
    "app.svg": ("icons", "image/svg+xml"),
    "Inter-Regular.otf": ("fonts", "font/otf"),
    "Inter-SemiBold.otf": ("fonts", "font/otf"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/")
async def root() -> RedirectResponse:
    """Leads a visitor to the dashboard."""
    return RedirectResponse("/dashboard/")


@router.get("/dashboard")
async def without_slash() -> RedirectResponse:
    """Leads to the address on which the page's relative links work."""
    return RedirectResponse("/dashboard/")


@router.get("/dashboard/{name}")
async def file(request: Request, name: str) -> Response:
    """One of the dashboard's files."""
    return _file(request, name)


@router.get("/dashboard/", name="dashboard")
async def page(request: Request) -> Response:
    """The page."""
    return _file(request, "index.html")


def _file(request: Request, name: str) -> Response:
    if name not in _FILES:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is nothing at this address.")
    data, tag = _content(name)
    headers = _HEADERS | {"ETag": tag}
    # A proxy that compresses marks the tag as weak.
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=_FILES[name][1], headers=headers)


@cache
def _content(name: str) -> tuple[bytes, str]:
    """A file, and the tag by which a client knows that it has it."""
    data = files("resources").joinpath(_FILES[name][0], name).read_bytes()
    return data, f'"{hashlib.sha256(data).hexdigest()}"'
