"""Labels to print: the page that offers files, the files themselves, one label to look at, the picture of the pack."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import label_codes, label_facts, label_printing, label_rules
from enterprises.case_files import actor_of
from enterprises.label_forms import FilesForm, PhotoForm, PreviewForm
from enterprises.label_models import LabelBatch
from enterprises.label_printing import BY_ENDING, KINDS, LabelFile
from enterprises.models import Membership
from enterprises.views.portal_access import acting
from enterprises.views.portal_batches import batch_crumbs, batch_or_404, show_batch
from enterprises.views.portal_labels import refused
from gi_registry import byte_ranges, label_images, label_pdf, uploads
from gi_registry.label_symbols import symbols_of
from gi_registry.moves import MoveRefused
from gi_registry.uploads import UploadRefused

PARTS_A_PAGE = 10


def _printable_or_404(membership: Membership, reference: str) -> label_facts.BatchBalance:
    """A batch of the own enterprise whose labels can be printed now."""
    balance = label_facts.batch_balance(batch_or_404(membership, reference))
    if not label_printing.printable(balance, usable=balance.batch.season.authorisation.may_be_used):
        raise Http404
    return balance


# --- Files ---


@require_safe
@acting
def files(request: HttpRequest, membership: Membership, batch: str) -> HttpResponse:
    """Every kind of file for a batch, big batches in parts that can each be fetched again."""
    balance = _printable_or_404(membership, batch)
    form = FilesForm(request.GET if {"layout", "kind"} & set(request.GET) else None, balance=balance)
    layout = form.chosen_layout
    page = Paginator(label_printing.parts(balance, "pdf", layout), PARTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "crumbs": batch_crumbs(balance.batch, _("Print or download")),
        "batch": balance.batch,
        "form": form,
        "layout": layout,
        "page": page,
        "parts": [label_printing.same_part(part) for part in page],
        "csv": label_printing.parts(balance, "csv", layout),
        "left_out": balance.void + balance.returned,
        "unprintable": label_pdf.unprintable(label_printing.print_facts(balance.batch)),
    }
    return render(request, "portal/labels_files.html", context)


@require_safe
@acting
def label_file(request: HttpRequest, membership: Membership, batch: str, kind: str) -> HttpResponseBase:
    """A file of labels, written while it is sent. A broken download goes on with a Range header."""
    balance = _printable_or_404(membership, batch)
    if kind not in BY_ENDING:
        raise Http404
    form = FilesForm(request.GET, balance=balance, kind=BY_ENDING[kind])
    if not form.is_valid():
        address = reverse("enterprises:portal_batch_files", args=[balance.batch.reference])
        return redirect(f"{address}?{request.GET.urlencode()}&kind={BY_ENDING[kind]}#some")
    return _sent(request, form.file)


def _sent(request: HttpRequest, file: LabelFile) -> HttpResponseBase:
    tag, asked = file.tag, request.headers.get("Range", "")
    part = None
    if asked and request.headers.get("If-Range", tag) == tag:
        try:
            part = byte_ranges.parse(asked, file.length())
        except byte_ranges.Unsatisfiable:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.length()}"})
    response = StreamingHttpResponse(
        file.pieces(*part) if part else file.pieces(), status=206 if part else 200, content_type=KINDS[file.kind][1]
    )
    if part:
        response["Content-Range"] = byte_ranges.content_range(*part, file.length())
        response["Content-Length"] = str(part[1] - part[0])
    elif file.kind == "csv":
        response["Content-Length"] = str(file.length())
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Accept-Ranges"], response["ETag"] = "bytes", tag
    # Compressing it on the way would make other bytes of it, in which a range means nothing.
    response["Content-Encoding"] = "identity"
    response["Cache-Control"], response["X-Robots-Tag"] = "private, no-store", "noindex"
    return response


# --- One label ---


@require_safe
@acting
def preview(request: HttpRequest, membership: Membership, batch: str) -> HttpResponse:
    """One label as it will be printed."""
    balance = _printable_or_404(membership, batch)
    form = PreviewForm(request.GET if "label" in request.GET else None, batch=balance.batch)
    index = form.cleaned_data["label"] if form.is_valid() else label_printing.ranges_in(balance, 1, 1 << 24)[0][0]
    code = label_printing.code_of(balance.batch, index)
    context = {
        "crumbs": batch_crumbs(balance.batch, _("How a label looks")),
        "batch": balance.batch,
        "facts": label_printing.print_facts(balance.batch),
        "form": form,
        "index": index,
        "code": label_codes.grouped(code),
        "groups": label_codes.grouped(code).split("-"),
        "symbol": mark_safe(label_images.svg(symbols_of(label_printing.prefix()), code)),
    }
    response = render(request, "portal/labels_preview.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


# --- The picture of the pack ---


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def photo(request: HttpRequest, membership: Membership, batch: str) -> HttpResponseBase:
    """The picture that shoppers compare with; a POST sets it."""
    row = batch_or_404(membership, batch)
    if request.method != "POST":
        return _photo(row)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid() and _set_photo(membership, row, form):
        return redirect(reverse("enterprises:portal_batch", args=[row.reference]) + "#picture")
    return show_batch(request, row, form)


def _set_photo(membership: Membership, row: LabelBatch, form: PhotoForm) -> bool:
    """Clean and keep the picture before any row names it; one that nothing names is removed again."""
    folder, before = label_facts.photo_folder(), row.photo
    try:
        cleaned = uploads.clean(form.cleaned_data["photo"])
        if not cleaned.media_type.startswith("image/"):
            raise UploadRefused("not_a_picture", _("A picture is needed here, JPEG or PNG."))
        name = uploads.store(cleaned, folder)
    except UploadRefused as refusal:
        form.add_error("photo", str(refusal))
        return False
    try:
        label_rules.set_photo(row, by=actor_of(membership), name=name, sha256=cleaned.sha256)
    except MoveRefused as refusal:
        before = name
        refused(form, refusal)
    if before:
        (folder / before).unlink(missing_ok=True)
    return not form.errors


def _photo(row: LabelBatch) -> FileResponse:
    if not row.photo:
        raise Http404
    try:
        stream = (label_facts.photo_folder() / row.photo).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(stream)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
