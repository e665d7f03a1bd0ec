"""Places: the country, and one page a division of today or of the past."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gi_registry import territory
from gi_registry.models import Division
from gi_registry.query_values import read
from products import maps, region_facts, zones
from products.views.records import DayForm

PAGE_SIZE = 30


@require_safe
def country(request: HttpRequest) -> HttpResponse:
    """All provinces with their numbers of products."""
    values, notices = read(DayForm(request.GET))
    places = region_facts.provinces(values["as_of"])
    context = {
        "places": places,
        "total": sum(place.products for place in places),
        "protected": sum(place.protected for place in places),
        "map": maps.country({place.division.code: place.products for place in places}, _address),
        "as_of": values["as_of"],
        "notices": notices,
    }
    return render(request, "products/country.html", context)


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponse:
    """One division; a code of the past leads to the division of today."""
    division = territory.resolve(code)
    if division is None:
        raise Http404("no such division")
    if division.code != code:
        return redirect(f"{division.get_absolute_url()}?former={code}", permanent=True)
    values, notices = read(DayForm(request.GET))
    facts = region_facts.facts_of(division, on=values["as_of"])
    page = Paginator(facts.products, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "division": division,
        "facts": facts,
        "zones": zones.of_region(division, facts.on),
        "page": page,
        "lines": region_facts.applying(division, list(page), facts.on),
        "asked": [
            former.division for former in facts.former if former.division.code == request.GET.get("former")
        ],
        "as_of": values["as_of"],
        "notices": notices,
        "crumbs": _crumbs(division),
    }
    return render(request, "products/region.html", context)


def _address(code: str) -> str:
    return reverse("products:region", args=[code])


def _crumbs(division: Division) -> list[tuple[str, str]]:
    *above, _self = division.lineage()
    crumbs = [(maps.name_of(part), part.get_absolute_url()) for part in above]
    return [(_("Regions"), reverse("products:country")), *crumbs, (maps.name_of(division), "")]
