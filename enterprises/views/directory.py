"""Public pages on who may use the special mark."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises import credit_codes, directory, inspection_facts
from enterprises.filters import DateForm, EnterpriseFilter
from enterprises.models import Authorisation, Enterprise
from enterprises.states import AuthorisationState
from gi_registry.exports import Table, respond
from gi_registry.partial_dates import iso
from gi_registry.query_values import read
from products import maps

ENTERPRISES_A_PAGE = 30


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The list of enterprises with its facets, or the same list as a file."""
    filters = EnterpriseFilter(request.GET)
    wanted = filters.wanted
    if credit_codes.looks_like(wanted.q):
        return redirect("enterprises:record", credit_codes.normalise(wanted.q))
    if filters.format:
        return respond(table(filters), filters.format)
    counts = directory.count(wanted)
    context = {
        "filters": filters,
        "wanted": wanted,
        "notices": filters.notices,
        "facets": filters.facets(counts),
        "chips": chips(filters),
        "counts": counts,
        "form": DateForm(initial={"as_of": wanted.on}),
        "page": Paginator(filters.qs, ENTERPRISES_A_PAGE).get_page(request.GET.get("page")),
        "meant": [] if counts.total else directory.did_you_mean(wanted.q),
    }
    return render(request, "enterprises/directory.html", context)


def chips(filters: EnterpriseFilter) -> list[tuple[str, str]]:
    """What the list is narrowed to, each with the address of the list without it."""
    wanted = filters.wanted
    named = {
        "q": wanted.q,
        "status": wanted.status and capfirst(AuthorisationState(wanted.status).label),
        "product": wanted.product and maps.name_of(wanted.product),
        "province": wanted.province and maps.name_of(wanted.province),
        "as_of": wanted.on and wanted.on.isoformat(),
    }
    return [(label, filters.address(name, "")) for name, label in named.items() if label]


@require_safe
def record(request: HttpRequest, key: str) -> HttpResponse:
    """One enterprise, by credit code or by the reference that stands in while no source shows the code."""
    enterprise = directory.by_key(key)
    if enterprise is None:
        return _unknown(request, key)
    if enterprise.key != key:
        return redirect(enterprise, permanent=True)
    values, notices = read(DateForm(request.GET))
    on = values["as_of"] or timezone.localdate()
    rows = directory.history(enterprise, on)
    context = {
        "crumbs": [(_("Enterprises"), reverse("enterprises:directory")), (maps.name_of(enterprise), "")],
        "enterprise": enterprise,
        "code": credit_codes.check(enterprise.uscc) if enterprise.uscc else None,
        "form": DateForm(initial=values),
        "notices": notices,
        "on": on,
        "is_today": on == timezone.localdate(),
        "rows": rows,
        "confirmed": [row for row in rows if row.standing == AuthorisationState.IN_FORCE],
        "reported": [row for row in rows if row.standing == AuthorisationState.REPORTED],
        "supervision": inspection_facts.of_enterprise(enterprise, on),
    }
    return render(request, "enterprises/record.html", context)


def _unknown(request: HttpRequest, key: str) -> HttpResponse:
    if len(key) == credit_codes.LENGTH or credit_codes.looks_like(key):
        return code_answer(request, key, status=404)
    raise Http404


def code_answer(request: HttpRequest, text: str, status: int) -> HttpResponse:
    """What can be said of a credit code that is not in the register."""
    context = {"answer": directory.about_code(text)}
    return render(request, "enterprises/code_answer.html", context, status=status)


COLUMNS = (
    "enterprise", "uscc", "name_zh", "province_code", "province", "authorisation", "product_number", "product",
    "standing", "basis", "effective_from", "effective_to", "announcement", "source", "note", "demonstration",
)  # fmt: skip


def table(filters: EnterpriseFilter) -> Table:
    """The list as a file, one row an authorisation; the rows answer for the date asked."""
    wanted = filters.wanted
    about = {
        "as_of": wanted.date,
        "q": wanted.q,
        "status": wanted.status,
        "product": wanted.product.number if wanted.product else None,
        "province": wanted.province.code if wanted.province else None,
    }
    return Table("enterprises", COLUMNS, _lines(filters), about)


def _lines(filters: EnterpriseFilter) -> Iterator[dict[str, Any]]:
    wanted = filters.wanted
    for enterprise in filters.qs:
        for row in enterprise.shown:  # type: ignore[attr-defined]
            if wanted.product and row.product_id != wanted.product.pk:
                continue
            if not wanted.status or row.standing == wanted.status:
                yield _line(enterprise, row)


def _line(enterprise: Enterprise, row: Authorisation) -> dict[str, Any]:
    return {
        "enterprise": enterprise.reference,
        "uscc": enterprise.uscc,
        "name_zh": enterprise.name_zh,
        "province_code": enterprise.province.code if enterprise.province else None,
        "province": enterprise.province.name_zh if enterprise.province else None,
        "authorisation": row.reference,
        "product_number": row.product.number if row.product else None,
        "product": row.product.name_zh if row.product else row.product_text,
        "standing": row.standing,  # type: ignore[attr-defined]
        "basis": row.basis,
        # Without a precision the day is that of the data set, which is no date of the authorisation.
        "effective_from": iso(row.effective_from, row.effective_precision)
        if row.effective_precision
        else None,
        "effective_to": row.effective_to,
        "announcement": row.announcement.text if row.announcement else None,
        "source": row.source,
        "note": row.note,
        "demonstration": enterprise.is_demo,
    }
