"""LEAF. PDF files of strangers, written anew from their objects. Runs in a process of its own."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from pikepdf.settings import set_qpdf_limits

from gi_registry.file_kinds import BROKEN, MAX_PAGES, Unfit

MAX_OBJECTS = 200_000  # 200 pages of drawings have some ten thousand
MAX_UNFOLDED = 16 * 1024 * 1024  # bytes of packed objects; each may cost some 70 bytes of memory

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


def clean(data: bytes, kind: str = "pdf") -> tuple[bytes, int]:
    """The PDF written anew, and its number of pages. Streams are copied, not decoded.

    Raises Unfit and what pikepdf raises.
    """
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as fault:
        raise Unfit("encrypted") from fault
    with pdf:
        _check_size(pdf)
        pages = len(pdf.pages)
        if pages > MAX_PAGES:
            raise Unfit("too_many_pages", pages)
        if not pages:
            raise Unfit(BROKEN)
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
            raise Unfit(BROKEN)
    if len(table) > MAX_OBJECTS:
        raise Unfit(BROKEN)


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
