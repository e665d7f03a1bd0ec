"""Larger text for who wants it: one link that works without script. The choice is a cookie that names nobody. EDGE."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

COOKIE = "text"
BIG = "big"
A_YEAR = 365 * 86_400  # seconds


@never_cache
@require_safe
def text_size(request: HttpRequest) -> HttpResponse:
    """Remember the size (`size=big`, or anything else for the normal one) and go back to the page (`next`)."""
    answer = HttpResponseRedirect(_back(request))
    if request.GET.get("size") == BIG:
        answer.set_cookie(
            COOKIE, BIG, max_age=A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    else:
        answer.delete_cookie(COOKIE, samesite="Lax")
    return answer


def vary_by_cookie(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no cache between gives one reader the page of another.

    Pages differ by the size of their text, and by whether somebody is signed in (the header looks at the cookie alone).
    """

    def varied(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response

    return varied


def _back(request: HttpRequest) -> str:
    """The page that somebody came from, if it is one of this site; else the home page."""
    wanted = request.GET.get("next", "")
    own = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if own and "\0" not in wanted else reverse("home")
