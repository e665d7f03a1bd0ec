"""The record of one product."""

import json

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gi_registry import qr_codes
from gi_registry.query_values import PastDateField, read
from products import case_pages, linked_data, maps, record_facts, zones
from products.models import FormerNumber, Product

# What would end the script element or open a comment in it; JSON reads the escapes back.
UNSAFE_IN_HTML = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&\u2028\u2029"}


class DayForm(forms.Form):
    """The day a page answers for."""

    as_of = PastDateField(label=gettext_lazy("On the date"))


@require_safe
def record(request: HttpRequest, number: int) -> HttpResponse:
    """Everything the register knows of a product; a former number leads to the present one."""
    values, notices = read(DayForm(request.GET))
    facts = record_facts.facts_of(number, on=values["as_of"])
    if facts is None:
        return redirect("products:record", _present_number(number), permanent=True)
    address = settings.SITE_URL + reverse("products:record", args=[number])
    here = facts.map_province
    cases = case_pages.of_product(facts.product, facts.on)
    context = {
        "facts": facts,
        "product": facts.product,
        "cases": cases,
        "category_stated": case_pages.states_category(cases, facts.product),
        "zones": zones.of_product(facts.product, facts.on),
        "as_of": values["as_of"],
        "notices": notices,
        "address": address,
        "map": maps.province(here, facts.marks) if here else None,
        "linked_data": json_in_html(linked_data.linked_data(facts, address)),
        "crumbs": _crumbs(facts.product),
    }
    return render(request, "products/record.html", context)


@require_safe
@cache_control(public=True, max_age=86400)
def record_qr(request: HttpRequest, number: int) -> HttpResponse:
    """The address of a record as a QR code."""
    if not Product.objects.filter(number=number).exists():
        return redirect("products:record_qr", _present_number(number), permanent=True)
    drawing = qr_codes.svg(settings.SITE_URL + reverse("products:record", args=[number]))
    return HttpResponse(drawing, content_type="image/svg+xml")


def _present_number(number: int) -> int:
    former = FormerNumber.objects.select_related("product").filter(number=number).first()
    if former is None:
        raise Http404("no such product")
    return former.product.number


def _crumbs(product: Product) -> list[tuple[str, str]]:
    crumbs = [(_("Products"), reverse("products:search"))]
    if product.province is not None:
        crumbs.append((maps.name_of(product.province), product.province.get_absolute_url()))
    name = (
        product.name_zh
        if (get_language() or "zh").startswith("zh")
        else product.name_en or product.name_pinyin
    )
    return [*crumbs, (name or product.name_zh, "")]


def json_in_html(content: dict[str, object]) -> SafeString:
    """JSON that may stand inside a script element of any type."""
    return mark_safe(json.dumps(content, ensure_ascii=False).translate(UNSAFE_IN_HTML))
