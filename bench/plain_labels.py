"""What the label page is compared with: the bare view, and a plain implementation behind the same middleware.

Plain means what one would write first: a row for each label, the ORM with select_related, a row for each scan, the
page by a template that extends the site's. `python -m granian … bench.plain_labels:application` serves the whole
register with these two addresses beside it.
"""

import os
from pathlib import Path

import django
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gi_registry.settings")
if not django.apps.apps.ready:
    django.setup()

from django.conf import settings

from enterprises.label_models import LabelBatch
from gi_registry import urls as register_urls


class PlainLabel(models.Model):
    """One row for each label."""

    code = models.CharField(max_length=24, unique=True)
    batch = models.ForeignKey(LabelBatch, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, default="active")
    scans = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "enterprises"
        db_table = "bench_plain_label"


class PlainScan(models.Model):
    """One row for each scan."""

    label = models.ForeignKey(PlainLabel, models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)
    province = models.CharField(max_length=6, blank=True)

    class Meta:
        app_label = "enterprises"
        db_table = "bench_plain_scan"


@require_safe
def plain(request: HttpRequest, code: str) -> HttpResponse:
    """The answer as one would write it first."""
    rows = PlainLabel.objects.select_related(
        "batch__season__authorisation__enterprise", "batch__season__authorisation__product"
    )
    label = rows.filter(code=code).first()
    if label is None:
        raise Http404
    PlainScan.objects.create(label=label, province="430000")
    PlainLabel.objects.filter(pk=label.pk).update(scans=F("scans") + 1)
    authorisation = label.batch.season.authorisation
    context = {
        "label": label, "authorisation": authorisation, "in_force": authorisation.may_be_used,
        "first": PlainScan.objects.filter(label=label).order_by("at").first(),
    }  # fmt: skip
    return render(request, "plain_label.html", context)


@require_safe
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [path("bare/", bare), path("plain/<str:code>/", plain), *register_urls.urlpatterns]
handler404 = "gi_registry.views.not_found"


def serve_with_the_register():
    """The register's own application, with the two addresses beside its own."""
    settings.ROOT_URLCONF = "bench.plain_labels"
    settings.TEMPLATES[0]["DIRS"] = [*settings.TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
    return get_wsgi_application()


application = serve_with_the_register() if os.environ.get("GI_BENCH_SERVER") else None
