"""Files that people send: what is taken, what is cut out of it, how it is put on disk. LEAF.

Only pictures (JPEG, PNG) and PDF files are taken, and no byte of theirs is kept as it came: a picture is painted
anew from its pixels, a PDF is written anew from its objects without anything that runs, opens, sends or hides
something. So no name, no place of a photograph and no second file within the file reaches another reader.
What stays: the text and pictures of a PDF with its fonts, and data that a camera wrote *inside* a picture of a PDF,
because streams are not decoded here. A digital signature does not survive; the fingerprint of the original does.

Nothing of a stranger's file is read in this process but its first bytes: `clean_upload` does it in another one, with
limits. What that process writes back is not trusted either: it must be of the kind that was sent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from gi_registry import clean_upload, figures
from gi_registry.file_kinds import BROKEN, MAX_BYTES, MAX_PAGES, MAX_PIXELS, MEDIA_TYPES, Unfit, kind_of

log = logging.getLogger(__name__)

AT_ONCE = 2  # files that one process of the server has cleaned at a time
WAIT = 20  # seconds that a file waits for its turn
CODE = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-s", "-P", "-B", "-m", "gi_registry.clean_upload"]
_turns = threading.BoundedSemaphore(AT_ONCE)
_ours: ContextVar[bool] = ContextVar("made_by_us", default=False)


class UploadRefused(Exception):
    """A file that is not taken. `code` is the kind, the message a translated sentence that says what to do.

    Codes: empty, too_large, not_a_picture_or_pdf, encrypted, broken, too_many_pages, too_many_pixels, busy.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Cleaned:
    """A file as it may be kept: `pages` is 1 for a picture, both fingerprints are hexadecimal."""

    content: bytes
    media_type: str  # application/pdf, image/jpeg or image/png
    extension: str  # with its dot
    pages: int
    sha256: str  # of `content`
    original_sha256: str  # of what was sent


@contextlib.contextmanager
def made_by_us() -> Iterator[None]:
    """Files that the register itself has made are cleaned in this process: they cost no other one."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def clean(file: IO[bytes] | UploadedFile[bytes]) -> Cleaned:
    """The harmless form of a file that can be rewound; the same input gives the same bytes.

    The kind is found by content, never by name. Raises UploadRefused, and OSError where the disk is full.
    """
    data = _read(file)
    kind = kind_of(data)
    if kind not in MEDIA_TYPES:
        raise _other_kind(kind)
    try:
        content, pages = read_apart(kind, data)
    except Unfit as unfit:
        raise _refusal(unfit) from unfit
    media_type, extension, start = MEDIA_TYPES[kind]
    if not content.startswith(start):
        raise _refusal(Unfit(BROKEN))
    return Cleaned(content, media_type, extension, pages, _fingerprint(content), _fingerprint(data))


# --- The other process ---


def read_apart(kind: str, data: bytes, limits: Mapping[str, int] | None = None) -> tuple[bytes, int]:
    """What `clean_upload` makes of a file: the copy and its number of pages (workbooks: JSON, and 1).

    Raises Unfit: with the code of what is wrong, `broken` also where the other process crashed or came to a limit,
    `busy` where too many files wait; and OSError where the disk is full.
    """
    if _ours.get():
        head, content = clean_upload.answer(clean_upload.reader_of(kind, dict(limits or {})), data)
    else:
        if not _turns.acquire(timeout=WAIT):
            figures.UPLOADS.labels("busy").inc()
            raise Unfit("busy")
        try:
            head, content = _in_a_child([*COMMAND, kind, json.dumps(limits or {})], data)
        finally:
            _turns.release()
    if refused := head.get("refused"):
        figures.UPLOADS.labels("refused").inc()
        raise Unfit(str(refused), int(head.get("number", 0)))
    figures.UPLOADS.labels("taken").inc()
    return content, int(head["pages"])


def _in_a_child(command: list[str], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Run the command with the file as its input. Neither file has a name on the disk, so that nothing can stay."""
    with tempfile.TemporaryFile() as sent, tempfile.TemporaryFile() as received:
        sent.write(data)
        sent.seek(0)
        child = subprocess.Popen(
            command, stdin=sent, stdout=received, stderr=subprocess.DEVNULL, cwd="/", close_fds=True,
            env={"PYTHONPATH": str(CODE)}, start_new_session=True,
        )  # fmt: skip
        try:
            ended = child.wait(clean_upload.WALL_SECONDS)
        except subprocess.TimeoutExpired:
            ended = -signal.SIGALRM
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        received.seek(0)
        head, content = received.readline(1000), received.read(clean_upload.MOST_WRITTEN + 1)
    try:
        found = json.loads(head) if ended == 0 else None
        if isinstance(found, dict) and ({"refused"} <= set(found) or 0 < int(found["pages"]) <= MAX_PAGES):
            return found, content
    except (ValueError, TypeError, KeyError):
        pass
    figures.UPLOADS.labels("stopped").inc()
    log.warning("The process that reads an upload ended with %s; the file was refused.", ended)
    raise Unfit(BROKEN)


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(file: IO[bytes] | UploadedFile[bytes]) -> bytes:
    """At most MAX_BYTES + 1 bytes are ever in memory, whatever size a header names."""
    size = file.seek(0, os.SEEK_END)
    size = size if isinstance(size, int) else file.tell()
    file.seek(0)
    data = file.read(MAX_BYTES + 1)
    if not data:
        raise UploadRefused("empty", _("The file is empty. Choose it again, or save it anew and try once more."))
    if len(data) > MAX_BYTES:
        raise UploadRefused(
            "too_large",
            _("The file has %(size)s; at most %(limit)s are taken. Scan in a lower resolution or split the file.")
            % {"size": filesizeformat(max(size, len(data))), "limit": filesizeformat(MAX_BYTES)},
        )
    return bytes(data)


def _refusal(unfit: Unfit) -> UploadRefused:
    """What is said of a file that was looked into."""
    sentences = {
        "encrypted": _(
            "The PDF is protected by a password. Save a copy without a password: open it and print it to PDF."
        ),
        "too_many_pixels": _(
            "The picture has %(size)s million pixels; at most %(limit)s million are taken. Save it smaller."
        )
        % {"size": unfit.number, "limit": MAX_PIXELS // 1_000_000},
        "too_many_pages": _("The PDF has %(pages)s pages; at most %(limit)s are taken. Send the pages that matter.")
        % {"pages": unfit.number, "limit": MAX_PAGES},
        "busy": busy(),
    }
    broken = _("The file is damaged and cannot be opened. Open it on your device and save or print it anew as PDF.")
    code = unfit.code if unfit.code in sentences else BROKEN
    return UploadRefused(code, sentences.get(code, broken))


def busy() -> str:
    """What is said where too many files wait."""
    return _("Many files are being looked at just now, and yours has not been taken. Send it again in a minute.")


def _other_kind(kind: str) -> UploadRefused:
    """What is said of a kind that is not taken, with the way out for the kinds that people send most."""
    if kind == "office":
        sentence = _(
            "This looks like a Word, Excel, WPS or ZIP file; PDF files and JPEG or PNG pictures are taken. "
            "Open the document and choose “Save as PDF”, or unpack the ZIP file first."
        )
    elif kind == "other_picture":
        sentence = _(
            "Pictures are taken as JPEG or PNG only. Open the picture and save or export it as JPEG; "
            "on a phone, a screenshot of it will do."
        )
    else:
        sentence = _(
            "Only PDF files and JPEG or PNG pictures are taken. Open the file in the program it was made with "
            "and choose “Save as PDF” or “Print to PDF”."
        )
    return UploadRefused("not_a_picture_or_pdf", sentence)


# --- On disk ---


def store(cleaned: Cleaned, folder: Path) -> str:
    """Write the file under a random name below `folder` and return that name (ab/cd/….pdf).

    A process that dies at any moment leaves the whole file or none (perhaps a *.part). Only the account of the
    server may read it. Raises OSError.
    """
    name = uuid.uuid4().hex
    below = folder
    for part in ("", name[:2], name[2:4]):
        below = below / part
        if not below.is_dir():
            below.mkdir(mode=0o700, parents=not part, exist_ok=True)
            _sync(below.parent)
    final = below / f"{name}{cleaned.extension}"
    part_file = below / f"{name}.part"
    try:
        handle = os.open(part_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as target:
            target.write(cleaned.content)
            target.flush()
            os.fsync(target.fileno())
        os.replace(part_file, final)
    except BaseException:
        part_file.unlink(missing_ok=True)
        raise
    _sync(below)
    return final.relative_to(folder).as_posix()


def _sync(folder: Path) -> None:
    """Make the names in a folder last: without this a crash may lose a file that was written."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
