"""What the register is built from: are holes known in it (`make check`), and the list for a release (`make sbom`).

Both read `requirements-s3.txt`, which names every package that a server may run, with its hashes.
"""

import datetime
import importlib.metadata
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.tags import ROOT

LOCKED = ROOT / "requirements-s3.txt"
SECONDS = 60  # that a check waits for an index
AWAY = ("connect", "timed out", "timeout", "max retries", "serviceerror", "httperror", "resolve", "unreachable")


# --- Known holes ---


def audit(today: datetime.date | None = None) -> int:
    """Ask an index for known holes; 1 where one stands that is not excused. Says so and gives 0 where none answers."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCKED), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"     skipped: no index of known holes answered within {SECONDS} seconds")
        return 0
    try:
        packages = json.loads(asked.stdout)["dependencies"]
        if packages and all("skip_reason" in one for one in packages):
            asked.stderr = "unreachable: nothing is known of any package"
            raise ValueError
    except (ValueError, KeyError, TypeError):
        if any(word in asked.stderr.lower() for word in AWAY):
            print("     skipped: no index of known holes answers")
            return 0
        print(asked.stderr or asked.stdout, file=sys.stderr)
        return 1
    faults = [*_holes(packages, excused(today or datetime.datetime.now(datetime.UTC).date()))]
    for fault in faults:
        print(f"     {fault}", file=sys.stderr)
    return 1 if faults else 0


def _holes(packages: list[dict[str, Any]], known: set[str]) -> list[str]:
    return [
        f"{package['name']} {package.get('version', '')}: {hole['id']}, mended in "
        f"{', '.join(hole.get('fix_versions') or []) or 'no version yet'}"
        for package in packages
        for hole in package.get("vulns", [])
        if not known & {hole["id"], *hole.get("aliases", [])}
    ]


def excused(today: datetime.date, file: Path = ROOT / "pyproject.toml") -> set[str]:
    """The holes that somebody has looked at and found harmless here: id, reason, and the day until which that holds."""
    rows = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("known-holes", {}).get("excused", [])
    for row in rows:
        if not (row.get("reason", "").strip() and isinstance(row.get("until"), datetime.date)):
            raise ValueError(f"{row.get('id')}: an excuse needs a reason and a day `until`")
    return {row["id"] for row in rows if row["until"] >= today}


# --- The list for a release ---


def bill_of_materials() -> str:
    """CycloneDX 1.6 as JSON: every package with version, hashes and, as far as it says, its licence."""
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(LOCKED), "--of", "JSON"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--spec-version", "1.6"]
    made = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for component in made["components"]:
        if component.pop("description", "") and (licence := _licence(component["name"])):
            component["licenses"] = [licence]
    return json.dumps(made, ensure_ascii=False, indent=1)


def _licence(name: str) -> dict[str, Any] | None:
    """What an installed package says of its licence; None for one that is not installed (for another system)."""
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    if expression := told.get("License-Expression"):
        return {"expression": expression}
    classed = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    words = " AND ".join(classed) or (told.get("License") or "").strip().partition("\n")[0]
    return {"license": {"name": words[:200]}} if words else None


def sbom(target: Path) -> int:
    """Write the list of a release."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill_of_materials(), encoding="utf-8")
    print(f"{target} names {len(json.loads(target.read_text(encoding='utf-8'))['components'])} packages.")
    return 0


if __name__ == "__main__":
    sys.exit(audit() if sys.argv[1:] == ["audit"] else sbom(Path(sys.argv[2])))
