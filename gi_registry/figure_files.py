"""LEAF. Where the processes of one server keep what they have counted, so that any of them can tell the sum."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from pathlib import Path

OF_PROCESS = re.compile(r"_(\d+)\.db$")


def folder(home: Path) -> str:
    """A folder for this machine, emptied when no process that counted there lives: a new start counts from zero.

    What a worker counted that was replaced meanwhile stays, so that no sum falls while the server runs.
    """
    place = home / "figures" / (re.sub(r"[^\w.-]", "_", platform.node()) or "host")
    place.mkdir(parents=True, exist_ok=True)
    files = [(file, OF_PROCESS.search(file.name)) for file in place.iterdir()]
    if not any(found and _lives(int(found[1])) for _file, found in files):
        for file, _found in files:
            with contextlib.suppress(OSError):
                file.unlink()
    return str(place)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return process != os.getpid()
    return process != os.getpid()
