"""Health, error pages, the one search box, and the public journal."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gi_registry.models import JournalEntry


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can reach its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def journal_log(request: HttpRequest) -> HttpResponse:
    """The public journal, newest entry first."""
    page = Paginator(JournalEntry.objects.all(), 50).get_page(request.GET.get("page"))
    return render(request, "gi_registry/journal.html", {"page": page, "section": "journal"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """No context and no query: whatever broke may be what a template needs."""
    return render(None, "500.html", status=500)  # type: ignore[arg-type]
