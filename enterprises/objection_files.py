"""READER. Where the evidence sent with objections lies, and how it is sent to who may read the objection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.http import FileResponse

from gi_registry import uploads
from gi_registry.uploads import Cleaned
from products.objection_models import ObjectionFile

POLICY = "sandbox; default-src 'none'"
LONGEST_NAME = 80


def folder() -> Path:
    """Where evidence is kept: beside the database, never below a folder that a server offers."""
    place: Path = settings.GI_HOME / "private" / "objection-files"
    return place


def keep(cleaned: Cleaned) -> str:
    """Put a file on the disk and return its name; it is whole there before any row names it."""
    return uploads.store(cleaned, folder())


def forget_unnamed(names: Iterable[str]) -> None:
    """Remove those of the files that no objection names: it was refused, or had arrived before."""
    names = set(names)
    for name in names - set(ObjectionFile.objects.filter(name__in=names).values_list("name", flat=True)):
        (folder() / name).unlink(missing_ok=True)


def respond(file: ObjectionFile) -> FileResponse:
    """Send a file to somebody who may read its objection; the caller has asked. Raises FileNotFoundError.

    Always as a download: it came from a stranger, and a download is opened outside of this site.
    """
    stream = (folder() / file.name).open("rb")
    title = re.sub(r"[^\w\- ]", "_", file.title)[:LONGEST_NAME]
    response = FileResponse(
        stream, as_attachment=True, filename=f"{title}{Path(file.name).suffix}", content_type=file.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "DENY"
    response["Cache-Control"] = "private, no-store"
    return response
