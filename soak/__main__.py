"""`python -m soak [faults] [day] [sizes]`: run the register as in production on this machine, and say what came of it.

Needs PostgreSQL, Redis and nginx. Results are written into `docs/faults.md`, `docs/load.md` and `docs/scaling.md` too.
"""

import argparse
import importlib
import os
import sys
import tempfile
from pathlib import Path

from soak.stack import NoStack
from tests.postgresql import NoPostgresql

PARTS = ("faults", "day", "sizes")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of: {' '.join(PARTS)} (default: all)")
    parser.add_argument("--keep", type=Path, help="folder that keeps the filled register for the next run")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gi_registry.settings")
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="gi-kept-") as folder:
        for name in options.parts or PARTS:
            try:
                wrong += importlib.import_module(f"soak.{name}").run(options.keep or Path(folder))
            except (NoStack, NoPostgresql) as reason:
                print(f"{name} left out: {reason}")
                return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
