"""READER. Where the photographs of suspect reports lie, and how they are sent to who may read the report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse
from django.utils.translation import gettext as _

from enterprises.scan_models import ReportPhoto
from gi_registry import uploads
from gi_registry.uploads import Cleaned, UploadRefused

MOST_PHOTOS = 5
POLICY = "sandbox; default-src 'none'"
_PDF_WITHIN = 64  # bytes from the start in which `uploads` looks for the mark of a PDF


def folder() -> Path:
    """Where photographs are kept: beside the database, never below a folder that a server offers."""
    place: Path = settings.GI_HOME / "private" / "report-photos"
    return place


def clean(upload: Any) -> Cleaned:
    """A picture painted anew, without the data of its camera. Raises UploadRefused; a PDF is no photograph."""
    upload.seek(0)
    if b"%PDF-" in upload.read(_PDF_WITHIN):
        raise UploadRefused("not_a_picture", _("Only pictures (JPEG or PNG) are taken here, no PDF files."))
    return uploads.clean(upload)


def keep(cleaned: Cleaned) -> str:
    """Put a picture on the disk and return its name; it is whole there before any row names it."""
    return uploads.store(cleaned, folder())


def forget_unnamed(names: Iterable[str]) -> None:
    """Remove those of the files that no report names: it was refused, or had arrived before."""
    names = set(names)
    for name in names - set(ReportPhoto.objects.filter(name__in=names).values_list("name", flat=True)):
        (folder() / name).unlink(missing_ok=True)


def respond(photo: ReportPhoto) -> FileResponse:
    """Send a photograph to somebody who may read its report; the caller has asked. Raises FileNotFoundError."""
    stream = (folder() / photo.name).open("rb")
    name = f"{photo.report}-{photo.pk}{Path(photo.name).suffix}"
    response = FileResponse(stream, filename=name, content_type=photo.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "DENY"
    response["Cache-Control"] = "private, no-store"
    return response
