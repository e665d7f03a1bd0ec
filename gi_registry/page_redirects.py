"""EDGE. Redirects that editors enter, for addresses of pages: an answer about a label is never one of them.

Looking for a redirect asks the database. What is wrong with a code can be told without it, also while it is away.
"""

import re

from django.http import HttpRequest, HttpResponse
from wagtail.contrib.redirects.middleware import RedirectMiddleware

ABOUT_LABELS = re.compile(r"^/((en/)?[vV]|api/v1/labels)/")


class PageRedirectMiddleware(RedirectMiddleware):  # type: ignore[misc]
    """Wagtail's, but for the addresses of labels, which mean what they say."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if ABOUT_LABELS.match(request.path_info):
            return response
        answer: HttpResponse = super().process_response(request, response)
        return answer
