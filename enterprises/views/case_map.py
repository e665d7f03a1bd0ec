"""The map of the area that a public protection case asks for; all other documents of a case stay at the desk."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from enterprises import case_papers
from products import case_pages


@require_safe
def area_map(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The latest map of the case, shown in the browser; nothing where the case is not public or has none."""
    case = case_pages.by_reference(reference)
    paper = case_pages.map_of(case) if case is not None else None
    if paper is None:
        raise Http404("no such map")
    try:
        return case_papers.respond(paper)
    except FileNotFoundError:
        raise Http404("no such map") from None
