"""`python -m bench [part ...]`: run the parts on a register of its own, on SQLite and on PostgreSQL.

A part is a module of this folder with

    def run(report: bench.report.Report) -> None | int

and, where it concerns one database only, `DATABASES = ("SQLite",)`. It finds Django set up, the tables
migrated and the reference data loaded in a temporary `GI_HOME`; what it adds is thrown away with it. The
number that it may return counts failures, which make the command fail; an aim missed does not.
Each database runs in a process of its own, because Django reads its settings once.
"""

import argparse
import importlib
import os
import pkgutil
import platform
import subprocess
import sys
import tempfile

import bench
from bench.report import Report
from tests.postgresql import NoPostgresql, temporary_cluster

ALL_DATABASES = ("SQLite", "PostgreSQL")
NOT_PARTS = {"__main__", "plain_labels", "report"}


def part_names() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(bench.__path__))
    return sorted(name for name in found if name not in NOT_PARTS)


def run_parts(names: list[str], database: str) -> int:
    """In the child process: set Django up, load the register, run the parts; returns how often one failed."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for command in ("load_reference", "create_site"):
        with open(os.devnull, "w") as nowhere:
            call_command(command, stdout=nowhere)
    report, failed = Report(database), 0
    for name in names:
        part = importlib.import_module(f"bench.{name}")
        if database in getattr(part, "DATABASES", ALL_DATABASES):
            failed += part.run(report) or 0
    for line in report.missed:
        print(f"aim missed: {line}")
    return failed


def start_child(names: list[str], database: str, url: str | None) -> int:
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as home:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GI_")}
        environment.pop("DATABASE_URL", None)
        environment |= {"GI_HOME": home, "DJANGO_SETTINGS_MODULE": "gi_registry.settings"}
        if url:
            environment["DATABASE_URL"] = url
        command = [sys.executable, "-m", "bench", "--child", database, *names]
        return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of: {' '.join(part_names())} (default: all)")
    parser.add_argument("--database", choices=ALL_DATABASES, help="default: both")
    parser.add_argument("--child", choices=ALL_DATABASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.parts) - set(part_names())
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    names = options.parts or part_names()
    if options.child:
        return 1 if run_parts(names, options.child) else 0
    parts = ", ".join(names) or "none yet"
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; parts: {parts}")
    failed = 0
    if options.database != "PostgreSQL":
        failed |= start_child(names, "SQLite", None)
    if options.database != "SQLite":
        try:
            with temporary_cluster() as (url, _version):
                failed |= start_child(names, "PostgreSQL", url)
        except NoPostgresql as reason:
            print(f"PostgreSQL left out: {reason}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
