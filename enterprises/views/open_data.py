"""The open data: what there is, every field, the files themselves, the catalogue for harvesters."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises.open_sets import DATASETS
from gi_registry import byte_ranges, open_files
from gi_registry.exports import ATTRIBUTION
from gi_registry.open_fields import CC_BY, Dataset
from gi_registry.open_files import CATALOGUE, LATEST, MEDIA_TYPES, SUMS, Making, OpenFile

DAY = 86_400


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What there is, made when and at which entry of the journal, on which terms, and how to check it."""
    kept = open_files.makings()
    latest = kept[0] if kept else None
    context = {
        "latest": latest,
        "manifest": latest.manifest if latest else None,
        "tables": _tables(latest),
        "about_all": [one for one in latest.files if not one.dataset] if latest else [],
        "kept": kept[1:],
        "sums": SUMS,
        "licence": settings.DATA_LICENCE,
        "contact": settings.DATA_CONTACT,
        "cc_by": CC_BY,
        "attribution": ATTRIBUTION,
        "site": settings.SITE_URL,
    }
    return render(request, "enterprises/open_data.html", context)


def _tables(latest: Making | None) -> list[tuple[Dataset, str, str, list[OpenFile]]]:
    """Each data set with its title, what it holds, and its files."""
    language = get_language() or "en"
    chinese = language.startswith("zh")
    files = latest.files if latest else []
    return [
        (one, one.title(language), one.about_zh if chinese else one.about_en,
         [file for file in files if file.dataset == one.name])
        for one in DATASETS
    ]  # fmt: skip


@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """Every field of every table: type, meaning, example, what it rests on."""
    language = get_language() or "en"
    tables = [
        (one, one.title(language), [
            (column, column.kind.in_language(language), column.zh if language.startswith("zh") else column.en,
             column.origin.in_language(language))
            for column in one.columns
        ])
        for one in DATASETS
    ]  # fmt: skip
    context = {
        "tables": tables,
        "crumbs": [(_("Open data"), reverse("enterprises:open_data")), (_("Fields"), "")],
        "has_files": bool(open_files.makings()),
    }
    return render(request, "enterprises/open_data_fields.html", context)


@require_safe
def file(request: HttpRequest, stamp: str, name: str) -> HttpResponseBase:
    """One file, whole or in part; anybody's page may fetch it. A dated one never changes."""
    made = open_files.find(stamp)
    checksum = made.checksum(name) if made else None
    if name == SUMS and made:
        checksum = f"sums-{made.stamp}"
    if made is None or checksum is None:
        raise Http404("no such file")
    tag, asked = f'"{checksum}"', request.headers.get("Range", "")
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        return _with_headers(HttpResponse(status=304), made, stamp, name, tag)
    total, part = (made.folder / name).stat().st_size, None
    if asked and request.headers.get("If-Range", tag) == tag:
        try:
            part = byte_ranges.parse(asked, total)
        except byte_ranges.Unsatisfiable:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{total}"})
    start, stop = part or (0, total)
    response = StreamingHttpResponse(open_files.pieces(made.folder / name, start, stop), status=206 if part else 200)
    if part:
        response["Content-Range"] = byte_ranges.content_range(start, stop, total)
    response["Content-Length"] = str(stop - start)
    return _with_headers(response, made, stamp, name, tag)


def _with_headers(response: HttpResponseBase, made: Making, stamp: str, name: str, tag: str) -> HttpResponseBase:
    stem, _dot, ending = name.partition(".")
    dated = f"{stem}-{made.stamp}.{ending}" if ending else f"{name}-{made.stamp}"
    response["Content-Type"] = MEDIA_TYPES[ending]
    response["Content-Disposition"] = f'attachment; filename="{dated}"'
    response["ETag"], response["Accept-Ranges"] = tag, "bytes"
    # Compressing it on the way would make other bytes of it, which fit neither the range nor the sum.
    response["Content-Encoding"] = "identity"
    response["Cache-Control"] = "public, no-cache" if stamp == LATEST else f"public, max-age={7 * DAY}, immutable"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Content-Range, Content-Disposition"
    response["X-Attribution"], response["X-Robots-Tag"] = ATTRIBUTION, "noindex"
    return response


@require_safe
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """The catalogue of the newest files, under an address that stays."""
    response = file(request, LATEST, CATALOGUE)
    response["Content-Disposition"] = "inline"
    return response
