"""READER. Where the documents of files lie, and how they are sent: never by an address of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.http import FileResponse

from gi_registry import uploads
from gi_registry.uploads import Cleaned

# A document runs nothing and loads nothing, whatever is in it. Chromium shows no PDF in a sandboxed page, so the
# inline policy has no sandbox; scripts and embedded files were taken out of every PDF when it came.
ATTACHMENT_POLICY = "sandbox; default-src 'none'"
INLINE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


class Kept(Protocol):
    """A row that names a document: of an application, or of a protection case."""

    name: str
    title: str
    media_type: str

    def get_kind_display(self) -> Any:
        """What the document is, in words."""


def folder() -> Path:
    """Where documents are kept: beside the database, never below a folder that a server offers."""
    place: Path = settings.GI_HOME / "private" / "documents"
    return place


def keep(upload: Any, place: Path | None = None) -> tuple[Cleaned, str]:
    """Clean an uploaded file and keep it; returns what was kept and its name. Raises UploadRefused.

    `place`: another folder than that of applications, here and below.

    The file is whole on the disk before any row names it: a process that dies between leaves a file that nobody
    names, never a row without its file.
    """
    cleaned = uploads.clean(upload)
    return cleaned, uploads.store(cleaned, place or folder())


def forget(name: str, place: Path | None = None) -> None:
    """Remove a file that no row names any more; harmless when it is gone."""
    ((place or folder()) / name).unlink(missing_ok=True)


def respond(document: Kept, *, inline: bool = False, place: Path | None = None) -> FileResponse:
    """Send a document to somebody who may read it; the caller has asked."""
    extension = Path(document.name).suffix
    title = re.sub(r"[^\w\- ]", "_", document.title or str(document.get_kind_display()))[:80]
    stream = ((place or folder()) / document.name).open("rb")
    response = FileResponse(
        stream, as_attachment=not inline, filename=f"{title}{extension}", content_type=document.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = INLINE_POLICY if inline else ATTACHMENT_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN" if inline else "DENY"
    response["Cache-Control"] = "private, no-store"
    return response
