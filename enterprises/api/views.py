"""EDGE. The API on who may use the special mark, and on labels. Each address asks the reader that its page asks."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers as drf
from rest_framework.request import Request

from enterprises import authorisation_facts, directory
from enterprises.api import serializers as shapes
from enterprises.filters import DateForm, EnterpriseFilter
from enterprises.models import Authorisation, Enterprise
from enterprises.views.verify import label_json
from gi_registry.api.base import ApiView, ListView
from gi_registry.api.fields import Place, in_path, page_of, parameter, parameters_of
from gi_registry.api.problems import Invalid, errors_of

AS_OF = parameter("as_of", _("The date to answer for, today at the latest; default today"), OpenApiTypes.DATE)
DAY = {"as_of": drf.DateField()}
FILTERS = parameters_of(
    EnterpriseFilter,
    q=_("Name, or a product that it is authorised for"),
    province=_("GB/T 2260 code of a province"),
    product=_("Number of a product"),
    status=_("What can be told of an authorisation on the date"),
    as_of=_("The date to answer for, today at the latest; default today"),
)


class Filtered(ListView):
    """A list that answers to the filter of the directory; real bodies only, as on the page."""

    parameters = FILTERS

    def read(self, query: QueryDict) -> EnterpriseFilter:
        chosen = EnterpriseFilter(query)
        if chosen.notices:
            raise Invalid(errors_of(chosen.form))
        return chosen

    def beside(self, asked: EnterpriseFilter) -> dict[str, Any]:
        return {"as_of": asked.wanted.date}


class Enterprises(Filtered):
    operation, tag, summary = "listEnterprises", "enterprises", _("Enterprises with their authorisations on a date")
    example = "enterprises/?product=365&status=in_force"
    item = shapes.Enterprise
    answers = page_of(shapes.Enterprise, **DAY)

    def rows(self, asked: EnterpriseFilter, **path: Any) -> QuerySet[Enterprise]:
        return asked.qs


class OneEnterprise(ApiView):
    operation, tag, summary = "getEnterprise", "enterprises", _("One enterprise on a date")
    example = "enterprises/E0001/"
    in_path = [in_path("key", _("Credit code, or the register's reference"))]
    description = _("By credit code, or by the register's reference. Demonstration enterprises answer too and say so.")
    parameters = [AS_OF]
    answers = shapes.FullEnterprise
    moved = _("The enterprise has a credit code by now, or the code was not written in capitals")

    def read(self, query: QueryDict) -> datetime.date:
        return read_date(query)

    def answer(self, asked: datetime.date, **path: Any) -> Any:
        enterprise = directory.by_key(path["key"])
        if enterprise is None:
            raise Http404
        if enterprise.key != path["key"]:
            return HttpResponsePermanentRedirect(reverse("api_enterprise", args=[enterprise.key]))
        enterprise.shown = directory.history(enterprise, asked)  # type: ignore[attr-defined]
        enterprise.as_of = asked  # type: ignore[attr-defined]
        return shapes.FullEnterprise(enterprise).data


class Authorisations(Filtered):
    operation, tag, summary = "listAuthorisations", "enterprises", _("Authorisations to use the special mark on a date")
    example = "authorisations/?as_of=2022-06-30"
    item = shapes.HeldAuthorisation
    answers = page_of(shapes.HeldAuthorisation, **DAY)

    def rows(self, asked: EnterpriseFilter, **path: Any) -> QuerySet[Authorisation]:
        holders = asked.qs.order_by().values("pk")
        rows = directory.wanted_authorisations(asked.wanted).filter(enterprise__in=holders)
        return rows.select_related("enterprise", "product", "announcement")


class OneAuthorisation(ApiView):
    operation, tag, summary = "getAuthorisation", "enterprises", _("One authorisation on a date")
    example = "authorisations/E0001/"
    in_path = [in_path("reference", _("The register's own number of the authorisation"))]
    parameters = [AS_OF]
    answers = shapes.FullAuthorisation

    def read(self, query: QueryDict) -> datetime.date:
        return read_date(query)

    def answer(self, asked: datetime.date, **path: Any) -> Any:
        row = authorisation_facts.by_reference(path["reference"])
        found = authorisation_facts.answer(row, asked) if row else None
        if row is None or found is None or found.standing is None:  # it has not begun: nothing to tell yet
            raise Http404
        row.standing = found.standing  # type: ignore[attr-defined]
        terms = found.terms
        return shapes.HeldAuthorisation(row).data | {
            "as_of": found.on,
            "usable": found.usable,
            "varieties": list(terms.varieties) if terms else [],
            "standard": terms.standard if terms else "",
            "sites": Place(terms.sites.all() if terms else [], many=True).data,
        }


def read_date(query: QueryDict) -> datetime.date:
    """`as_of`, default today."""
    form = DateForm(query)
    if not form.is_valid():
        raise Invalid(errors_of(form))
    return form.cleaned_data["as_of"] or timezone.localdate()


class Label(ApiView):
    """The answer of the first release, with limits, words and refusals of its own."""

    operation, tag, summary = "getLabel", "labels", _("What the register knows of a label")
    example = "labels/7777-7777-7777-7777-7777-7777/"
    description = _(
        "Counts as no scan. The code may be written in small letters, with blanks and hyphens. Limits of its own: 600 a"
        " minute of known codes, 10 in ten minutes of unknown ones, for each network; a key changes nothing here."
    )
    answers = shapes.LabelAnswer
    in_path = [in_path("text", _("The code, 24 signs"))]
    more_answers = {
        404: OpenApiResponse(shapes.LabelVerdict, description=_("No label of this register, or a typing error")),
        429: OpenApiResponse(shapes.LabelRefusal, description=_("Too many codes asked")),
        503: OpenApiResponse(shapes.LabelRefusal, description=_("The register cannot tell at the moment")),
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Neither key nor parameters are asked, as ever."""
        renderer = self.renderer_classes[0]()
        request.accepted_renderer, request.accepted_media_type = renderer, renderer.media_type
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self.http_method_not_allowed(request)

    def get(self, request: Request, **path: Any) -> HttpResponseBase:
        plain: HttpRequest = request._request
        return label_json(plain, path["text"])
