"""LEAF. One file of a stranger is taken apart here, in a process that can do nothing else.

`python -m gi_registry.clean_upload KIND [LIMITS]` reads the file from standard input and writes one line of JSON and
the clean copy to standard output; `gi_registry.uploads` starts it. A weakness of the libraries that read
pictures, PDFs and workbooks harms this process alone: it is told no secret, may open no file and no connection,
start no process, and ends by itself. Nothing of Django is imported: it starts in a fifth of a second.
"""

from __future__ import annotations

import io
import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from gi_registry.file_kinds import BROKEN, MAX_BYTES, Unfit

CPU_SECONDS = 20
WALL_SECONDS = 30
MEMORY = 1024 * 1024 * 1024  # address space; the largest picture that is taken needs about 600 MB
MOST_WRITTEN = 64 * 1024 * 1024  # bytes of the clean copy

Reader = Callable[[bytes], tuple[bytes, int]]


def confine() -> None:
    """Limits that nothing in this process can raise again, before a library is loaded."""
    signal.alarm(WALL_SECONDS + 5)  # should whoever waits for us have died
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    if sys.platform == "linux":  # other systems know no such limit
        _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_FSIZE, MOST_WRITTEN)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NPROC, 0)


def _limit(what: int, most: int) -> None:
    """Set a limit for good, or leave the lower one that the service has already."""
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def close_the_door() -> None:
    """No further file, socket or pipe from here on: a number for it is refused by the system."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def reader_of(kind: str, limits: dict[str, int]) -> Reader:
    """What reads a kind of file; the libraries are loaded here, each only where it is needed."""
    if kind == "pdf":
        from gi_registry import clean_pdf

        return clean_pdf.clean
    if kind == "workbook":
        from gi_registry import read_workbook

        return lambda data: (read_workbook.rows(data, **limits), 1)
    from gi_registry import clean_picture

    return lambda data: clean_picture.clean(data, kind)


def samples_of(kind: str) -> Iterator[bytes]:
    """Small files of a kind. Reading them first loads all that the libraries load late (ciphers, notes of cameras)."""
    target = io.BytesIO()
    if kind == "pdf":
        import pikepdf

        for version in (3, 4, 6):
            with pikepdf.new() as document:
                document.add_blank_page()
                aes = version > 3
                lock = pikepdf.Encryption(owner="owner", user="", R=version, aes=aes, metadata=aes)
                document.save(target, encryption=lock)
            yield target.getvalue()
            target = io.BytesIO()
        return
    if kind == "workbook":
        from openpyxl import Workbook

        Workbook().save(target)
    else:
        from PIL import Image

        exif = Image.Exif()
        exif[274] = 3
        Image.new("RGBA" if kind == "png" else "RGB", (2, 2)).save(target, kind, exif=exif)
    yield target.getvalue()


def answer(read: Reader, data: bytes) -> tuple[dict[str, Any], bytes]:
    """What is written back: `pages` with the copy, or `refused` with the number that was too large."""
    try:
        content, pages = read(data)
    except Unfit as unfit:
        return {"refused": unfit.code, "number": unfit.number}, b""
    except Exception:
        # Damaged input makes the libraries raise some twenty kinds of exceptions; all mean the same here.
        return {"refused": BROKEN, "number": 0}, b""
    return {"pages": pages}, content


def main() -> None:
    """Read, clean, write, end."""
    confine()
    kind, limits = sys.argv[1], json.loads(sys.argv[2])
    read = reader_of(kind, limits)
    for sample in samples_of(kind):
        answer(read, sample)
    close_the_door()
    head, content = answer(read, sys.stdin.buffer.read(MAX_BYTES + 1))
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
