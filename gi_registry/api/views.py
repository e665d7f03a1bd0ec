"""EDGE. The interface itself: where it begins, its schema, its documentation, and what is not there."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from gi_registry.api import documentation, problems
from gi_registry.api.api_settings import ADDRESS, VERSION
from gi_registry.api.base import ApiView
from gi_registry.api.fields import parameter
from gi_registry.api.problems import Invalid

FORMATS = ("json", "yaml")
BEGINNINGS = {
    "products": "api_products", "areas": "api_areas", "enterprises": "api_enterprises",
    "authorisations": "api_authorisations", "announcements": "api_announcements", "agreements": "api_agreements",
    "coverage": "api_coverage", "divisions": "api_divisions", "changes": "api_changes",
}  # fmt: skip


class Beginning(serializers.Serializer):
    """Where to begin."""

    version = serializers.CharField()
    documentation = serializers.URLField()
    schema = serializers.URLField()
    resources = serializers.DictField(child=serializers.URLField(), help_text=_("Address of each list"))


class Begin(ApiView):
    operation, tag, summary = "begin", "register", _("Where to begin")
    example = ""
    answers = Beginning

    def answer(self, asked: None, **path: Any) -> Any:
        return {
            "version": VERSION,
            "documentation": f"{settings.SITE_URL}{ADDRESS}docs/",
            "schema": f"{settings.SITE_URL}{ADDRESS}schema/",
            "resources": {name: settings.SITE_URL + reverse(view) for name, view in BEGINNINGS.items()},
        }


class SchemaView(ApiView):
    operation, tag, summary = "getSchema", "register", _("This schema, as JSON or YAML")
    example = "schema/?format=yaml"
    parameters = [parameter("format", _("Instead of the header Accept"), enum=FORMATS)]
    answers = OpenApiTypes.OBJECT
    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        wanted = request.query_params.get("format")
        if wanted in FORMATS:
            renderer = self.renderer_classes[FORMATS.index(wanted)]()
            return renderer, renderer.media_type
        return super().perform_content_negotiation(request, force)

    def read(self, query: QueryDict) -> None:
        if (query.get("format") or FORMATS[0]) not in FORMATS:
            raise Invalid({"format": [gettext("One of: %(values)s.") % {"values": ", ".join(FORMATS)}]})

    def answer(self, asked: None, **path: Any) -> Any:
        return schema_in("en")


class Nothing(ApiView):
    """Whatever has no address of its own."""

    schema = None

    def get(self, request: Request, **path: Any) -> HttpResponse:
        raise Http404


@cache
def schema_in(language: str) -> dict[str, Any]:
    """The schema with its words in a language. Made once in each process."""
    with override(language):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The documentation: the schema as a page."""
    content = documentation.of_schema(schema_in(get_language() or "zh-hans"))
    context = {
        "subjects": content,
        "host": settings.SITE_URL,
        "limits": {"anonymous": settings.API_LIMIT, "key": settings.API_KEY_LIMIT},
        "problems": [(status, *kind) for status, kind in problems.KINDS.items()],
        "crumbs": [(_("Interface for programs"), "")],
    }
    return render(request, "gi_registry/api_docs.html", context)
