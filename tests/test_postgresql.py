"""The register promises the same behaviour on SQLite and PostgreSQL: the whole suite runs on both."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.postgresql import NoPostgresql, temporary_cluster
from tests.tags import ROOT


@pytest.mark.skipif(os.environ.get("GI_TEST_ON_POSTGRESQL") == "1", reason="this is the run on PostgreSQL")
def test_whole_suite_on_postgresql(record_property: Callable[[str, object], None]) -> None:
    start = time.monotonic()
    try:
        with temporary_cluster() as (url, version):
            environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
            environment |= {"DATABASE_URL": url, "GI_TEST_ON_POSTGRESQL": "1"}
            run = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "worksteal"],
                cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=3600,
            )  # fmt: skip
    except NoPostgresql as reason:
        pytest.skip(str(reason))
    lines = run.stdout.strip().splitlines() or ["(no output)"]
    closing = lines[-1].strip(" =")
    seconds = time.monotonic() - start
    record_property("postgresql", f"PostgreSQL {version}: {closing} ({seconds:.0f} s in all)")
    assert run.returncode == 0, "\n".join([*lines[-120:], run.stderr[-2000:]])
