"""Protection cases in public: the list and one page each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from gi_registry.query_values import FormatField, read
from products import case_pages, notices
from products.case_models import ProtectionCase
from products.case_pages import ENDED, GRANTED_WORD, RUNNING, Wanted
from products.case_states import CaseKind, LegalBasis

PAGE_SIZE = 40
COLUMNS = (
    "reference", "kind", "legal_basis", "name_zh", "name_en", "category", "state", "public_from", "decided_on",
    "last_day_to_object", "product_number", "historic", "source", "url",
)  # fmt: skip


class CasesForm(forms.Form):
    """Which cases are shown."""

    q = forms.CharField(
        required=False, max_length=100, label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(required=False, label=gettext_lazy("About"))
    law = forms.ChoiceField(required=False, label=gettext_lazy("Law"))
    status = forms.ChoiceField(required=False, label=gettext_lazy("Status"))
    year = forms.ChoiceField(required=False, label=gettext_lazy("Public since"))
    format = FormatField(("csv", "xlsx", "json"))

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        every = ("", gettext_lazy("All"))
        choices: dict[str, list[tuple[str, Any]]] = {
            "kind": [(one.value, capfirst(one.label)) for one in CaseKind],
            "law": [(one.value, one.label) for one in LegalBasis],
            "status": [
                (RUNNING, gettext_lazy("running")), (GRANTED_WORD, gettext_lazy("granted")),
                (ENDED, gettext_lazy("ended without a grant")),
            ],
            "year": [(str(year), str(year)) for year in case_pages.years()],
        }  # fmt: skip
        for name, found in choices.items():
            self.fields[name].choices = [every, *found]  # type: ignore[attr-defined]


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """All public cases, the latest first."""
    values, ignored = read(CasesForm(request.GET))
    texts = {name: values[name] or "" for name in ("q", "kind", "law")}
    wanted = Wanted(outcome=values["status"] or "", year=int(values["year"]) if values["year"] else None, **texts)
    found = case_pages.listed(wanted)
    if values["format"]:
        return respond(_table(found, values), values["format"])
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "crumbs": [(_("Announcements"), reverse("products:announcements")), (_("Protection cases"), "")],
        "form": CasesForm(None, initial=values),
        "notices": ignored,
        "page": page,
        "rows": [(case, case_pages.pill_of(case.state), _open_notice(case)) for case in page],
        "narrowed": wanted != Wanted(),
    }
    return render(request, "products/cases.html", context)


def _open_notice(case: ProtectionCase) -> Any:
    found = case.public_notices  # type: ignore[attr-defined]
    return next((notice for notice in found if notices.standing(notice).is_open), None)


@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """One case: what is asked, its steps with their days, notices, objections with their outcomes."""
    found = case_pages.by_reference(reference)
    if found is None:
        raise Http404("no such case")
    facts = case_pages.facts_of(found)
    context = {
        "crumbs": [
            (_("Announcements"), reverse("products:announcements")), (_("Cases"), reverse("products:cases")),
            (found.reference, ""),
        ],
        "case": found,
        "facts": facts,
        "notices_of_case": [notices.standing(notice) for notice in facts.notices],
    }  # fmt: skip
    return render(request, "products/case.html", context)


def _table(found: Any, values: dict[str, Any]) -> Table:
    rows = (
        {column: getattr(row, column, None) for column in COLUMNS}
        | {
            "last_day_to_object": max((notice.last_day for notice in row.public_notices), default=None),
            "product_number": row.right.product.number if row.right else None,
            "url": reverse("products:case", args=[row.reference]),
        }
        for row in found
    )
    asked = {name: str(value) for name, value in values.items() if value and name != "format"}
    return Table("protection-cases", COLUMNS, rows, asked, found.count())
