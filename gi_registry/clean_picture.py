"""LEAF. Pictures of strangers: JPEG and PNG files, painted anew from their pixels. Runs in a process of its own."""

from __future__ import annotations

import io

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from gi_registry.file_kinds import BROKEN, MAX_PIXELS, Unfit

# A photograph has one scan, a progressive one about ten; each costs a pass over the whole picture.
MAX_SCANS = 64
JPEG_QUALITY = 88

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


def clean(data: bytes, kind: str) -> tuple[bytes, int]:
    """The picture as it may be kept, and 1 for its page; `kind` is jpeg or png. Raises Unfit and what Pillow raises."""
    return _painted(data, JpegImageFile if kind == "jpeg" else PngImageFile), 1


def _painted(data: bytes, reader: type[JpegImageFile] | type[PngImageFile]) -> bytes:
    """The first frame upright, in grey or colour on white, without anything but its pixels.

    The reader is named rather than found by Image.open: no other format is ever tried, and the size in the header
    is judged here before anything is decoded. Colour profiles are dropped: reading them is a risk of its own.
    """
    picture = reader(io.BytesIO(data))
    if picture.width * picture.height > MAX_PIXELS:
        raise Unfit("too_many_pixels", picture.width * picture.height // 1_000_000)
    if reader is JpegImageFile and data.count(b"\xff\xda") > MAX_SCANS:
        raise Unfit(BROKEN)
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
