"""The one search over records, texts and files."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms import found
from cms.found import Kind
from gi_registry.query_values import read
from gi_registry.search_text import QUERY_LENGTH

HITS_A_PAGE = 20
# Lists that narrow the same search further, by the names of their pages.
LISTS = {
    Kind.PRODUCT: "products:search", Kind.ENTERPRISE: "enterprises:directory", Kind.CASE: "products:cases",
}  # fmt: skip


class KindForm(forms.Form):
    """Which kind of results is shown."""

    kind = forms.ChoiceField(choices=Kind.choices, required=False, label=gettext_lazy("Kind"))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Everything that answers a text: the best of each kind, or one kind page by page."""
    typed = request.GET.get("q", "").replace("\0", " ").strip()
    text = typed[:QUERY_LENGTH]
    values, notices = read(KindForm(request.GET))
    if len(typed) > QUERY_LENGTH:
        notices.append(_("Only the first %(number)s characters were searched for.") % {"number": QUERY_LENGTH})
    answer = found.search(text, get_language() or "zh-hans")
    kind = Kind(values["kind"]) if values["kind"] else None
    context: dict[str, Any] = {"text": text, "kind": kind, "notices": notices, "best": []}
    if text:
        context |= {"found": answer, "tabs": tabs(answer, kind), "meant": answer.meant()}
        context |= one_kind(request, answer, kind) if kind else {"best": best(answer)}
    return render(request, "cms/search.html", context)


def address(text: str, kind: Kind | None = None) -> str:
    """The address of a search."""
    asked = {"q": text} | ({"kind": kind.value} if kind else {})
    return f"{reverse('cms:search')}?{urlencode(asked)}"


def tabs(answer: found.Found, chosen: Kind | None) -> list[dict[str, Any]]:
    """All kinds together, then each that has an answer or is shown."""
    every = {"label": _("All results"), "count": answer.total, "url": address(answer.text), "active": chosen is None}
    return [every] + [
        {"label": kind.label, "count": count, "url": address(answer.text, kind), "active": kind == chosen}
        for kind, count in answer.counts.items()
        if count or kind == chosen
    ]


def best(answer: found.Found) -> list[dict[str, Any]]:
    """Each kind with its best few, and where all of them are."""
    return [
        {"kind": kind, "count": count, "hits": hits, "url": address(answer.text, kind) if count > len(hits) else ""}
        for kind, count, hits in answer.best
    ]


def one_kind(request: HttpRequest, answer: found.Found, kind: Kind) -> dict[str, Any]:
    """A page of one kind, and the list of its own that offers more filters."""
    page = Paginator(answer.results(kind), HITS_A_PAGE).get_page(request.GET.get("page"))
    more = f"{reverse(LISTS[kind])}?{urlencode({'q': answer.text})}" if kind in LISTS else ""
    return {"page": page, "more": more}
