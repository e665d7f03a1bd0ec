"""Files that people send: what is taken, what is cut out of it, how it is put on disk. LEAF.

Only pictures (JPEG, PNG) and PDF files are taken, and no byte of theirs is kept as it came: a picture is painted
anew from its pixels, a PDF is written anew from its objects without anything that runs, opens, sends or hides
something. So no name, no place of a photograph and no second file within the file reaches another reader.
What stays: the text and pictures of a PDF with its fonts, and data that a camera wrote *inside* a picture of a PDF,
because streams are not decoded here. A digital signature does not survive; the fingerprint of the original does.
"""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pikepdf
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from pikepdf.settings import set_qpdf_limits
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000  # a phone's largest usual photograph; 120 MB while it is painted
MAX_PAGES = 200
# A photograph has one scan, a progressive one about ten; each costs a pass over the whole picture.
MAX_SCANS = 64
MAX_OBJECTS = 200_000  # of a PDF; 200 pages of drawings have some ten thousand
MAX_UNFOLDED = 16 * 1024 * 1024  # bytes of a PDF's packed objects; each may cost some 70 bytes of memory
JPEG_QUALITY = 88

# A small file can unfold to gigabytes when the PDF's own tables are read. These limits hold for the process and
# must be set before a thread uses pikepdf, hence on import.
set_qpdf_limits(
    flate_max_memory=8 * 1024 * 1024,
    run_length_max_memory=8 * 1024 * 1024,
    png_max_memory=8 * 1024 * 1024,
    tiff_max_memory=8 * 1024 * 1024,
    max_stream_filters=4,
    parser_max_nesting=100,
    parser_max_container_size=100_000,
    doc_max_warnings=1000,
)


class UploadRefused(Exception):
    """A file that is not taken. `code` is the kind, the message a translated sentence that says what to do.

    Codes: empty, too_large, not_a_picture_or_pdf, encrypted, broken, too_many_pages, too_many_pixels.
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


def clean(file: IO[bytes] | UploadedFile[bytes]) -> Cleaned:
    """The harmless form of a file that can be rewound; the same input gives the same bytes.

    The kind is found by content, never by name. Raises UploadRefused and nothing else.
    """
    data = _read(file)
    try:
        if data.startswith(b"\xff\xd8\xff"):
            content, pages, kind = _clean_picture(data, JpegImageFile), 1, ("image/jpeg", ".jpg")
        elif data.startswith(b"\x89PNG\r\n\x1a\n"):
            content, pages, kind = _clean_picture(data, PngImageFile), 1, ("image/png", ".png")
        elif data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-"):
            # Readers look for the header further down too, so that one file can be two things. We do not.
            (content, pages), kind = _clean_pdf(data), ("application/pdf", ".pdf")
        else:
            raise _other_kind(data)
    except UploadRefused:
        raise
    except Exception as fault:
        # Damaged input makes both libraries raise some twenty kinds of exceptions; all mean the same here.
        raise _broken() from fault
    return Cleaned(content, *kind, pages, _fingerprint(content), _fingerprint(data))


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


def _broken() -> UploadRefused:
    return UploadRefused(
        "broken",
        _("The file is damaged and cannot be opened. Open it on your device and save or print it anew as PDF."),
    )


def _other_kind(data: bytes) -> UploadRefused:
    """What is said of a kind that is not taken, with the way out for the kinds that people send most."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        sentence = _(
            "This looks like a Word, Excel, WPS or ZIP file; PDF files and JPEG or PNG pictures are taken. "
            "Open the document and choose “Save as PDF”, or unpack the ZIP file first."
        )
    elif data[4:8] == b"ftyp" or data.startswith((b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"BM")):
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


# --- Pictures ---

# The turn that brings a picture upright, by the value of the EXIF tag Orientation (274).
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _clean_picture(data: bytes, reader: type[JpegImageFile] | type[PngImageFile]) -> bytes:
    """The first frame upright, in grey or colour on white, without anything but its pixels.

    The reader is named rather than found by Image.open: no other format is ever tried, and the size in the header
    is judged here before anything is decoded. Colour profiles are dropped: reading them is a risk of its own.
    """
    picture = reader(io.BytesIO(data))
    if picture.width * picture.height > MAX_PIXELS:
        raise UploadRefused(
            "too_many_pixels",
            _("The picture has %(size)s million pixels; at most %(limit)s million are taken. Save it smaller.")
            % {"size": picture.width * picture.height // 1_000_000, "limit": MAX_PIXELS // 1_000_000},
        )
    if reader is JpegImageFile and data.count(b"\xff\xda") > MAX_SCANS:
        raise _broken()
    picture.load()
    try:
        turn = UPRIGHT.get(picture.getexif().get(274, 1))
    except Exception:  # a picture with a spoilt note is still a picture
        turn = None
    painted = _on_white(picture)
    if turn is not None:
        painted = painted.transpose(turn)
    painted.info.clear()  # what Pillow would write back: comment, profile, XMP
    target = io.BytesIO()
    if reader is JpegImageFile:
        painted.save(target, "JPEG", quality=JPEG_QUALITY)
    else:
        painted.save(target, "PNG")
    return target.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture as mode L or RGB; what is transparent shows white paper."""
    if picture.mode.startswith("I"):  # 16 bits of grey: keep the upper eight
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


# --- PDF files ---

# Keys that go wherever they stand: scripts and actions by event, files within the file, forms of a second
# kind, data of programs, and notes on who made the file and when.
DROPPED_KEYS = frozenset(
    {
        "/AA", "/AF", "/AlternatePresentations", "/Collection", "/DSS", "/EF", "/EmbeddedFiles", "/IDS", "/JS",
        "/JavaScript", "/Metadata", "/OPI", "/OpenAction", "/Perms", "/PieceInfo", "/Renditions",
        "/RichMediaContent", "/RichMediaSettings", "/SpiderInfo", "/Thumb", "/URLS", "/XFA",
    }
)
# Actions that may stay: to a place in the same file, to an address of the web, "next page".
ALLOWED_ACTIONS = frozenset({"/GoTo", "/URI", "/Named"})
FORBIDDEN_ACTIONS = frozenset(
    {
        "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE", "/GoToDp",
        "/Thread", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView", "/Hide",
        "/SetOCGState", "/Trans",
    }
)
ACTION_KEYS = frozenset({"/A", "/PA", "/Next"})
ALLOWED_ADDRESSES = ("http://", "https://", "mailto:", "tel:")
FORBIDDEN_SUBTYPES = frozenset({"/FileAttachment", "/Movie", "/Sound", "/Screen", "/RichMedia", "/3D", "/PS"})
FORBIDDEN_TYPES = frozenset({"/EmbeddedFile", "/Rendition", "/MediaClip", "/Sig", "/DocTimeStamp"})


def _clean_pdf(data: bytes) -> tuple[bytes, int]:
    """The PDF written anew, and its number of pages. Streams are copied, not decoded."""
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as fault:
        raise UploadRefused(
            "encrypted",
            _("The PDF is protected by a password. Save a copy without a password: open it and print it to PDF."),
        ) from fault
    with pdf:
        _check_size(pdf)
        pages = len(pdf.pages)
        if pages > MAX_PAGES:
            raise UploadRefused(
                "too_many_pages",
                _("The PDF has %(pages)s pages; at most %(limit)s are taken. Send the pages that matter.")
                % {"pages": pages, "limit": MAX_PAGES},
            )
        if not pages:
            raise _broken()
        for key in set(pdf.trailer.keys()) - {"/Root", "/Size", "/Encrypt"}:  # /Info, /ID and strangers
            del pdf.trailer[key]
        for each in pdf.objects:
            _strip(each)
        target = io.BytesIO()
        pdf.save(
            target,
            deterministic_id=True,
            encryption=False,  # a PDF that anybody may open, but with restrictions, loses these
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            preserve_pdfa=False,
            fix_metadata_version=False,
        )
    return target.getvalue(), pages


def _check_size(pdf: pikepdf.Pdf) -> None:
    """Refuse a PDF whose objects unfold to far more than they are, before they are looked at."""
    table = pdf.get_xref_table().values()
    unfolded = 0
    for number in {entry.obj_stream_number or 0 for entry in table if entry.type == 2}:
        unfolded += len(pdf.get_object(number, 0).read_bytes())
        if unfolded > MAX_UNFOLDED:
            raise _broken()
    if len(table) > MAX_OBJECTS:
        raise _broken()


def _strip(start: Any) -> None:
    """Cut what is forbidden out of one object and what lies directly in it; references lead to other objects.

    Every object of the file is visited once by this, so that no place has to be known where a viewer might look.
    """
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Array):
            for index in range(len(each) - 1, -1, -1):
                item = each[index]
                if _is_container(item):
                    if _is_forbidden(item):
                        del each[index]
                    elif not item.is_indirect:
                        waiting.append(item)
        elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            # A stream with /F takes its data from another file, one with /Ref a page from there.
            elsewhere = {"/F", "/FFilter", "/FDecodeParms", "/Ref"} if isinstance(each, pikepdf.Stream) else set()
            for key in list(each.keys()):
                if key in DROPPED_KEYS or key in elsewhere:
                    del each[key]
                    continue
                value: Any = each.get(key)
                if _is_container(value):
                    if _is_forbidden(value, as_action=key in ACTION_KEYS):
                        del each[key]
                    elif not value.is_indirect:
                        waiting.append(value)


def _is_container(value: Any) -> bool:
    return isinstance(value, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream)


def _is_forbidden(value: Any, *, as_action: bool = False) -> bool:
    """Whether nothing may refer to this dictionary: an action, annotation or file that does not stay."""
    if isinstance(value, pikepdf.Array):
        return False
    kind, action = _name(value, "/Type"), _name(value, "/S")
    if kind in FORBIDDEN_TYPES or _name(value, "/Subtype") in FORBIDDEN_SUBTYPES or "/ByteRange" in value:
        return True
    if action in FORBIDDEN_ACTIONS:
        return True
    if (as_action or kind == "/Action") and action and action not in ALLOWED_ACTIONS:
        return True
    return action == "/URI" and not _is_web_address(value.get("/URI"))


def _name(value: Any, key: str) -> str:
    found = value.get(key)
    return str(found) if isinstance(found, pikepdf.Name) else ""


def _is_web_address(value: Any) -> bool:
    return isinstance(value, pikepdf.String) and str(value).strip().lower().startswith(ALLOWED_ADDRESSES)


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
