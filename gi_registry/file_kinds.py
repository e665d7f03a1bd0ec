"""LEAF. The kinds of files that people send, told by their first bytes, and how large each may be."""

from __future__ import annotations

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000  # a phone's largest usual photograph; 120 MB while it is painted
MAX_PAGES = 200
BROKEN = "broken"

# What the cleaned copy is, and how it begins.
MEDIA_TYPES = {
    "jpeg": ("image/jpeg", ".jpg", b"\xff\xd8\xff"),
    "png": ("image/png", ".png", b"\x89PNG\r\n\x1a\n"),
    "pdf": ("application/pdf", ".pdf", b"%PDF-"),
}


class Unfit(Exception):
    """A file that is not taken: why, in one word, and the number that was too large."""

    def __init__(self, code: str, number: int = 0) -> None:
        super().__init__(code)
        self.code, self.number = code, number


def kind_of(data: bytes) -> str:
    """jpeg, png, pdf; office, other_picture or other, none of which is taken."""
    for kind in ("jpeg", "png"):
        if data.startswith(MEDIA_TYPES[kind][2]):
            return kind
    # Readers look for the header further down too, so that one file can be two things. We do not.
    if data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-"):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "office"
    if data[4:8] == b"ftyp" or data.startswith((b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"BM")):
        return "other_picture"
    return "other"
