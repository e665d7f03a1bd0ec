"""Formal announcements: the list and one page each."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.query_values import read
from products import notices as public_notices
from products.announcement_numbers import Issuer
from products.models import Announcement, AnnouncementEntry
from products.objection_models import PublicNotice
from products.objection_states import NoticeRule
from products.states import AnnouncementKind

PAGE_SIZE = 40
# Shorter words for a column of the list.
SHORT = {AnnouncementKind.MARK_USE: gettext_lazy("use of the special mark")}
# The announcement with which a time to object begins.
OPENING = {
    NoticeRule.ORDER_78_14: AnnouncementKind.ACCEPTANCE, NoticeRule.ORDER_80_15: AnnouncementKind.PRELIMINARY
}  # fmt: skip


class PaperForm(forms.Form):
    """Which announcements are shown: those of an issuer, of a year."""

    issuer = forms.ChoiceField(required=False, label=gettext_lazy("Issuer"))
    year = forms.ChoiceField(required=False, label=gettext_lazy("Year"))

    def __init__(
        self, data: QueryDict | None, *, issuers: list[str], years: list[int], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        every = ("", gettext_lazy("All"))
        self.fields["issuer"].choices = [
            every,
            *(choice for choice in Issuer.choices if choice[0] in issuers),
        ]
        self.fields["year"].choices = [every, *((str(year), str(year)) for year in years)]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What one may object to now, then all announcements, newest first, by issuer and year."""
    rows = list(Announcement.objects.real().order_by().values_list("issuer", "year", "published_on__year"))
    issuers = Counter(issuer for issuer, _year, _published in rows)
    years = sorted(
        {year or published for _issuer, year, published in rows if year or published}, reverse=True
    )
    chosen, notices = read(PaperForm(request.GET, issuers=[*issuers], years=years))
    found = filtered(chosen["issuer"], chosen["year"]).annotate(
        rights_count=Count("entries__right", distinct=True)
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "years": _by_year(page),
        "narrowed": any(chosen.values()),
        "total": sum(issuers.values()),
        "form": PaperForm(None, issuers=[*issuers], years=years, initial=chosen),
        "notices": notices,
        "running": public_notices.running(),
        "ended": public_notices.recently_ended(),
    }
    return render(request, "products/announcements.html", context)


def _by_year(papers: Iterable[Announcement]) -> list[tuple[int | None, list[tuple[Announcement, list[str]]]]]:
    """Announcements with what they are about, below the years of their dates; the order stays."""
    papers = list(papers)
    rows = zip(papers, about(papers), strict=True)
    return [(year, list(found)) for year, found in groupby(rows, key=lambda row: _year(row[0]))]


def _year(paper: Announcement) -> int | None:
    return paper.published_on.year if paper.published_on else paper.year


def about(papers: Iterable[Announcement]) -> list[list[str]]:
    """What each of some announcements is about, in words: acts on rights, and times to object. Two queries."""
    keys = [paper.pk for paper in papers]
    known = {*AnnouncementEntry.objects.filter(announcement__in=keys).values_list("announcement", "kind")}
    opened = PublicNotice.objects.filter(announcement__in=keys, rule__in=OPENING)
    known |= {(paper, str(OPENING[rule])) for paper, rule in opened.values_list("announcement", "rule")}
    return [
        [str(SHORT.get(kind, kind.label)) for kind in AnnouncementKind if (key, kind.value) in known]
        for key in keys
    ]


@require_safe
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement and what it did for which products."""
    entries = AnnouncementEntry.objects.select_related("right__product__province").order_by(
        "right__product__number"
    )
    rows = Announcement.objects.prefetch_related(Prefetch("entries", entries)).select_related("corrects")
    paper = get_object_or_404(rows, pk=pk)
    groups = [
        (kind, [entry for entry in paper.entries.all() if entry.kind == kind]) for kind in AnnouncementKind
    ]
    context = announced_here(paper) | {
        "paper": paper,
        "groups": [(kind, found) for kind, found in groups if found],
        "public_notices": public_notices.of_announcement(paper.pk),
        "crumbs": [(_("Announcements"), reverse("products:announcements")), (paper.text, "")],
    }
    return render(request, "products/announcement.html", context)


def announced_here(paper: Announcement) -> dict[str, Any]:
    """What an announcement did for enterprises: by the relations of the app above, which decides on them.

    `granted` and `stopped` come from decisions of this register, `users` are those that a source names.
    """
    order = "authorisation__product__number", "authorisation__enterprise__name_zh"
    related = "authorisation__enterprise", "authorisation__product", "application"
    granted = list(paper.terms.select_related(*related).order_by(*order))
    stopped = list(paper.stop_cases.select_related(*related[:2]).order_by(*order))
    users = paper.authorisations.select_related("enterprise", "product").order_by("enterprise__name_zh", "pk")
    return {
        "granted": granted,
        "stopped": stopped,
        "users": [] if granted else users,
        "corrections": list(paper.corrections.all()),
        "made_here": bool(
            granted or stopped or paper.body or paper.case_steps.filter(case__historic=False).exists()
        ),
    }


def filtered(issuer: str | None, year: str | None) -> QuerySet[Announcement]:
    """Announcements of an issuer and a year, newest first; the running series have no year but a date."""
    rows = Announcement.objects.real().order_by(
        F("published_on").desc(nulls_last=True), F("year").desc(nulls_last=True), "-number"
    )
    if issuer:
        rows = rows.filter(issuer=issuer)
    if year:
        rows = rows.filter(Q(year=year) | Q(year=None, published_on__year=year))
    return rows
