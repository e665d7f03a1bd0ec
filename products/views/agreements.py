"""Pages on international agreements: what is recognised abroad, and what of abroad is recognised in China."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gi_registry.exports import respond
from gi_registry.query_values import read
from products import agreements, recognition_page, recognition_tables
from products.agreement_words import country_name
from products.models import Agreement
from products.notices import of_agreement as notices_of
from products.recognition_forms import DateForm

ROWS_A_PAGE = 40  # of the comparison, each with up to two names


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every agreement with the title of its scheme beside the true counts; by partner, by country, by year."""
    values, notices = read(DateForm(request.GET))
    lines = agreements.every_line(values["as_of"])
    overviews = agreements.overviews(values["as_of"], lines)
    context = {
        "form": DateForm(initial=values),
        "notices": notices,
        "on": values["as_of"],
        "overviews": overviews,
        "partners": recognition_tables.by_partner(overviews, lines),
        "countries": recognition_tables.by_country(lines),
        "chart": recognition_tables.years_chart(lines),
    }
    return render(request, "products/recognition.html", context)


@require_safe
def agreement(request: HttpRequest, code: str) -> HttpResponseBase:
    """The two-sided list of one agreement, or of all its batches."""
    record = get_object_or_404(Agreement.objects.select_related("parent"), code=code)
    content = recognition_page.AgreementPage(record, request.GET)
    if kind := content.values["format"]:
        return respond(recognition_page.table(content), kind)
    rows = recognition_page.pairs(content.shown)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "crumbs": content.crumbs,
        "agreement": record,
        "partner": country_name(record.partner),
        "content": content,
        "comments": [one for one in notices_of(record.pk) if not one.notice.demonstration],
        "page": page,
        "groups": recognition_page.groups(page.object_list),
        "sources": agreements.sources(line.entry.sources for line in content.lines),
    }
    return render(request, "products/agreement.html", context)
