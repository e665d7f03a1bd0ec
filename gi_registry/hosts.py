"""LEAF. Which host serves what, where the register has several (`GI_DESK_URL`, `GI_CMS_URL`).

The public host shows public pages and answers for labels; portal, desk and accounts live on the desk's host, the page
editor on its own. Cookies belong to one host, so a hole in one gives no sign-in on another. A page that is asked for
on the wrong host is shown where it belongs; a form that arrives there is not taken. With one host this does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

PUBLIC, DESK, CMS = "public", "desk", "cms"
# What belongs to every page, and what operators ask for. First pieces of addresses.
EVERYWHERE = frozenset(
    {
        "static", "media", "label-photos", "documents", "favicon.ico", "robots.txt", "text-size", "healthz", "readyz",
        "metrics", ".well-known",
    }
)  # fmt: skip
WORK = frozenset(["desk", "portal"])
ACCOUNTS = frozenset(["account", "_util"])


def serving(path: str) -> tuple[str, ...]:
    """The hosts on which an address is served; the first is where it belongs. () for all of them."""
    if path.startswith(f"/{settings.CMS_PATH}"):
        return (CMS,)
    first = path.removeprefix("/en/").lstrip("/").split("/", 1)[0]
    if first in EVERYWHERE:
        return ()
    if first in WORK:
        return (DESK,)
    return (DESK, CMS) if first in ACCOUNTS else (PUBLIC,)


def absolute(path: str) -> str:
    """An address with its host where that may be another one; a plain path where there is one host only."""
    belongs = serving(path)
    return origins()[belongs[0]] + path if settings.OWN_HOSTS and belongs else path


def origins() -> dict[str, str]:
    """Scheme and host of each kind."""
    return {PUBLIC: settings.SITE_URL, DESK: settings.DESK_URL, CMS: settings.CMS_URL}


class HostsMiddleware:
    """Leads to the host where an address belongs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.OWN_HOSTS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if getattr(request, "is_dummy", False):  # a preview, which Wagtail asks for in its own name
            return self.get_response(request)
        here, belongs = request.get_host(), serving(request.path_info)
        safe = request.method in ("GET", "HEAD", "OPTIONS")
        origin = request.headers.get("Origin", "null")
        if not safe and origin != "null" and urlsplit(origin).netloc != here:
            raise PermissionDenied("A form of one host was sent to another.")
        if not belongs or kinds_of(here) & set(belongs):
            return self.get_response(request)
        # Where the editor is, is not told to who asks elsewhere.
        if not safe or belongs == (CMS,):
            raise Http404("This address is served by another host.")
        return HttpResponseRedirect(origins()[belongs[0]] + request.get_full_path())


def kinds_of(host: str) -> set[str]:
    """What a host serves. Names that are no host of their own (aliases, addresses within) serve public pages."""
    return {kind for kind, origin in origins().items() if urlsplit(origin).netloc == host} or {PUBLIC}
