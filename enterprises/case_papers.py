"""READER. Where the documents of protection cases lie, and how they are sent to who may read the case."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse

from enterprises import document_store
from gi_registry.uploads import Cleaned
from products.case_models import CasePaper


def folder() -> Path:
    """Where they are kept: beside the database, never below a folder that a server offers."""
    place: Path = settings.GI_HOME / "private" / "case-papers"
    return place


def keep(upload: Any) -> tuple[Cleaned, str]:
    """Clean an uploaded file and keep it; returns what was kept and its name. Raises UploadRefused."""
    return document_store.keep(upload, folder())


def forget(names: Iterable[str]) -> None:
    """Remove those of the files that no case names."""
    names = set(names)
    for name in names - set(CasePaper.objects.filter(name__in=names).values_list("name", flat=True)):
        document_store.forget(name, folder())


def respond(paper: CasePaper) -> FileResponse:
    """Show a document to somebody who may read its case; the caller has asked. Raises FileNotFoundError."""
    return document_store.respond(paper, inline=True, place=folder())
