"""LEAF. What a camera wrote into a picture beside the picture: place, device, owner. None of it is published."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

# Notes that only say how the pixels are to be read. Everything else goes.
HARMLESS = frozenset({
    "icc_profile", "dpi", "jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform",
    "progressive", "progression", "transparency", "gamma", "srgb", "chromaticity", "aspect", "interlace", "loop",
    "duration", "background", "timestamp", "default_image", "version", "extension",
})  # fmt: skip
QUALITY = 93  # of a picture that has to be painted anew; the sizes that pages show are made from it
ONE_AGAIN = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "AVIF": "AVIF", "GIF": "GIF"}


def without_notes(data: bytes) -> bytes:
    """The picture upright and without notes; byte for byte the same where it has none.

    A phone stores several pictures in one file (MPO); the first one stays. Of a moving picture every frame stays only
    where it has no notes. Kinds that are not known come back as they are: the form takes only those of `ONE_AGAIN`.
    """
    picture = Image.open(io.BytesIO(data))
    kind = ONE_AGAIN.get(picture.format or "")
    exif = picture.getexif()
    if kind is None or (kind == picture.format and not exif and picture.info.keys() <= HARMLESS):
        return data
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    kept = {"transparency": upright.info["transparency"]} if "transparency" in upright.info else {}
    upright.info.clear()
    upright.info.update(kept)
    target = io.BytesIO()
    quality = {"quality": QUALITY} if kind in ("JPEG", "WEBP", "AVIF") else {}
    upright.save(target, kind, icc_profile=profile, exif=b"", **quality)
    return target.getvalue()
