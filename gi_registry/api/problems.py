"""LEAF. What the API answers when it cannot: problem documents of RFC 9457, in the language the client asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import get_language, gettext, gettext_lazy, override
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response

from gi_registry import visitors
from gi_registry.api.api_settings import ADDRESS

MEDIA_TYPE = "application/problem+json"
# Status → (end of the type's address, title).
KINDS: dict[int, tuple[str, Any]] = {
    400: ("invalid-parameters", gettext_lazy("A parameter cannot be used")),
    401: ("unknown-key", gettext_lazy("The key is not known or was ended")),
    404: ("not-found", gettext_lazy("Nothing is here")),
    405: ("read-only", gettext_lazy("This interface only reads")),
    406: ("not-acceptable", gettext_lazy("No such representation")),
    429: ("too-many-requests", gettext_lazy("Too many requests")),
}


class Invalid(exceptions.APIException):
    """Parameters that cannot be used: sentences by name."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = gettext_lazy("Nothing was answered, so that no wrong list is taken for the right one.")

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = {name: list(map(str, sentences)) for name, sentences in errors.items()}
        super().__init__()


class Problem(serializers.Serializer):
    """Why there is no answer (RFC 9457)."""

    type = serializers.URLField(help_text=gettext_lazy("Address that explains this kind of problem"))
    title = serializers.CharField(help_text=gettext_lazy("The kind of problem in words"))
    status = serializers.IntegerField(help_text=gettext_lazy("The HTTP status"))
    detail = serializers.CharField(help_text=gettext_lazy("What to do about it"))
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=gettext_lazy("By parameter: why its value cannot be used"),
    )


def errors_of(form: forms.BaseForm) -> dict[str, list[str]]:
    """What a form could not read, by field."""
    return {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


def language_of(request: HttpRequest) -> str:
    """The language that sentences of problems are in."""
    return "zh-hans" if visitors.prefers_chinese(request.META.get("HTTP_ACCEPT_LANGUAGE", "")) else "en"


def response_to(error: Exception, request: HttpRequest) -> Response | None:
    """The problem document for an error that has one, else None: what is broken stays a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if not isinstance(error, exceptions.APIException) or error.status_code not in KINDS:
        return None
    with override(language_of(request)):
        response = Response(as_dict(error), status=error.status_code, content_type=MEDIA_TYPE)
        response["Content-Language"] = get_language() or ""
    response["Cache-Control"] = "no-store"
    if isinstance(error, exceptions.Throttled) and error.wait:
        response["Retry-After"] = str(int(error.wait))
    if error.status_code == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = "Api-Key"
    return response


def as_dict(error: exceptions.APIException) -> dict[str, Any]:
    """The document itself, in the present language."""
    kind, title = KINDS[error.status_code]
    document = {
        "type": f"{settings.SITE_URL}{ADDRESS}docs/#{kind}",
        "title": str(title),
        "status": error.status_code,
        "detail": _detail(error),
    }
    return document | ({"errors": error.errors} if isinstance(error, Invalid) else {})


def _detail(error: exceptions.APIException) -> str:
    match error.status_code:
        case 401:
            return gettext("Ask the operator for a key, or ask without one: the limits are lower then.")
        case 404:
            return gettext("The register has no public record at this address. The documentation lists the addresses.")
        case 405:
            return gettext("Ask with GET, HEAD or OPTIONS.")
        case 406:
            return gettext("Ask for JSON in the header Accept, or send no such header.")
        case 429:
            return gettext("Wait as many seconds as the header Retry-After says. With a key you may ask more often.")
        case _:
            return str(Invalid.default_detail)
