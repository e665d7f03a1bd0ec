"""READER. What must be true of rows and files together: every row has its file, every file its row."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

from enterprises import case_papers, document_store, label_facts, objection_files, report_photos
from enterprises.application_models import Document
from enterprises.label_models import LabelBatch
from enterprises.scan_models import ReportPhoto
from products.case_models import CasePaper
from products.objection_models import ObjectionFile

# A file is on the disk before its row is: one that is younger than this may still get one.
YOUNG = 3600


def documents_are_on_the_disk() -> Iterator[str]:
    """Every document lies where its row says, as it came."""
    for document in Document.objects.select_related("application").iterator():
        yield from _faults(
            f"File {document.application.reference}: document {document.pk}", document_store.folder(), document.name,
            document.sha256,
        )  # fmt: skip
    for paper in CasePaper.objects.select_related("case").iterator():
        name = f"Case {paper.case.reference}: document {paper.pk}"
        yield from _faults(name, case_papers.folder(), paper.name, paper.sha256)
    for file in ObjectionFile.objects.select_related("objection").iterator():
        name = f"Objection {file.objection.reference}: file {file.pk}"
        yield from _faults(name, objection_files.folder(), file.name, file.sha256)
    for photo in ReportPhoto.objects.select_related("report").iterator():
        yield from _faults(
            f"Report {photo.report}: photograph {photo.pk}", report_photos.folder(), photo.name
        )
    for batch in LabelBatch.objects.exclude(photo="").iterator():
        yield from _faults(f"Batch {batch.reference}: its picture", label_facts.photo_folder(), batch.photo)


def _faults(what: str, folder: Path, name: str, sha256: str = "") -> Iterator[str]:
    try:
        with (folder / name).open("rb") as stream:
            if sha256 and hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                yield f"{what} is not what was sent."
    except OSError:
        yield f"{what} is missing on the disk."


def files_belong_to_rows() -> Iterator[str]:
    """Every private file is named by a row: what a process left behind when it died may be deleted."""
    photos = LabelBatch.objects.exclude(photo="").values_list("photo", flat=True)
    for folder, names in (
        (document_store.folder(), Document.objects.values_list("name", flat=True)),
        (case_papers.folder(), CasePaper.objects.values_list("name", flat=True)),
        (objection_files.folder(), ObjectionFile.objects.values_list("name", flat=True)),
        (report_photos.folder(), ReportPhoto.objects.values_list("name", flat=True)),
        (label_facts.photo_folder(), photos),
    ):
        there = {file: file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
        known = set(names)  # asked after the folder was read: a row that came since is among them
        for file, name in sorted(there.items()):
            if name not in known and time.time() - file.stat().st_mtime > YOUNG:
                yield f"{folder.name}/{name}: no row names this file. It may be deleted."


RULES = (documents_are_on_the_disk, files_belong_to_rows)
