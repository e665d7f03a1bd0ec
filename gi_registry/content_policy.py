"""LEAF. From where a browser may take the parts of a page, and what of the device a page may use: two headers.

Public pages, portal and desk load from this site only and hold no script or style of their own within the page, so
that a text that slips through cannot act. Wagtail's editor, below its address (`GI_CMS_PATH`) alone, holds inline
styles, and scripts that start a date field or a chooser: calls of known functions with data. Wagtail's widgets know
no nonce, so these calls get it when the page is ready (`KnownScriptsMiddleware`); any other script does not run. The
page that answers for a label holds one style, known by its hash (`style_policy`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase


def public_policy(
    video_hosts: Iterable[str], *, secure: bool, hosts: Iterable[str] = (), media: Iterable[str] = ()
) -> dict[str, Any]:
    """Directives of every page but the editor's. `video_hosts`: whose frames may play after a click; `hosts`: the
    origins of this register, where it has several: a search at the desk leads to the public host; `media`: the origin
    of editors' pictures, where that is another.
    """
    frames = [f"https://{host}" for host in video_hosts]
    return {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *media],  # blob: the picture that the scanner has just taken
        "object-src": [NONE],
        "frame-src": frames or [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *hosts],
        "base-uri": [NONE],
        "upgrade-insecure-requests": secure,
    }


# The editor shows pages in frames of its own, and Wagtail's screens hold styles, and scripts (`is_known`).
EDITOR_POLICY: dict[str, Any] = {
    "default-src": [SELF],
    "script-src": [SELF, NONCE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "object-src": [NONE],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "form-action": [SELF],
    "base-uri": [SELF],
}


# Nothing of the device is used but the camera of the scanner.
NEVER_USED = (
    "accelerometer", "browsing-topics", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
    "midi", "payment", "serial", "usb",
)  # fmt: skip
WITHOUT_CAMERA = ", ".join(f"{feature}=()" for feature in ("camera", *NEVER_USED))
WITH_CAMERA = WITHOUT_CAMERA.replace("camera=()", "camera=(self)")
SCANNER = re.compile(r"^(/en)?/verify/")


# What Wagtail's widgets and panels write into a page: one call, and nothing but data in it.
STARTS = r"initDateChooser|initDateTimeChooser|initTimeChooser|new [A-Z][A-Za-z]*Chooser|new Chooser"
CALL = re.compile(rf'(?:{STARTS})\(("[^"<>]*"), (\{{[^<>]*\}})\);')
PANEL = re.compile(
    r"\(function\(\) \{\s*var panel = new (?:Inline|MultipleChooser)Panel\(JSON\.parse\(\"[^\"<>]*\"\)\);\s*\}\)\(\);"
)
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def is_known(script: str) -> bool:
    """Whether an inline script starts a widget of Wagtail's with plain data, and does nothing else."""
    if call := CALL.fullmatch(script.strip()):
        try:
            return all(json.loads(part) is not None for part in call.groups())
        except ValueError:
            return False
    return PANEL.fullmatch(script.strip()) is not None


class KnownScriptsMiddleware:
    """Gives the known scripts of the editor's pages their nonce, before the pages are compressed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = not response.streaming and response.get("Content-Type", "").startswith("text/html")
        if is_page and request.path_info.startswith(f"/{settings.CMS_PATH}"):
            opened = f'<script nonce="{request.csp_nonce}">'  # type: ignore[attr-defined]

            def marked(found: re.Match[str]) -> str:
                return f"{opened}{found[1]}</script>" if is_known(found[1]) else found[0]

            response.content = INLINE.sub(marked, response.content.decode()).encode()
            if response.has_header("Content-Length"):
                response["Content-Length"] = str(len(response.content))
        return response


class ContentPolicyMiddleware(CSPMiddleware):
    """The public policy, or the editor's below its address. A response that brings its own policy keeps it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(
            "Permissions-Policy", WITH_CAMERA if SCANNER.match(request.path_info) else WITHOUT_CAMERA
        )
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(f"/{settings.CMS_PATH}"):
            parts.config = {**EDITOR_POLICY, "img-src": [*EDITOR_POLICY["img-src"], *settings.MEDIA_ORIGINS]}
        elif getattr(request, "is_dummy", False):  # a preview, which Wagtail shows in a frame of the editor
            parts.config = {**(parts.config or {}), "frame-ancestors": [SELF]}
        return parts


def style_policy(*styles: str) -> str:
    """The header of a page without script whose one style is among `styles`, each as it stands in the page."""
    hashes = " ".join(f"'sha256-{_hash(style)}'" for style in styles)
    return (
        f"default-src 'none'; img-src 'self'; style-src {hashes}; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
