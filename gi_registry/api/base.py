"""READER. The frame of every address of the API: what it asks, what it answers, how it says no.

A view reads its parameters (`read`: anything unknown or malformed is a problem, never ignored), then answers with
data that its serializer describes. A sign-in changes nothing; a body is never read.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.functional import Promise
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from gi_registry.api import keys, pages, problems
from gi_registry.api.pages import Page, Where
from gi_registry.api.problems import Invalid
from gi_registry.api.schema import Schema
from gi_registry.models import JournalEntry

FRESH = 60  # seconds that an answer may be kept without asking again
PAGING = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": pages.MOST, "default": pages.LIMIT},
        description=_("Records a page"),
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description=_("Which page: from the links of another one")),
]  # fmt: skip


class GeoJSONRenderer(JSONRenderer):
    """GeoJSON (RFC 7946)."""

    media_type = "application/geo+json"


class ApiView(APIView):
    """One address. Subclasses say what stands in the schema, read what is asked (`read`) and answer (`answer`)."""

    operation: ClassVar[str]
    tag: ClassVar[str]
    summary: ClassVar[str | Promise]
    description: ClassVar[str | Promise] = ""
    answers: ClassVar[Any]
    example: ClassVar[str]  # an address below /api/v1/ that answers
    more_answers: ClassVar[dict[Any, Any]] = {}
    parameters: ClassVar[Sequence[OpenApiParameter]] = ()
    in_path: ClassVar[Sequence[OpenApiParameter]] = ()
    moved: ClassVar[str | Promise] = ""  # why an address may lead to another one

    authentication_classes = [keys.KeyAuthentication]
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]
    parser_classes: list[Any] = []
    http_method_names = ["get", "head", "options"]
    schema = Schema()
    # answer(asked, **path): the data, in the shape of `answers`, or a response; raises Http404.
    answer: Callable[..., Any]

    @classmethod
    def asks(cls) -> list[OpenApiParameter]:
        """Every parameter of the query; others are refused."""
        return list(cls.parameters)

    def read(self, query: QueryDict) -> Any:
        """What is asked. Raises Invalid."""
        return None

    # --- a request

    def get(self, request: Request, **path: Any) -> HttpResponseBase:
        with override(problems.language_of(request)):
            self._refuse_unknown(request.query_params)
            asked = self.read(request.query_params)
        data = self.answer(asked, **path)
        response: HttpResponseBase = data if isinstance(data, HttpResponseBase) else Response(data)
        return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)

    def check_throttles(self, request: Request) -> None:
        keys.spend(request, request.auth)

    def handle_exception(self, exc: Exception) -> Response:
        response = problems.response_to(exc, self.request)
        if response is None:
            raise exc
        response.exception = True
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(response, Response) and response.status_code == 200:
            response["Cache-Control"] = f"public, max-age={FRESH}"
            response["Last-Modified"] = http_date(last_change().timestamp())
            response.add_post_render_callback(lambda done: _if_changed(request, done))
        return response

    def _refuse_unknown(self, query: QueryDict) -> None:
        known = {parameter.name for parameter in self.asks()}
        if unknown := [name for name in query if name not in known]:
            words = gettext("Unknown parameter. Known here: %(names)s.") % {"names": ", ".join(sorted(known)) or "–"}
            raise Invalid({name[:40]: [words] for name in unknown[:20]})


class ListView(ApiView):
    """A list, page by page. `asked` of `read` comes with the page asked for."""

    item: ClassVar[type[Serializer]]
    key: ClassVar[str] = "pk"
    # rows(asked, **path): all records of the list: a query, or rows in an order of their own.
    rows: Callable[..., QuerySet[Any] | Sequence[Any]]

    @classmethod
    def asks(cls) -> list[OpenApiParameter]:
        return [*cls.parameters, *PAGING]

    def get(self, request: Request, **path: Any) -> HttpResponseBase:
        with override(problems.language_of(request)):
            self._refuse_unknown(request.query_params)
            where, asked = pages.read(request.query_params), self.read(request.query_params)
            page = self.page(asked, where, **path)
        addresses = pages.links(page, settings.SITE_URL + request.path, request.query_params)
        response: HttpResponseBase = Response({**addresses, **self.beside(asked), **self.body(page.rows, asked)})
        if link := pages.header(addresses):
            response["Link"] = link
        return response

    def page(self, asked: Any, where: Where, **path: Any) -> Page:
        """One page of them."""
        rows = self.rows(asked, **path)
        return pages.of_query(rows, where, self.key) if isinstance(rows, QuerySet) else pages.of_list(rows, where)

    def beside(self, asked: Any) -> dict[str, Any]:
        """Fields beside the list."""
        return {}

    def body(self, rows: list[Any], asked: Any) -> dict[str, Any]:
        """The list."""
        return {"results": self.item(self.records(rows, asked), many=True).data}

    def records(self, rows: list[Any], asked: Any) -> Iterable[Any]:
        """What the serializer reads for each row."""
        return rows


def last_change() -> datetime.datetime:
    """When an answer last may have changed: with the last entry of the journal, or as the day began."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    entry = JournalEntry.objects.values_list("recorded_at", flat=True).first()
    return max(today, entry) if entry else today


def _if_changed(request: Request, response: Response) -> HttpResponseBase | None:
    """304 where the client has the same content. The tag is weak: compression changes the bytes."""
    response["ETag"] = f'W/"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
    since = parse_http_date_safe(response["Last-Modified"])
    return get_conditional_response(request._request, response["ETag"], since, response)
