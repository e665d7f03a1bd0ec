"""Tables of results, on the screen and in a document between two marks."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from soak.stack import ROOT, nginx_binary
from tests.postgresql import binaries


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *(list(map(str, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(document: str, text: str) -> None:
    """Print a result and put it into `docs/`, between the marks `<!-- measured -->` and `<!-- end -->`."""
    print(f"\n{text}\n", flush=True)
    file: Path = ROOT / "docs" / document
    old = file.read_text(encoding="utf-8")
    new = re.sub(r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)", lambda _found: f"\n{text}\n\n", old, flags=re.DOTALL)
    file.write_text(new, encoding="utf-8")


def machine() -> str:
    """What was measured on, as a sentence."""
    _folder, postgresql = binaries()
    told = subprocess.run([nginx_binary() or "nginx", "-v"], capture_output=True, text=True, check=False).stderr
    nginx = (re.findall(r"nginx/([\d.]+)", told) or ["?"])[0]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    busy = os.getloadavg()[2]
    return (f"{os.cpu_count()} cores (load of the last quarter of an hour, other work included: {busy:.1f}), "
            f"{gigabytes} GB, Python {platform.python_version()}, PostgreSQL {postgresql} with fsync, "
            f"nginx {nginx}")  # fmt: skip
